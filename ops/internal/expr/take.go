package expr

import (
	"math"
	"slices"

	"github.com/quern-go/quern/kernels"
)

// Bound says that positions are at least Lo and at most Hi.
type Bound struct{ Lo, Hi int64 }

// NewPositions is an array of positions that exists. The layout lies within data.
func NewPositions(data any, layout kernels.Layout, bound Bound) *Node {
	n := NewSource(kernels.I64, data, layout)
	if n.Op == Source {
		n.Bound = &bound
	}
	return n
}

// BoundOf is what is known of positions without computing them; ok is false if
// nothing is.
func BoundOf(n *Node) (b Bound, ok bool) {
	switch {
	case n.Op == Const:
		return Bound{int64(n.Bits), int64(n.Bits)}, true
	case n.Bound != nil:
		return *n.Bound, true
	case n.Op.IsView():
		return BoundOf(n.Args[0])
	case n.Op == ArgMin || n.Op == ArgMax:
		return Bound{0, int64(countOf(n.Args[0].Shape, n.Reduce.Axes)) - 1}, true
	case n.Op == ArgSort:
		return Bound{0, int64(n.Shape[n.Axis]) - 1}, true
	case n.Op == Top: // only the positions are shown as such
		return Bound{0, int64(n.Args[0].Shape[n.Axis]) - 1}, true
	case n.Op == Take && n.Type == kernels.I64:
		return BoundOf(n.Args[0])
	case n.Op == Concat:
		x, xok := BoundOf(n.Args[0])
		y, yok := BoundOf(n.Args[1])
		return Bound{min(x.Lo, y.Lo), max(x.Hi, y.Hi)}, xok && yok
	}
	return Bound{math.MinInt64, math.MaxInt64}, false
}

// NewTake is x with an axis replaced by the axes of index: along them, the elements
// of x at those positions of its axis. Negative ones count from the end. That all
// of them exist has to be known from BoundOf.
func NewTake(x, index *Node, axis int) *Node {
	if f := failed(x, index); f != nil {
		return f
	}
	list, err := NormalAxes("take", []int{axis}, x.Shape)
	if err != nil {
		return Fail(err)
	}
	at := list[0]
	shape := slices.Concat(x.Shape[:at], index.Shape, x.Shape[at+1:])
	if err := checkShape("take", shape); err != nil {
		return Fail(err)
	}
	if index.Size() == 0 {
		return NewConst(x.Type, 0, shape)
	}
	if index = fromStart(index, int64(x.Shape[at]), at); index.Op == Failed {
		return index
	}
	if x.Op == Const {
		return NewConst(x.Type, x.Bits, shape)
	}
	return takeAlong(x, index, at, shape)
}

// takeAlong is NewTake of positions that exist. The third argument is by how much
// neighbours along the axis are apart in x.
func takeAlong(x, index *Node, axis int, shape []int) *Node {
	n := &Node{Op: Take, Type: x.Type, Shape: shape, Axis: axis}
	inner := 1
	for _, d := range x.Shape[axis+1:] {
		inner *= d
	}
	n.Args = [3]*Node{x, index, NewConst(kernels.I64, uint64(inner), nil)}
	return orEmpty(n)
}

// fromStart counts negative positions of an axis from its start.
func fromStart(index *Node, length int64, axis int) *Node {
	b, known := BoundOf(index)
	switch {
	case !known:
		return Failf("take: nothing is known of the positions in axis %d, of length %d, before they are computed; "+
			"evaluate them with Ints and make an array of them with FromInts", axis, length)
	case b.Hi >= length:
		return Failf("take: position %d of axis %d, which has length %d", b.Hi, axis, length)
	case b.Lo < -length:
		return Failf("take: position %d of axis %d, which has length %d", b.Lo, axis, length)
	case b.Lo >= 0:
		return index
	}
	zero, count := NewConst(kernels.I64, 0, nil), NewConst(kernels.I64, uint64(length), nil)
	return Ternary(Where, Binary(Less, index, zero), Binary(Add, index, count), index)
}

// take cuts x along its other axes and the positions along theirs.
func (p *Parts) take(n *Node, spans []Span) *Node {
	x, index := n.Args[0], n.Args[1]
	end := n.Axis + len(index.Shape)
	own := slices.Concat(spans[:n.Axis], wholeOf(x.Shape[n.Axis:n.Axis+1]), spans[end:])
	return takeAlong(p.Of(x, own), p.Of(index, slices.Clone(spans[n.Axis:end])), n.Axis, countsOf(spans))
}
