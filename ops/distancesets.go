package ops

import "github.com/quern-go/quern/kernels/term"

// counts says in how many columns, or columns of what weight, sets have what: tt and
// differ of (m, n), the others of shapes that broadcast to it. Without weights all
// are whole numbers, so the order of their additions does not matter.
type counts[T Float] struct {
	pair[T]          // elements that are 0 or 1
	tt      Array[T] // in both
	inX     Array[T] // in x (m, 1)
	inY     Array[T] // in y (1, n)
	k       Array[T] // in all
}

func (v pair[T]) counts() counts[T] {
	sets := v.with(func(a Array[T]) Array[T] { return a.NotEqualScalar(0) })
	return counts[T]{
		pair: sets, tt: sets.countProduct(),
		inX: v.weighted(sets.x).Sum(1).ExpandDims(1), inY: v.weighted(sets.y).Sum(1).ExpandDims(0),
		k: v.total(),
	}
}

// exactCounts is up to how many columns float32 has all counts, and those less the
// columns not counted, exactly.
const exactCounts = 1 << 24

// countProduct is the product of elements that are 0, 1 or −1. Without weights it is a
// whole number and the same in float32, which devices multiply twice as fast or more.
func (v pair[T]) countProduct() Array[T] {
	if v.w != nil || v.columns() > exactCounts {
		return v.product()
	}
	return Convert[T](pair[float32]{x: Convert[float32](v.x), y: Convert[float32](v.y)}.product())
}

// matching is 2d/(k+d). With elements that are 1 or, in a set, −1, the product s is
// k − 2d: the distance is 2(k−s)/(2k+(k−s)), the same quotient of whole numbers. With
// weights d is counted, since they need not be whole.
func (v pair[T]) matching() Array[T] {
	if v.w != nil {
		d := v.counts().differ()
		return d.MulScalar(2).Div(d.Add(v.total()))
	}
	sign := func(a Array[T]) Array[T] { return Where(a.EqualScalar(0), Full(T(1)), Full(T(-1))) }
	k := T(v.columns())
	twice := Full(k).Sub(v.with(sign).countProduct())
	return twice.MulScalar(2).Div(twice.AddScalar(2 * k))
}

// differ is the columns that just one has. With weights they are counted: a
// difference of sums would not be exactly 0 for equal sets.
func (c counts[T]) differ() Array[T] {
	if c.w != nil {
		return c.chain(term.NotEqual)
	}
	return c.inX.Add(c.inY).Sub(c.tt.MulScalar(2))
}

func (c counts[T]) distance(name string) Array[T] {
	switch name {
	case "dice":
		d := c.differ()
		return d.Div(c.tt.MulScalar(2).Add(d))
	case "kulczynski1":
		return c.tt.Div(c.differ())
	case "russellrao":
		if c.w != nil {
			return c.differ().Add(c.neither()).Div(c.k)
		}
		return c.k.Sub(c.tt).Div(c.k)
	case "sokalsneath":
		d := c.differ().MulScalar(2)
		return d.Div(c.tt.Add(d))
	}
	return c.yule()
}

// without is the complements of sets.
func without[T Float](a Array[T]) Array[T] { return Full(T(1)).Sub(a) }

// neither is the columns that none has, counted where there are weights.
func (c counts[T]) neither() Array[T] {
	if c.w != nil {
		return c.with(without[T]).product()
	}
	return c.k.Sub(c.inX).Sub(c.inY).Add(c.tt)
}

func (c counts[T]) yule() Array[T] {
	tf, ft, ff := c.inX.Sub(c.tt), c.inY.Sub(c.tt), c.neither()
	if c.w != nil {
		tf = pair[T]{c.x, without(c.y), c.w}.product()
		ft = pair[T]{without(c.x), c.y, c.w}.product()
	}
	cross := tf.Mul(ft)
	return Where(cross.EqualScalar(0), Full(T(0)), cross.MulScalar(2).Div(c.tt.Mul(ff).Add(cross)))
}

// jaccard divides by the columns that x or y has. With weights these are those that both have
// and those that one has.
func (v pair[T]) jaccard() Array[T] {
	c := v.counts()
	some := c.inX.Add(c.inY).Sub(c.tt)
	if v.w != nil {
		some = c.tt.Add(c.differ())
	}
	differ := v.chain(term.NotEqual)
	return Where(some.EqualScalar(0), Full(T(0)), differ.Div(some))
}
