// Package fakecuda is a CUDA driver with no GPU: cu.API in plain Go, for tests.
//
// Work queued on a stream runs late: when somebody waits for it, now and then during
// other calls, or in an order among streams that is as contrary as events allow
// (Options.Contrary). Whoever reads a result, reuses page-locked memory or frees a
// buffer too early gets caught. Calls are checked as the driver would, and more
// strictly: a handle used after its end, a call without a current context on the
// thread, memory freed under queued work are Violations. Leaks lists what is still
// alive, and Inject makes any call fail. An error that the real driver would not
// recover from breaks the context in the same way: every later call returns it,
// until the context is reset.
//
// Kernels run in a Machine, such as an interpreter of PTX.
package fakecuda
