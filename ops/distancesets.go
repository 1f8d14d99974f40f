package ops

import "github.com/quern-go/quern/kernels/term"

// counts says in how many columns sets have what: tt of (m, n), the others of
// shapes that broadcast to it. All are whole numbers, so the order of their
// additions does not matter.
type counts[T Float] struct {
	tt   Array[T] // in both
	x, y Array[T] // in x (m, 1), in y (1, n)
	k    T        // columns
}

func (v pair[T]) counts() counts[T] {
	x, y := v.x.NotEqualScalar(0), v.y.NotEqualScalar(0)
	return counts[T]{
		tt: pair[T]{x, y}.countProduct(),
		x:  x.Sum(1).ExpandDims(1), y: y.Sum(1).ExpandDims(0),
		k: T(v.columns()),
	}
}

// exactCounts is up to how many columns float32 has all counts, and those less the
// columns not counted, exactly.
const exactCounts = 1 << 24

// countProduct is the product of elements that are 0, 1 or −1. It is a whole
// number and the same in float32, which devices multiply twice as fast or more.
func (v pair[T]) countProduct() Array[T] {
	if v.columns() > exactCounts {
		return v.product()
	}
	return Convert[T](pair[float32]{Convert[float32](v.x), Convert[float32](v.y)}.product())
}

// matching is 2d/(k+d). With elements that are 1 or, in a set, −1, the product s is
// k − 2d: the distance is 2(k−s)/(2k+(k−s)), the same quotient of whole numbers.
func (v pair[T]) matching() Array[T] {
	sign := func(a Array[T]) Array[T] { return Where(a.EqualScalar(0), Full(T(1)), Full(T(-1))) }
	k := T(v.columns())
	twice := Full(k).Sub(pair[T]{sign(v.x), sign(v.y)}.countProduct())
	return twice.MulScalar(2).Div(twice.AddScalar(2 * k))
}

// differ is the number of columns that just one has.
func (c counts[T]) differ() Array[T] { return c.x.Add(c.y).Sub(c.tt.MulScalar(2)) }

func (c counts[T]) distance(name string) Array[T] {
	d := c.differ()
	switch name {
	case "dice":
		return d.Div(c.x.Add(c.y))
	case "kulczynski1":
		return c.tt.Div(d)
	case "russellrao":
		return Full(c.k).Sub(c.tt).DivScalar(c.k)
	case "sokalsneath":
		return d.MulScalar(2).Div(c.tt.Add(d.MulScalar(2)))
	}
	return c.yule()
}

func (c counts[T]) yule() Array[T] {
	ff := Full(c.k).Sub(c.x).Sub(c.y).Add(c.tt)
	cross := c.x.Sub(c.tt).Mul(c.y.Sub(c.tt))
	return Where(cross.EqualScalar(0), Full(T(0)), cross.MulScalar(2).Div(c.tt.Mul(ff).Add(cross)))
}

// jaccard divides by the columns that x or y has.
func (v pair[T]) jaccard() Array[T] {
	c := v.counts()
	some := c.x.Add(c.y).Sub(c.tt)
	differ := v.chain(term.NotEqual)
	return Where(some.EqualScalar(0), Full(T(0)), differ.Div(some))
}
