// Package evalexpr reads the expressions of quern eval and builds them as lazy
// arrays.
//
// The syntax is Go's expression syntax, parsed by go/parser; the functions have
// NumPy's names and argument order:
//
//	sum(matmul(square(a), b))
//	(x - mean(x, 0)) / std(x, 0)
//	where(a < b, a, b)
//	argmin(cdist(x, y, "cityblock"), 1)
//
// Names are arrays given by the caller. Numbers are scalars and do arithmetic
// among themselves as float64. Functions lists everything an expression may call.
package evalexpr
