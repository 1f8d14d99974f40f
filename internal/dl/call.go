package dl

// Call calls a C function, by the address that Symbol gave, whose arguments and
// result are integers or pointers. It costs about 0.1 µs, and one allocation for the
// list of arguments unless a slice is passed on (args...).
//
// A pointer to Go memory is converted in the call itself,
// uintptr(unsafe.Pointer(&x)): that keeps x alive and unmoved until Call
// returns. Memory whose address is kept in a slice, or that C uses after the call,
// must be on the heap and referenced.
//
//go:uintptrescapes
func Call(fn uintptr, args ...uintptr) uintptr { return call(fn, args) }
