// Package devicetest is the conformance suite: a device that passes it gives
// the bits of kernels/oracle for every kind of kernel, and keeps the rules of
// package device on streams, memory and errors.
//
// A device proves itself by one line of test code:
//
//	func TestConformance(t *testing.T) { devicetest.RunAll(t, dev) }
//
// One that runs in several ways, such as at several SIMD levels, shares a Suite
// among them, which asks the oracle only once:
//
//	suite := devicetest.NewSuite()
//	for _, level := range levels {
//		t.Run(level, func(t *testing.T) { suite.RunAll(t, open(t, level)) })
//	}
//
// Results are compared bit by bit, where any NaN equals any NaN. The comparison
// covers whole buffers: outputs lie between guard bands, strided outputs have
// gaps, and neither may change; nor may inputs. A failure names the first
// element that differs, both values, the launch's shape and strides, and the
// kernel's text.
//
// A kernel that the device refuses with errors.ErrUnsupported is skipped with
// the device's reason, and so are float64 kernels where Info().Float64 is false.
//
// The sub-tests, by name:
//
//	Primitives    every op at every type: special values crossed, random bits
//	Functions     every function of kernels/mathfn
//	Random        Philox in every mode; uniforms and normals
//	Map           layouts, lengths, in-place, several outputs, gather, indices
//	Loop          steps of a Body's loop, draws of each
//	Reduce        both orders, every combine, sizes, layouts, no input, Post
//	Contract      every step, sizes, long k, bodies, batches, Fold, no input
//	Scan          prefixes, sorting, selection, histograms, along any axis
//	Streams       order, several streams at once, released buffers, sequences
//	Compile       caching by key
//	Memory        accounts, failing and double calls, host access
//	Cancel        contexts that end
//	Accounts      no memory is in use that was not before
//	Close         closing twice; the device is closed after RunAll
//
// A program runs the suite outside of go test by a T of its own, as quern verify
// does: Suite.Run.
//
// Faulty wraps a device in one that fails as told, to test what is built on the
// seam: whoever uses a device must survive the failure of any call.
//
// How much runs is decided by Effort: -short, the default, or everything with
// the environment variable QUERN_LONG=1, which takes many minutes. QUERN_SHARD=3/13 has a
// process run the third of thirteen shares: see EnvShard.
package devicetest
