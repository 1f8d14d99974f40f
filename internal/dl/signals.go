package dl

// PreserveSignals calls f and then puts back every signal handler that f has
// replaced.
//
// Some libraries install handlers of their own when they are initialised or
// first compile something: PoCL takes SIGSEGV, SIGINT and thirteen others through
// LLVM. Go's runtime needs its own: without them a nil dereference kills the process
// instead of panicking, and signal.Notify gets nothing. It costs some 10 µs.
// Calls may overlap. Other systems than Linux have no library known to do this;
// there f is just called.
func PreserveSignals(f func()) {
	enterForeign()
	defer leaveForeign()
	f()
}
