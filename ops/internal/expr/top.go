package expr

import (
	"slices"

	"github.com/quern-go/quern/kernels"
)

// NewTop finds the k smallest elements along an axis, in ascending order: see
// kernels.Fold.Top. The other axes are kept, and two follow: at 0 of the first are the
// positions along the axis, at 1 the values as FromBits takes them; the second is the k
// elements. x has no axis of length 0.
func NewTop(x *Node, k, axis int) *Node {
	if x.Op == Permute {
		return topOfPermuted(x, k, axis)
	}
	n := &Node{Op: Top, Type: kernels.I64, Shape: append(without(x.Shape, []int{axis}), 2, k), Axis: axis}
	n.Args[0] = x
	return n
}

// topOfPermuted is the same of what is transposed, with the axes that are kept
// transposed in its place.
func topOfPermuted(x *Node, k, axis int) *Node {
	perm := x.View.Perm
	n := NewTop(x.Args[0], k, perm[axis])
	var after []int
	for i, p := range perm {
		if i == axis {
			continue
		}
		if p > perm[axis] {
			p--
		}
		after = append(after, p)
	}
	rank := len(after)
	return permute(n, append(after, rank, rank+1))
}

// TopPositions and TopValues are the two parts of NewTop of an array: its shape with k
// in the place of the axis' length.
func TopPositions(top *Node, axis int) *Node { return partOfTop(top, 0, axis) }

// TopValues are the values: see TopPositions.
func TopValues(top *Node, t kernels.DType, axis int) *Node {
	n := partOfTop(top, 1, axis)
	out := &Node{Op: FromBits, Type: t, Shape: n.Shape}
	out.Args[0] = n
	return out
}

func partOfTop(top *Node, part, axis int) *Node {
	rank := len(top.Shape)
	spans := wholeOf(top.Shape)
	spans[rank-2] = Span{part, 1, 1}
	kept := slices.Clone(top.Shape[:rank-2])
	n := ReshapeTo(SliceSpans(top, spans), append(kept, top.Shape[rank-1]))
	perm := make([]int, 0, rank-1)
	for i := range rank - 2 {
		perm = append(perm, i)
	}
	return permute(n, slices.Insert(perm, axis, rank-2))
}

// top takes whole lines of the argument, and then what is needed of what is found.
func (p *Parts) top(n *Node, spans []Span) *Node {
	kept := len(n.Shape) - 2
	own := slices.Insert(slices.Clone(spans[:kept]), n.Axis, Span{0, 1, n.Args[0].Shape[n.Axis]})
	out := n.Copy()
	out.Args[0] = p.Of(n.Args[0], own)
	out.Shape = append(countsOf(spans[:kept]), n.Shape[kept:]...)
	return SliceSpans(out, append(wholeOf(out.Shape[:kept]), spans[kept:]...))
}
