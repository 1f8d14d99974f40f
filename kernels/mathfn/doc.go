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
//	                   float32  float64
//	exp                     14       19
//	exp2                    13       19
//	expm1                   38       42  (whole)
//	log                     19       32
//	log2, log10             33       46
//	log1p                   40       53
//	sin, cos                25       31  (float32: 5 lookups)
//	tan                     36       44  (one division)
//	asin                    30       38  (whole; one division, one root)
//	acos                    34       42  (whole; one division, one root)
//	atan                    48       54  (whole; one division)
//	atan2                   58       64  (one division)
//	sinh                    48       52  (whole)
//	cosh                    44       48  (whole)
//	tanh                    25       41  (whole; float32: 8 lookups, float64: one division)
//	sigmoid                 42       47  (one division)
//	softplus                72       90
//	logsigmoid              74       92
//	erf                     34       56  (whole)
//	erfc                   118      138  (one division)
//	ndtri                   90      150  (two divisions, one root)
//	cbrt                    41       46
//	hypot                   27       27  (one division, one root)
//	pow                     75       87  (one division)
//	fmod                    14       14  (one division)
//	mod                     23       23  (one division)
//	cospi2                  19       25  (whole)
//
// All values of a function have the width of its element, so that a vector
// keeps its number of lanes throughout: where 64-bit integers and floats have
// to meet without a conversion instruction (AVX2), adding 1.5·2^52 does it.
//
// # Accuracy
//
// The largest errors found, in units of the last place of the true value. For
// float32: over all 2^32 arguments of exp, log, sin, cos, asin, acos, tanh and
// cospi2, over every 37th to 131st of the others' (ndtri: 1009th; TestSweep of cpu/internal/simd with
// -long sweeps all), over 90 million pairs of pow. For float64: at the reference values
// of testdata, which were chosen to be hard, and at 1.5 million (the first six) or
// 200,000 random arguments compared with 113-bit arithmetic.
//
//	                       float32  float64
//	exp                       0.90     0.86
//	exp2                      0.84     0.77
//	expm1                     0.85     0.88
//	log                       0.92     1.27
//	log2                      0.94     0.86
//	log10                     0.82     0.81
//	log1p                     0.85     0.81
//	sin, cos                  0.80     1.15
//	tan                       0.98     0.93
//	asin                      0.69     0.61
//	acos                      0.67     0.59
//	atan                      0.65     0.59
//	atan2                     0.62     0.60
//	sinh                      0.75     0.72
//	cosh                      0.67     0.64
//	tanh                      0.78     1.24
//	sigmoid                   0.76     0.67
//	softplus, logsigmoid      0.86     0.85
//	erf                       0.99     0.97
//	erfc                      0.93     1.10
//	ndtri                     1.09     0.95
//	cbrt                      0.51     0.51
//	hypot                     0.70     0.51
//	pow                       0.91     0.98
//	cospi2                    0.89     0.73
//
// fmod, mod, ceil, trunc, sign, copysign and the tests for NaN and infinity are
// exact; mod rounds where it adds the divisor.
//
// Special values are those of C99, annex F, and of SciPy for what C has not;
// sign and mod follow NumPy. Polynomials are fitted by
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
