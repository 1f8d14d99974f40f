package exec

import (
	"slices"
	"unsafe"
)

// nest is an index space with arrays placed in it: the axes of nested loops,
// outermost first, and for each operand its element at the origin and a stride
// per axis.
type nest struct {
	axes  []axis
	ops   []operand
	store []int // of the axes' strides
}

// axis is one loop.
type axis struct {
	n int
	s []int // stride of each operand, in elements
}

// operand is an array, or an index layout: the values first + Σ i·stride.
type operand struct {
	base  unsafe.Pointer // of the element at the origin; nil for an index layout
	first uint64
	size  int // bytes of an element
}

// reset empties the nest and makes room for operands of the given number in a
// space of the given shape, all their strides 0. Axes of length 1 stay for
// simplify to drop: place needs them.
func (ne *nest) reset(shape []int, operands int) {
	ne.ops = slices.Grow(ne.ops[:0], operands)[:operands]
	ne.store = slices.Grow(ne.store[:0], operands*len(shape))[:operands*len(shape)]
	ne.axes = slices.Grow(ne.axes[:0], len(shape))[:len(shape)]
	clear(ne.ops)
	clear(ne.store)
	for i, n := range shape {
		ne.axes[i] = axis{n, ne.store[i*operands : (i+1)*operands : (i+1)*operands]}
	}
}

// place sets operand o. Axes beyond the strides given do not move it, strides
// beyond the axes are left out.
func (ne *nest) place(o int, op operand, strides []int) {
	ne.ops[o] = op
	for i, s := range strides[:min(len(strides), len(ne.axes))] {
		ne.axes[i].s[o] = s
	}
}

// toEnd moves an axis behind those up to hi.
func (ne *nest) toEnd(axis, hi int) {
	a := ne.axes[axis]
	copy(ne.axes[axis:hi-1], ne.axes[axis+1:hi])
	ne.axes[hi-1] = a
}

// rotate puts the last axes, from number k on, before the others.
func (ne *nest) rotate(k int) {
	slices.Reverse(ne.axes[:k])
	slices.Reverse(ne.axes[k:])
	slices.Reverse(ne.axes)
}

// size is the number of points of the axes from lo to hi.
func (ne *nest) size(lo, hi int) int {
	n := 1
	for _, a := range ne.axes[lo:hi] {
		n *= a.n
	}
	return n
}

// shift moves an operand by a number of elements.
func (op *operand) shift(elements int) {
	if op.base == nil {
		op.first += uint64(elements)
	} else {
		op.base = unsafe.Add(op.base, elements*op.size)
	}
}

// flip turns axes lo to hi around so that operand o has no negative stride.
func (ne *nest) flip(o, lo, hi int) {
	for _, a := range ne.axes[lo:hi] {
		if a.s[o] >= 0 {
			continue
		}
		for k := range ne.ops {
			ne.ops[k].shift((a.n - 1) * a.s[k])
			a.s[k] = -a.s[k]
		}
	}
}

// sort puts axes lo to hi in descending order of operand o's strides, so that
// the last is innermost in memory; axes with equal strides keep their order.
func (ne *nest) sort(o, lo, hi int) {
	axes := ne.axes[lo:hi]
	for i := range axes {
		for k := i; k > 0 && axes[k].s[o] > axes[k-1].s[o]; k-- {
			axes[k], axes[k-1] = axes[k-1], axes[k]
		}
	}
}

// simplify drops axes of length 1 among lo to hi and merges neighbours that all
// operands step through as through one. It returns the new hi. The order of the
// points stays.
func (ne *nest) simplify(lo, hi int) int {
	out := lo
	for i := lo; i < hi; i++ {
		a := ne.axes[i]
		switch {
		case a.n == 1:
		case out > lo && mergeable(ne.axes[out-1], a):
			a.n *= ne.axes[out-1].n
			ne.axes[out-1] = a
		default:
			ne.axes[out] = a
			out++
		}
	}
	ne.axes = slices.Delete(ne.axes, out, hi)
	return out
}

func mergeable(outer, inner axis) bool {
	for k, s := range outer.s {
		if s != inner.s[k]*inner.n {
			return false
		}
	}
	return true
}

// rowMajor reports whether an operand's elements lie one after another in the
// order of the axes from lo on.
func (ne *nest) rowMajor(o, lo int) bool {
	step := 1
	for i := len(ne.axes) - 1; i >= lo; i-- {
		if ne.axes[i].s[o] != step {
			return false
		}
		step *= ne.axes[i].n
	}
	return true
}

// constant reports whether an operand is the same all along the axes from lo on.
func (ne *nest) constant(o, lo int) bool {
	for _, a := range ne.axes[lo:] {
		if a.s[o] != 0 {
			return false
		}
	}
	return true
}
