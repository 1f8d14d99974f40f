// Package mathfn defines Quern's elementary functions and random numbers.
//
// Exp(t), Sin(t) and so on give the function for t = F32 or F64, the same pointer
// each time; for another type they give nil.
//
// Each function is a kernels.Func: a straight-line program of exactly rounded
// primitives, written once for float32 and float64. That program is the
// definition. Devices translate it (into AVX-512, AVX2, PTX, OpenCL C, Go) and
// thereby agree on the last bit; nobody calls a libm.
//
// # Likely and unlikely
//
// Arguments that are rare and expensive (huge angles, denormals, overflow, NaN)
// stand behind Builder.SelectLikely. Body.Likely cuts them off and adds the
// condition under which that was right: a device runs the short program on a
// block of elements and the whole one where the condition fails. The short
// programs take this many instructions, guard included:
//
//	          float32  float64
//	exp            14       19
//	log            19       32
//	sin, cos       27       31
//	tanh           32       41  (whole; one division)
//	cospi2         19       25  (whole)
//	pow            75       87  (one division)
//
// All values of a function have the width of its element, so that a vector
// keeps its number of lanes throughout: where 64-bit integers and floats have
// to meet without a conversion instruction (AVX2), adding 1.5·2^52 does it.
//
// # Accuracy
//
// The largest errors found, in units of the last place of the true value: for
// float32 over all 2^32 arguments (pow: 90 million pairs; go test -long), for
// float64 at the reference values of testdata, which were chosen to be hard, and
// at 1.5 million random arguments compared with 113-bit arithmetic.
//
//	          float32  float64
//	exp          0.90     0.86
//	log          0.92     1.27
//	sin          0.89     1.15
//	cos          0.89     1.15
//	tanh         0.94     1.24
//	cospi2       0.89     0.73
//	pow          0.91     0.98
//
// Special values are those of C99, annex F. Polynomials are fitted by
// coeff/fit.py.
//
// # Random streams
//
// Random numbers are functions of (seed, stream, element, word): Philox4x32-10
// of a counter, see kernels.PhiloxWord. So element i of a random array, or
// sample i of a simulation, is the same on every device, for every number of
// threads and ranks, and however an array is cut into blocks.
//
// An element that takes W words in all gets
//
//	W = 1: word 0 of its share of the counter at share 2
//	W = 2: words 0, 1 at share 1
//	else:  word k is word k mod 4, at share 0, of stream + k/4
//
// and so uses the streams from stream on, Streams(W) of them: whoever numbers
// the streams leaves that many. Draws follow each other through the words:
//
//	uniform float32  1 word    (w0 >> 8)·2^-24
//	uniform float64  2 words   ((w0 >> 5)·2^26 + (w1 >> 6))·2^-53
//	normal           2 uniforms  sqrt(−2·log(1−u1))·cospi2(u2)
//
// where a float64 draw starts at an even word (Align). A random array is an
// element with one draw: uniform float32 takes share 2, uniform float64 and
// normal float32 share 1, normal float64 share 0. A simulation that draws two
// float32 per sample, as one estimating π does, has W = 2.
package mathfn
