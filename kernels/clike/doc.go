// Package clike renders kernels as source text of C-like languages and says
// how to launch it.
//
// Render turns a kernel into a Module: one source text with a few entry
// points. The text depends on the kernel, on what the device can do (Target)
// and on a bound on the number of axes, never on sizes: those are launch
// arguments. Module.Plan turns the arguments of one launch into passes (package
// grid), each the launch of one entry point: which buffers it takes, the bytes of
// its argument block, and how many work groups. A driver compiles the text,
// allocates the scratch memory a plan asks for, and runs the passes in order;
// it needs to know nothing about kernels.
//
// A language is a table (Dialect): spelling of types and built-in functions. The
// templates around the Bodies are shared.
package clike
