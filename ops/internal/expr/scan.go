package expr

import (
	"math"
	"slices"

	"github.com/quern-go/quern/kernels"
)

// NewScan is CumSum, CumProd, Sort or ArgSort along an axis.
func NewScan(op Op, x *Node, axis int) *Node {
	if f := failed(x); f != nil {
		return f
	}
	list, err := NormalAxes(op.String(), []int{axis}, x.Shape)
	if err != nil {
		return Fail(err)
	}
	t := x.Type
	if op == ArgSort {
		t = kernels.I64
	}
	switch at := list[0]; {
	case x.Size() == 0, op == ArgSort && x.Shape[at] == 1:
		return NewConst(t, 0, x.Shape)
	case x.Shape[at] == 1, op == Sort && x.Op == Const:
		return x
	default:
		n := &Node{Op: op, Type: t, Shape: x.Shape, Axis: at}
		n.Args[0] = x
		return n
	}
}

// Quantile is the value below which the fraction q of the elements along axes lies:
// where that is between two of them, on the straight line from one to the next. It is
// NaN if an element is.
func Quantile(op string, x *Node, q float64, axes []int) *Node {
	if f := failed(x); f != nil {
		return f
	}
	list, err := NormalAxes(op, axes, x.Shape)
	switch {
	case err != nil:
		return Fail(err)
	case !(q >= 0 && q <= 1):
		return Failf("%s: %v, expected a fraction from 0 to 1", op, q)
	}
	kept, count := without(x.Shape, list), countOf(x.Shape, list)
	switch {
	case count == 0 || x.Size() == 0:
		return NewConst(x.Type, kernels.FloatBits(x.Type, math.NaN()), kept)
	case count == 1 && x.Op != Const:
		return ReshapeTo(x, kept)
	}
	at := q * float64(count-1)
	low := math.Floor(at)
	part := at - low
	if x.Op == Const {
		x = NewConst(x.Type, x.Bits, kept)
		return between(x, x, part)
	}
	lower, upper := selectTwo(x, list, int(low), int(math.Ceil(at)))
	return between(lower, upper, part)
}

// between is the point at a part of the way from one array to another. As in NumPy it
// is found from the nearer end.
func between(lower, upper *Node, part float64) *Node {
	t := lower.Type
	switch {
	case part == 0:
		return lower
	case part == 0.5: // as the mean of two, which NumPy takes for the median
		return Binary(Mul, Binary(Add, lower, upper), Scalar(t, 0.5))
	}
	step := Binary(Sub, upper, lower)
	if part < 0.5 {
		return Binary(Add, lower, Binary(Mul, step, Scalar(t, part)))
	}
	return Binary(Sub, upper, Binary(Mul, step, Scalar(t, 1-part)))
}

// selectTwo is the elements of two ranks along axes.
func selectTwo(x *Node, axes []int, low, high int) (lower, upper *Node) {
	kept := without(x.Shape, axes)
	perm := make([]int, 0, len(x.Shape))
	for i := range x.Shape {
		if !slices.Contains(axes, i) {
			perm = append(perm, i)
		}
	}
	flat := permute(x, append(perm, axes...))
	if len(axes) != 1 {
		if len(kept) == 0 && x.Op == Permute {
			flat = x.Args[0] // the order of all does not matter
		}
		flat = ReshapeTo(flat, append(slices.Clone(kept), countOf(x.Shape, axes)))
	}
	n := &Node{Op: Select, Type: x.Type, Shape: append(slices.Clone(kept), 2), Axis: len(kept)}
	n.Args = [3]*Node{flat, NewConst(kernels.I64, uint64(low), nil), NewConst(kernels.I64, uint64(high), nil)}
	spans := wholeOf(n.Shape)
	pick := func(i int) *Node {
		spans := slices.Clone(spans)
		spans[len(kept)] = Span{i, 1, 1}
		return ReshapeTo(SliceSpans(n, spans), kept)
	}
	return pick(0), pick(1)
}

// NewHistogram counts the elements between each edge and the next.
func NewHistogram(x, edges *Node) *Node {
	if f := failed(x, edges); f != nil {
		return f
	}
	if len(edges.Shape) != 1 || edges.Shape[0] < 2 {
		return Failf("histogram: edges of shape %v, expected one axis of two or more", edges.Shape)
	}
	shape := []int{edges.Shape[0] - 1}
	if x.Size() == 0 {
		return NewConst(kernels.I64, 0, shape)
	}
	if x.Op == Permute {
		x = x.Args[0]
	}
	n := &Node{Op: Histogram, Type: kernels.I64, Shape: shape}
	n.Args = [3]*Node{ReshapeTo(x, []int{-1}), edges, NewConst(kernels.I64, uint64(shape[0]), nil)}
	return n
}

// scan takes lines of the argument, whole ones, and then what is needed of them.
func (p *Parts) scan(n *Node, spans []Span) *Node {
	own, cut := slices.Clone(spans), wholeOf(countsOf(spans))
	own[n.Axis], cut[n.Axis] = wholeOf(n.Shape)[n.Axis], spans[n.Axis]
	out := n.Copy()
	out.Args[0] = p.Of(n.Args[0], own)
	out.Shape = out.Args[0].Shape
	return SliceSpans(out, cut)
}

func (p *Parts) selection(n *Node, spans []Span) *Node {
	x := n.Args[0]
	own, cut := slices.Clone(spans), wholeOf(countsOf(spans))
	own[n.Axis], cut[n.Axis] = wholeOf(x.Shape)[n.Axis], spans[n.Axis]
	out := n.Copy()
	out.Args[0] = p.Of(x, own)
	out.Shape = slices.Clone(out.Args[0].Shape)
	out.Shape[n.Axis] = n.Shape[n.Axis]
	return SliceSpans(out, cut)
}
