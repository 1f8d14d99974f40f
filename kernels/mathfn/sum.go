package mathfn

// sum is an unevaluated sum hi + lo, lo at most the rounding error of hi.
type sum struct{ hi, lo value }

// fastSum is a + b exactly, where |a| ≥ |b| or a = 0 (T. J. Dekker, "A
// floating-point technique for extending the available precision", 1971).
func (w writer) fastSum(a, b value) sum {
	s := w.Add(a, b)
	return sum{s, w.Sub(b, w.Sub(s, a))}
}

// twoSum is a + b exactly (D. E. Knuth, "The art of computer programming",
// volume 2, theorem B of 4.2.2).
func (w writer) twoSum(a, b value) sum {
	s := w.Add(a, b)
	part := w.Sub(s, a)
	return sum{s, w.Add(w.Sub(a, w.Sub(s, part)), w.Sub(b, part))}
}

// twoProduct is a·b exactly, unless it underflows.
func (w writer) twoProduct(a, b value) sum {
	p := w.Mul(a, b)
	return sum{p, w.FMA(a, b, w.Neg(p))}
}

// product is a·b, without the product of the low parts.
func (w writer) product(a, b sum) sum {
	p := w.twoProduct(a.hi, b.hi)
	return sum{p.hi, w.FMA(a.lo, b.hi, w.FMA(a.hi, b.lo, p.lo))}
}

// quotient is n/d, without the second-order terms: for d.hi not so small that
// its reciprocal overflows.
func (w writer) quotient(n, d sum) sum {
	inverse := w.Div(w.num(1), d.hi)
	q := w.Mul(n.hi, inverse)
	rest := w.FMA(w.Neg(q), d.hi, n.hi)
	rest = w.Add(rest, w.FMA(w.Neg(q), d.lo, n.lo))
	return sum{q, w.Mul(rest, inverse)}
}

// split is x as the nearest number of the format and what that leaves, for a
// constant given as the sum of two float64.
func (w writer) split(hi, lo float64) sum {
	if w.width() == 64 {
		return sum{w.num(hi), w.num(lo)}
	}
	short := float64(float32(hi))
	return sum{w.num(short), w.num(hi - short + lo)}
}
