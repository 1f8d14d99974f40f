// Command quern computes with arrays from the command line: it reads and writes
// .npy and CSV files, runs on the best device of the machine, and says what
// hardware there is.
//
//	quern detect                                   hardware, drivers, limits, and why not
//	quern eval 'sum(matmul(square(a), b))' a=a.npy b=b.npy
//	quern cdist x.npy y.npy --metric cityblock -o d.npy
//	quern pi --samples 1e9 --seed 42
//	quern demo                                     the course workloads, timed
//	quern bench                                    benchmarks
//	quern verify                                   the conformance suite, on this machine
//	quern cache [clear]                            what is kept on disk
//
// Every command takes --device and --json. The exit status is 0, 1 when the work
// failed (one line on standard error says what and what to do), 2 when the
// command line was wrong, or 130 after Ctrl-C.
package main
