// Package bench measures Quern: what it computes in how much time, how much memory it moves, and how near
// that comes to what the machine can do.
//
// A Workload is data: a name, the bytes and operations of one run by a stated formula, and a Setup
// that makes a Job. A Job computes once per Run and can Check its result: a sample of it against the oracle, to the
// last bit, or against a plain Go loop. Suite lists all workloads in groups; CourseWorkloads lists those that come from
// parallel-computing courses, whose jobs also carry the plain Go loop of the whole work:
//
//	dev, err := bench.DescribeDevice("cpu:1thread") // "" for the default
//	runner := bench.Runner{Device: dev, Effort: bench.Full.Effort()}
//	run, err := runner.Run(ctx, bench.Select(bench.Suite(bench.Full), regexp.MustCompile("gemm")))
//	for _, r := range run.Results {
//		fmt.Println(r.Name, r.Time.MedianSeconds, r.PercentOfPeak)
//	}
//
// A Report holds the runs on several devices, or with several numbers of threads. It can be saved, loaded and compared
// with an earlier one, and written as JSON, in Go's benchmark format and as a page with plots.
//
// # What is measured
//
// Everything runs once before it is timed: plans are cached, memory is faulted in, workers are awake. Runs
// shorter than 2 ms are repeated within a sample. The workloads of a group are sampled in
// turn, forwards and backwards, so that a disturbance of the machine meets all of them; compare within a group
// rather than across groups. Times are wall-clock; the median is the result, and the spread is given as the
// median absolute deviation and as a 95% interval of the median that assumes no distribution.
//
// # Peaks
//
// A percentage is of a peak measured in the same run, among the same samples, at the same number of threads
// and, for memory, over the same arrays:
//
//   - memory_stream: the fastest of Go's copy, a triad on the device and an addition in place on the device; bytes
//     read and written. The last is often the fastest, because it writes lines that it has just read.
//   - memory_read: a Go loop that reads one word of each cache line.
//   - fma_float32, fma_float64: independent chains of the widest fused multiply-add of the CPU, or of a GPU's
//     threads. Products of float64 may exceed the latter: tensor units do them, with the same bits.
//
// The best sample of the workload is compared with the best of the peak, since disturbances only ever slow
// down. Where there is no peak to compare with, the percentage is null and the report says why.
//
// Bytes are those that a run must move: each input read and each output written once, more often only where
// the work needs another pass over an array larger than the caches. A cache line that the hardware reads
// only to overwrite it is not counted. A fused multiply-add counts as two operations.
//
// # Peers
//
// Package peers holds the same work in Python and C. The Runner samples those that are installed in turn with Quern,
// compares some elements of their results, and keeps the ratios. docs/performance.md tells more.
package bench
