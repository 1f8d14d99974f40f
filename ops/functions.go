package ops

import (
	"math"

	"github.com/quern-go/quern/ops/internal/expr"
)

// function applies the function of kernels/mathfn with that name.
func (a Array[T]) function(name string, others ...Array[T]) Array[T] {
	args := []*expr.Node{a.n}
	for _, b := range others {
		args = append(args, b.n)
	}
	return Array[T]{expr.Call(name, args...)}
}

func (a Array[T]) functionWithScalar(name string, x T) Array[T] {
	return a.function(name, Array[T]{scalar(x)})
}

// Exp is eᵃ. The functions here are within 1 ULP (float32) or 1.5 ULP
// (float64) for every argument, unless they say otherwise; their special values
// are those of C99, annex F.
func (a Array[T]) Exp() Array[T] { return a.function("exp") }

// Exp2 is 2ᵃ.
func (a Array[T]) Exp2() Array[T] { return a.function("exp2") }

// Expm1 is eᵃ − 1, accurate where a is small.
func (a Array[T]) Expm1() Array[T] { return a.function("expm1") }

// Log is the natural logarithm.
func (a Array[T]) Log() Array[T] { return a.function("log") }

// Log2 is the logarithm to base 2, exact for powers of two.
func (a Array[T]) Log2() Array[T] { return a.function("log2") }

// Log10 is the logarithm to base 10.
func (a Array[T]) Log10() Array[T] { return a.function("log10") }

// Log1p is ln(1 + a), accurate where a is small.
func (a Array[T]) Log1p() Array[T] { return a.function("log1p") }

// Sin is the sine of an angle in radians.
func (a Array[T]) Sin() Array[T] { return a.function("sin") }

// Cos is the cosine of an angle in radians.
func (a Array[T]) Cos() Array[T] { return a.function("cos") }

// Tan is the tangent of an angle in radians.
func (a Array[T]) Tan() Array[T] { return a.function("tan") }

// Asin is the inverse sine, in [−π/2, π/2]; NaN outside of [−1, 1].
func (a Array[T]) Asin() Array[T] { return a.function("asin") }

// Acos is the inverse cosine, in [0, π]; NaN outside of [−1, 1].
func (a Array[T]) Acos() Array[T] { return a.function("acos") }

// Atan is the inverse tangent, in [−π/2, π/2].
func (a Array[T]) Atan() Array[T] { return a.function("atan") }

// Sinh is the hyperbolic sine.
func (a Array[T]) Sinh() Array[T] { return a.function("sinh") }

// Cosh is the hyperbolic cosine.
func (a Array[T]) Cosh() Array[T] { return a.function("cosh") }

// Tanh is the hyperbolic tangent.
func (a Array[T]) Tanh() Array[T] { return a.function("tanh") }

// Cbrt is the cube root.
func (a Array[T]) Cbrt() Array[T] { return a.function("cbrt") }

// Erf is the error function.
func (a Array[T]) Erf() Array[T] { return a.function("erf") }

// Erfc is 1 − erf(a), accurate where a is large.
func (a Array[T]) Erfc() Array[T] { return a.function("erfc") }

// Sigmoid is the logistic function 1/(1 + e⁻ᵃ), SciPy's expit.
func (a Array[T]) Sigmoid() Array[T] { return a.function("sigmoid") }

// LogSigmoid is ln(1/(1 + e⁻ᵃ)), SciPy's log_expit.
func (a Array[T]) LogSigmoid() Array[T] { return a.function("logsigmoid") }

// Softplus is ln(1 + eᵃ).
func (a Array[T]) Softplus() Array[T] { return a.function("softplus") }

// NormalQuantile is the x for which a standard normal variable is below x with
// probability a, SciPy's ndtri; within 1.25 ULP
// (float32) or 1.5 ULP (float64).
func (a Array[T]) NormalQuantile() Array[T] { return a.function("ndtri") }

// Ceil is the smallest integer not below a.
func (a Array[T]) Ceil() Array[T] { return a.function("ceil") }

// Trunc is a without its fraction.
func (a Array[T]) Trunc() Array[T] { return a.function("trunc") }

// Sign is 1, 0 or −1 as a is above, equal to or below zero, and NaN of NaN.
func (a Array[T]) Sign() Array[T] { return a.function("sign") }

// IsNaN is 1 where a is NaN, else 0.
func (a Array[T]) IsNaN() Array[T] { return a.function("isnan") }

// IsInf is 1 where a is infinite, else 0.
func (a Array[T]) IsInf() Array[T] { return a.function("isinf") }

// IsFinite is 1 where a is neither infinite nor NaN, else 0.
func (a Array[T]) IsFinite() Array[T] { return a.function("isfinite") }

// Pow is a to the power b, within 2 ULP, by one definition for all exponents:
// PowScalar(2) need not have the bits of Square, which is faster.
func (a Array[T]) Pow(b Array[T]) Array[T] { return a.function("pow", b) }

// Atan2 is the angle of the point (b, a), in [−π, π]: a is its height.
func (a Array[T]) Atan2(b Array[T]) Array[T] { return a.function("atan2", b) }

// Hypot is √(a² + b²), without overflow on the way.
func (a Array[T]) Hypot(b Array[T]) Array[T] { return a.function("hypot", b) }

// CopySign is a with the sign of b; that of NaN counts as positive.
func (a Array[T]) CopySign(b Array[T]) Array[T] { return a.function("copysign", b) }

// Mod is the remainder of a/b that has the sign of b, as Python's: Fmod's, plus b
// if the signs differ. NaN where b is 0 or a infinite.
func (a Array[T]) Mod(b Array[T]) Array[T] { return a.function("mod", b) }

// Fmod is the remainder of a/b that has the sign of a, exactly. NaN where b is 0 or
// a infinite.
func (a Array[T]) Fmod(b Array[T]) Array[T] { return a.function("fmod", b) }

// PowScalar is a to the power x: see Pow.
func (a Array[T]) PowScalar(x T) Array[T] { return a.functionWithScalar("pow", x) }

// ModScalar is the remainder of a/x that has the sign of x: see Mod.
func (a Array[T]) ModScalar(x T) Array[T] { return a.functionWithScalar("mod", x) }

// Clip is a held to [least, most], as Maximum and then Minimum: NaN stays, and
// most prevails where it is below least.
func (a Array[T]) Clip(least, most T) Array[T] { return a.MaximumScalar(least).MinimumScalar(most) }

// DegToRad is an angle in degrees, in radians: a times the rounded π/180.
func (a Array[T]) DegToRad() Array[T] { return a.MulScalar(T(math.Pi / 180)) }

// RadToDeg is an angle in radians, in degrees: a times the rounded 180/π.
func (a Array[T]) RadToDeg() Array[T] { return a.MulScalar(T(180 / math.Pi)) }
