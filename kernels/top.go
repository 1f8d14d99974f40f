package kernels

import "math"

// MaxTop is the most values of a row that a Fold keeps (Fold.Top): a GPU has the lists
// of several rows in the fast memory that a group of its threads shares.
const MaxTop = 64

// Before is the order in which a Fold with Top keeps values of type t: by value,
// where −0 equals +0, then NaN, and equals, NaNs too, by position.
func Before(t DType, p, q Partial) bool {
	x, y := toFloat(t, p.Bits), toFloat(t, q.Bits)
	switch {
	case x != x || y != y:
		if (x != x) != (y != y) {
			return y != y
		}
	case x != y:
		return x < y
	}
	return p.Index < q.Index
}

// Missing stands for a value that there is not: NaN at NoIndex, which comes after all
// others.
func Missing(t DType) Partial {
	return Partial{Bits: FloatBits(t, math.NaN()), Index: NoIndex}
}
