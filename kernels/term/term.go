package term

import (
	"slices"
	"sync"

	"github.com/quern-go/quern/kernels"
)

// Term is a named step.
type Term uint8

// The steps, for elements a and b and running value acc of one type. Those that are
// weighted multiply what a pair adds by w, an input with an element for each k.
const (
	None               Term = iota // no named step
	FMA                            // acc = fma(a, b, acc): products
	SqDiff                         // d = a − b; acc = fma(d, d, acc): squared Euclidean
	AbsDiff                        // acc = acc + |a − b|: city block
	MaxAbsDiff                     // acc = max(acc, |a − b|): Chebyshev
	CubeDiff                       // d = |a − b|; acc = fma(d·d, d, acc): Minkowski, p = 3
	NotEqual                       // acc = acc + (a = b ? 0 : 1): Hamming, unscaled
	Canberra                       // s = |a| + |b|; acc = acc + (s = 0 ? 0 : |a − b|/s)
	BrayCurtis                     // acc = acc + |a − b|, all = all + |a + b|: the result is acc/all
	JensenShannon                  // see jensenShannon
	KullbackLeibler                // see kullbackLeibler
	Dot2                           // products, and what is lost by rounding them: see dot2. The result is
	Dot2Rest                       // their sum; or what that lacks
	WeightedSqDiff                 // d = a − b; acc = fma(w, d·d, acc)
	WeightedAbsDiff                // acc = fma(w, |a − b|, acc)
	WeightedCubeDiff               // d = |a − b|; acc = fma(w, d·d·d, acc)
	WeightedNotEqual               // acc = acc + (a = b ? 0 : w)
	WeightedCanberra               // acc = fma(w, s = 0 ? 0 : |a − b|/s, acc)
	WeightedBrayCurtis             // acc = fma(w, |a − b|, acc), all = fma(w, |a + b|, all)
	TwiceSqDiff                    // squared Euclidean of elements in two parts: see twiceSqDiff
	numTerms
)

var names = [numTerms]string{
	"none", "fma", "sqdiff", "absdiff", "maxabsdiff", "cubediff", "notequal", "canberra", "braycurtis",
	"jensenshannon", "kullbackleibler", "dot2", "dot2rest",
	"wsqdiff", "wabsdiff", "wcubediff", "wnotequal", "wcanberra", "wbraycurtis", "twicesqdiff",
}

// String returns the step's name.
func (t Term) String() string { return names[t] }

// All lists the named steps.
func All() []Term {
	var list []Term
	for t := FMA; t < numTerms; t++ {
		list = append(list, t)
	}
	return list
}

// weighted are the steps that can be.
var weighted = map[Term]Term{
	SqDiff: WeightedSqDiff, AbsDiff: WeightedAbsDiff, CubeDiff: WeightedCubeDiff,
	NotEqual: WeightedNotEqual, Canberra: WeightedCanberra, BrayCurtis: WeightedBrayCurtis,
}

// Weighted is the step with weights, None if there is none.
func (t Term) Weighted() Term { return weighted[t] }

// IsWeighted says whether the step reads a weight, or another input with an element for
// each k.
func (t Term) IsWeighted() bool { return t >= WeightedSqDiff }

// Combine joins the chunks of a long chain.
func (t Term) Combine() kernels.Combine {
	if t == MaxAbsDiff {
		return kernels.CombineMax
	}
	return kernels.CombineAdd
}

// Accs are the accumulators over elements of type dt. All start from +0.
func (t Term) Accs(dt kernels.DType) []kernels.Acc {
	acc := kernels.Acc{Type: dt, Combine: t.Combine()}
	switch t {
	case BrayCurtis, WeightedBrayCurtis, Dot2, Dot2Rest, TwiceSqDiff:
		return []kernels.Acc{acc, acc}
	}
	return []kernels.Acc{acc}
}

// Result is what the finished accumulators say.
func (t Term) Result(b *kernels.Builder, dt kernels.DType) kernels.Value {
	acc := b.Acc(0, dt)
	switch t {
	case BrayCurtis, WeightedBrayCurtis:
		return b.Div(acc, b.Acc(1, dt))
	case Dot2:
		return b.Add(acc, b.Acc(1, dt))
	case Dot2Rest:
		lost := b.Acc(1, dt)
		return b.Add(b.Sub(acc, b.Add(acc, lost)), lost)
	}
	return acc
}

// Step is the term as the Step of a Contract over elements of type dt; weight reads
// the weight, for a step that has one.
func (t Term) Step(dt kernels.DType, weight func(b *kernels.Builder) kernels.Value) (kernels.Body, error) {
	s := stepper{kernels.NewBuilder(), dt, kernels.NoValue}
	if t.IsWeighted() {
		s.weight = weight(s.b)
	}
	x, y, acc := s.b.Arg(0, dt), s.b.Arg(1, dt), s.b.Acc(0, dt)
	switch t {
	case FMA:
		return s.b.Build(s.b.FMA(x, y, acc))
	case SqDiff, WeightedSqDiff:
		d := s.b.Sub(x, y)
		return s.b.Build(s.addProduct(d, d, acc))
	case AbsDiff, WeightedAbsDiff:
		return s.b.Build(s.add(s.b.Abs(s.b.Sub(x, y)), acc))
	case MaxAbsDiff:
		return s.b.Build(s.b.Max(acc, s.b.Abs(s.b.Sub(x, y))))
	case NotEqual, WeightedNotEqual:
		return s.b.Build(s.notEqual(x, y, acc))
	case Canberra, WeightedCanberra:
		return s.b.Build(s.add(s.canberra(x, y), acc))
	case BrayCurtis, WeightedBrayCurtis:
		all := s.b.Acc(1, dt)
		return s.b.Build(s.add(s.b.Abs(s.b.Sub(x, y)), acc), s.add(s.b.Abs(s.b.Add(x, y)), all))
	case Dot2, Dot2Rest:
		sum, lost := s.dot2(x, y, acc, s.b.Acc(1, dt))
		return s.b.Build(sum, lost)
	case TwiceSqDiff:
		sum, first := s.twiceSqDiff(x, y, acc, s.b.Acc(1, dt))
		return s.b.Build(sum, first)
	case JensenShannon:
		return s.b.Build(jensenShannon(s.b, dt, x, y, acc))
	case KullbackLeibler:
		return s.b.Build(kullbackLeibler(s.b, dt, x, y, acc))
	}
	d := s.b.Abs(s.b.Sub(x, y))
	return s.b.Build(s.addProduct(s.b.Mul(d, d), d, acc))
}

// stepper builds a step.
type stepper struct {
	b      *kernels.Builder
	dt     kernels.DType
	weight kernels.Value // or NoValue
}

// add takes c, weighted, into an accumulator.
func (s *stepper) add(c, acc kernels.Value) kernels.Value {
	if s.weight == kernels.NoValue {
		return s.b.Add(acc, c)
	}
	return s.b.FMA(s.weight, c, acc)
}

// addProduct takes x·y, weighted, into an accumulator. Without a weight the product
// is not rounded.
func (s *stepper) addProduct(x, y, acc kernels.Value) kernels.Value {
	if s.weight == kernels.NoValue {
		return s.b.FMA(x, y, acc)
	}
	return s.b.FMA(s.weight, s.b.Mul(x, y), acc)
}

func (s *stepper) notEqual(x, y, acc kernels.Value) kernels.Value {
	count := s.weight
	if count == kernels.NoValue {
		count = s.b.Float(s.dt, 1)
	}
	return s.b.Add(acc, s.b.Select(s.b.Equal(x, y), s.b.Float(s.dt, 0), count))
}

func (s *stepper) canberra(x, y kernels.Value) kernels.Value {
	size, zero := s.b.Add(s.b.Abs(x), s.b.Abs(y)), s.b.Float(s.dt, 0)
	return s.b.Select(s.b.Equal(size, zero), zero, s.b.Div(s.b.Abs(s.b.Sub(x, y)), size))
}

// Match finds the named term whose Step, Accs and Start are the kernel's; None if
// there is none. A weighted step may read any one input.
func Match(c *kernels.Contract) (Term, kernels.DType) {
	dt := c.Accs[0].Type
	t, ok := steps()[key{dt, withoutSlot(&c.Step)}]
	if !ok || !slices.Equal(c.Accs, t.Accs(dt)) || slices.ContainsFunc(c.Start, func(bits uint64) bool { return bits != 0 }) {
		return None, kernels.InvalidType
	}
	return t, dt
}

// withoutSlot is the text of a step, with the only input that it reads as input 0.
func withoutSlot(step *kernels.Body) string {
	out := *step
	out.Insts = slices.Clone(step.Insts)
	loads := 0
	for i := range out.Insts {
		if in := &out.Insts[i]; in.Op == kernels.OpLoad {
			in.Imm = 0
			loads++
		}
	}
	if loads > 1 {
		return step.String()
	}
	return out.String()
}

type key struct {
	dt   kernels.DType
	text string
}

// steps maps the text of every named step, whose weight is input 0, to its term.
var steps = sync.OnceValue(func() map[key]Term {
	m := make(map[key]Term)
	for _, dt := range []kernels.DType{kernels.F32, kernels.F64} {
		for _, t := range All() {
			body, err := t.Step(dt, func(b *kernels.Builder) kernels.Value { return b.Load(0, dt) })
			if err == nil {
				m[key{dt, body.String()}] = t
			}
		}
	}
	return m
})
