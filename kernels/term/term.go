package term

import (
	"sync"

	"github.com/quern-go/quern/kernels"
)

// Term is a named step.
type Term uint8

// The steps, for elements a and b and running value acc of one type.
const (
	None            Term = iota // no named step
	FMA                         // acc = fma(a, b, acc): products
	SqDiff                      // d = a − b; acc = fma(d, d, acc): squared Euclidean
	AbsDiff                     // acc = acc + |a − b|: city block
	MaxAbsDiff                  // acc = max(acc, |a − b|): Chebyshev
	CubeDiff                    // d = |a − b|; acc = fma(d·d, d, acc): Minkowski, p = 3
	NotEqual                    // acc = acc + (a = b ? 0 : 1): Hamming, unscaled
	Canberra                    // s = |a| + |b|; acc = acc + (s = 0 ? 0 : |a − b|/s)
	JensenShannon               // see jensenShannon
	KullbackLeibler             // see kullbackLeibler
	numTerms
)

var names = [numTerms]string{
	"none", "fma", "sqdiff", "absdiff", "maxabsdiff", "cubediff", "notequal", "canberra", "jensenshannon", "kullbackleibler",
}

// String returns the step's name.
func (t Term) String() string { return names[t] }

// All lists the named steps.
func All() []Term {
	return []Term{FMA, SqDiff, AbsDiff, MaxAbsDiff, CubeDiff, NotEqual, Canberra, JensenShannon, KullbackLeibler}
}

// Combine joins the chunks of a long chain.
func (t Term) Combine() kernels.Combine {
	if t == MaxAbsDiff {
		return kernels.CombineMax
	}
	return kernels.CombineAdd
}

// Step is the term as the Step of a Contract over elements of type dt; chains
// start from +0.
func (t Term) Step(dt kernels.DType) (kernels.Body, error) {
	b := kernels.NewBuilder()
	x, y, acc := b.Arg(0, dt), b.Arg(1, dt), b.Acc(0, dt)
	switch t {
	case FMA:
		return b.Build(b.FMA(x, y, acc))
	case SqDiff:
		d := b.Sub(x, y)
		return b.Build(b.FMA(d, d, acc))
	case AbsDiff:
		return b.Build(b.Add(acc, b.Abs(b.Sub(x, y))))
	case MaxAbsDiff:
		return b.Build(b.Max(acc, b.Abs(b.Sub(x, y))))
	case NotEqual:
		return b.Build(b.Add(acc, b.Select(b.Equal(x, y), b.Float(dt, 0), b.Float(dt, 1))))
	case Canberra:
		size, zero := b.Add(b.Abs(x), b.Abs(y)), b.Float(dt, 0)
		return b.Build(b.Add(acc, b.Select(b.Equal(size, zero), zero, b.Div(b.Abs(b.Sub(x, y)), size))))
	case JensenShannon:
		return b.Build(jensenShannon(b, dt, x, y, acc))
	case KullbackLeibler:
		return b.Build(kullbackLeibler(b, dt, x, y, acc))
	}
	d := b.Abs(b.Sub(x, y))
	return b.Build(b.FMA(b.Mul(d, d), d, acc))
}

// Match finds the named term whose Step, Accs and Start are the kernel's;
// None if there is none.
func Match(c *kernels.Contract) (Term, kernels.DType) {
	if len(c.Accs) != 1 || len(c.Start) != 1 || c.Start[0] != 0 {
		return None, kernels.InvalidType
	}
	dt := c.Accs[0].Type
	t, ok := steps()[key{dt, c.Step.String()}]
	if !ok || t.Combine() != c.Accs[0].Combine {
		return None, kernels.InvalidType
	}
	return t, dt
}

type key struct {
	dt   kernels.DType
	text string
}

// steps maps the text of every named step to its term.
var steps = sync.OnceValue(func() map[key]Term {
	m := make(map[key]Term)
	for _, dt := range []kernels.DType{kernels.F32, kernels.F64} {
		for _, t := range All() {
			if body, err := t.Step(dt); err == nil {
				m[key{dt, body.String()}] = t
			}
		}
	}
	return m
})
