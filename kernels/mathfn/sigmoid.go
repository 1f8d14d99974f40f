package mathfn

import "github.com/quern-go/quern/kernels"

// Sigmoid is the logistic function 1/(1 + e^−x).
func Sigmoid(t kernels.DType) *kernels.Func { return function("sigmoid", t) }

// Softplus is ln(1 + e^x).
func Softplus(t kernels.DType) *kernels.Func { return function("softplus", t) }

// LogSigmoid is ln(1/(1 + e^−x)).
func LogSigmoid(t kernels.DType) *kernels.Func { return function("logsigmoid", t) }

// The bounds of the likely case: beyond, 1 + e^−|x| is 1.
const (
	sigmoidBoundSingle = 60
	sigmoidBoundDouble = 600
)

// sigmoid is 1/(1 + E), or E/(1 + E) for negative x, with E = e^−|x| and the
// quotient in two parts.
//
// Likely: E is far from denormal. Otherwise the result is 1 or e^x.
//
// Error: the last sum, 0.5, and what E in two parts leaves out.
func sigmoid(w writer) value {
	x := w.arg(0)
	d := w.decay(x)
	one, zero := w.num(1), w.num(0)
	negative := w.Less(x, zero)
	n := sum{w.Select(negative, d.e.hi, one), w.Select(negative, d.e.lo, zero)}
	below := w.fastSum(one, d.e.hi)
	q := w.quotient(n, sum{below.hi, w.Add(below.lo, d.e.lo)})
	slow := w.Select(negative, d.slow, w.Select(w.Less(zero, x), one, x))
	return w.SelectLikely(d.likely, w.Add(q.hi, q.lo), slow)
}

func softplus(w writer) value   { return w.softplus(w.arg(0)) }
func logSigmoid(w writer) value { return w.Neg(w.softplus(w.Neg(w.arg(0)))) }

// softplus is max(x, 0) + ln(1 + E), E = e^−|x|. The likely case and the error are
// those of sigmoid and log1p.
func (w writer) softplus(x value) value {
	d := w.decay(x)
	zero := w.num(0)
	ln := w.log1pSum(d.e.hi, w.Add(w.num(1), d.e.hi), d.e.lo)
	s := w.twoSum(w.Select(w.Less(zero, x), x, zero), ln.hi)
	slow := w.Select(w.Less(x, zero), d.slow, x)
	return w.SelectLikely(d.likely, w.Add(s.hi, w.Add(s.lo, ln.lo)), slow)
}

// decay is e^−|x| in two parts where likely holds, and else one number, slow.
type decay struct {
	likely, slow value
	e            sum
}

func (w writer) decay(x value) decay {
	a := w.Abs(x)
	likely := w.LessEqual(a, w.num(w.pick(sigmoidBoundSingle, sigmoidBoundDouble)))
	arg := w.expArgument(w.Neg(w.SelectLikely(likely, a, w.atMost(a, w.pick(104, 746)))))
	p := w.expSum(arg.r)
	scale := w.powerOfTwo(arg.low)
	return decay{likely, w.scaleTwice(p.hi, arg.n), sum{w.Mul(p.hi, scale), w.Mul(p.lo, scale)}}
}

// expSum is e^r for expArgument's r.
func (w writer) expSum(r sum) sum {
	s := w.fastSum(w.num(1), r.hi)
	q := w.horner(r.hi, w.coefficients(expF32, expF64))
	tail := w.FMA(w.Mul(r.hi, r.hi), q, w.FMA(r.lo, r.hi, r.lo))
	return w.fastSum(s.hi, w.Add(s.lo, tail))
}
