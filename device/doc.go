// Package device is the seam between Quern and the hardware: what a driver
// offers, how its devices are found and chosen, and the memory pool they share.
//
// # Using a device
//
// Import the drivers for their side effect, choose one with a selector, compile
// a kernel once, and launch it on streams:
//
//	import _ "github.com/quern-go/quern/device/all" // every driver
//
//	dev, err := device.Open(device.DefaultSelector()) // QUERN_DEVICE, or the best there is
//	defer dev.Close()
//	prog, err := dev.Compile(kernel)
//	buf, err := dev.Alloc(n * 4)
//	defer buf.Release()
//	s, err := dev.NewStream()
//	defer s.Close()
//	err = s.Upload(buf, data)
//	err = s.Launch(prog, &device.Args{Shape: []int{n}, Ins: …, Outs: …})
//	err = s.Download(data, buf)
//	err = s.Sync(ctx) // nothing above need have happened before this returns
//
// A selector is a driver's name, then optionally a colon and either a position
// in the driver's list or options of the driver's own: cpu, cuda:0, opencl:1,
// cpu:avx2,7threads. The empty selector stands for Best.
//
// # Choosing on its own
//
// Best takes a real GPU before the CPU device. A device that is emulated on the
// CPU (Info.Software) is slower than our own CPU device, and one that is not
// Info.Reproducible breaks the promise of equal bits: both rank below the CPU
// and are used only when a selector names them.
//
// # Adding a device
//
//  1. Write a package with a type that implements Driver, and call Register in
//     its init. Nothing may fail there: libraries are opened by Probe, whose
//     error lists what was tried and what each attempt answered.
//  2. Implement Device, Stream, Program and Buffer. Arguments have been checked
//     by the caller. Compile may refuse a kernel with an error that wraps
//     errors.ErrUnsupported; whoever asked then runs it elsewhere.
//  3. Allocate through a Pool: it gives exact accounts, reuse, and a second
//     attempt when memory runs out. Its Block is a Buffer already; keep a
//     reference with Retain while queued work uses it.
//  4. Add what the hardware can do beyond that by the optional interfaces:
//     HostMapper, HostWrapper, HostRewrapper, MemoryReporter, Sequencer, Rater; of a
//     program PrecisionReporter, of a driver Detailer. Measured rates are kept for
//     the next process by CachedRates.
//  5. Prove it by one line of test code, devicetest.RunAll(t, dev): every result
//     must have the bits of kernels/oracle.
package device
