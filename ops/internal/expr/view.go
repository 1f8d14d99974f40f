package expr

import (
	"fmt"
	"slices"

	"github.com/quern-go/quern/kernels"
)

// View shows the elements of one array at other positions. Op says which of
// the fields hold: Permute: Perm. Slice: Starts and Steps, one per axis.
// Broadcast and Reshape: Shape alone.
type View struct {
	Op            Op
	Shape         []int // of the result
	Perm          []int // axis i of the result is axis Perm[i] of the argument
	Starts, Steps []int // element i of an axis is element start + i·step
}

// Apply turns the layout of the argument into that of the view; ok is false for
// a Reshape that would have to move elements.
func (v *View) Apply(l kernels.Layout) (out kernels.Layout, ok bool) {
	switch v.Op {
	case Permute:
		return l.Permute(v.Perm), true
	case Slice:
		for axis := range v.Starts {
			l = l.Slice(axis, v.Starts[axis], v.Steps[axis], v.Shape[axis])
		}
		return l, true
	case Broadcast:
		out, err := l.Broadcast(v.Shape)
		return out, err == nil
	}
	return l.Reshape(v.Shape)
}

// view is the node of a checked view.
func view(x *Node, v *View) *Node {
	if x.Op == Const {
		return NewConst(x.Type, x.Bits, v.Shape)
	}
	n := &Node{Op: v.Op, Type: x.Type, Shape: v.Shape, View: v}
	n.Args[0] = x
	return orEmpty(n)
}

// Transpose reorders the axes; none means to reverse them.
func Transpose(x *Node, axes []int) *Node {
	if f := failed(x); f != nil {
		return f
	}
	rank := len(x.Shape)
	perm := make([]int, rank)
	if len(axes) == 0 {
		for i := range perm {
			perm[i] = rank - 1 - i
		}
		return permute(x, perm)
	}
	if len(axes) != rank {
		return Failf("transpose: %d axes %v given for shape %v", len(axes), axes, x.Shape)
	}
	if _, err := NormalAxes("transpose", axes, x.Shape); err != nil {
		return Fail(err)
	}
	for i, a := range axes {
		perm[i] = a
		if a < 0 {
			perm[i] += rank
		}
	}
	return permute(x, perm)
}

// permute is Transpose by a known permutation.
func permute(x *Node, perm []int) *Node {
	if x.Op == Permute {
		inner := x.View.Perm
		merged := make([]int, len(perm))
		for i, p := range perm {
			merged[i] = inner[p]
		}
		x, perm = x.Args[0], merged
	}
	if isIdentity(perm) {
		return x
	}
	shape := make([]int, len(perm))
	for i, p := range perm {
		shape[i] = x.Shape[p]
	}
	return view(x, &View{Op: Permute, Shape: shape, Perm: perm})
}

func isIdentity(perm []int) bool {
	for i, p := range perm {
		if i != p {
			return false
		}
	}
	return true
}

// Span selects elements start, start+step, … (count of them) of one axis.
type Span struct{ Start, Step, Count int }

// SliceSpans takes one span per axis; they lie within the shape.
func SliceSpans(x *Node, spans []Span) *Node {
	if f := failed(x); f != nil {
		return f
	}
	v := &View{Op: Slice}
	whole := true
	for axis, s := range spans {
		v.Starts, v.Steps, v.Shape = append(v.Starts, s.Start), append(v.Steps, s.Step), append(v.Shape, s.Count)
		whole = whole && s.Start == 0 && s.Count == x.Shape[axis] && (s.Step == 1 || s.Count <= 1)
	}
	if whole {
		return x
	}
	if x.Op == Slice {
		for axis := range v.Starts {
			v.Starts[axis] = x.View.Starts[axis] + v.Starts[axis]*x.View.Steps[axis]
			v.Steps[axis] *= x.View.Steps[axis]
		}
		x = x.Args[0]
	}
	return view(x, v)
}

// BroadcastTo stretches axes of length 1 and adds leading ones.
func BroadcastTo(x *Node, shape []int) *Node {
	if f := failed(x); f != nil {
		return f
	}
	if err := checkShape("broadcast", shape); err != nil {
		return Fail(err)
	}
	if sameShape(x.Shape, shape) {
		return x
	}
	if !broadcastsTo(x.Shape, shape) {
		return Failf("broadcast: shape %v does not broadcast to %v", x.Shape, shape)
	}
	if x.Op == Broadcast {
		x = x.Args[0]
	}
	return view(x, &View{Op: Broadcast, Shape: slices.Clone(shape)})
}

func broadcastsTo(from, to []int) bool {
	lead := len(to) - len(from)
	if lead < 0 {
		return false
	}
	for i, d := range from {
		if d != to[lead+i] && d != 1 {
			return false
		}
	}
	return true
}

// ReshapeTo gives the elements, in row-major order, another shape; one length
// may be −1.
func ReshapeTo(x *Node, shape []int) *Node {
	if f := failed(x); f != nil {
		return f
	}
	shape, err := inferShape(shape, x.Shape, x.Size())
	if err != nil {
		return Fail(err)
	}
	if x.Op == Reshape {
		x = x.Args[0]
	}
	if sameShape(x.Shape, shape) {
		return x
	}
	return view(x, &View{Op: Reshape, Shape: shape})
}

// inferShape replaces a −1 by the length that fits and checks the size.
func inferShape(shape, from []int, size int) ([]int, error) {
	out := slices.Clone(shape)
	missing, known := -1, 1
	for i, d := range shape {
		switch {
		case d == -1 && missing < 0:
			missing = i
			out[i] = 1
		case d < 0:
			return nil, fmt.Errorf("reshape: shape %v for %v: lengths must not be negative, except one -1", shape, from)
		}
	}
	if err := checkShape("reshape", out); err != nil {
		return nil, err
	}
	for _, d := range out {
		known *= d
	}
	if missing >= 0 && known > 0 {
		out[missing] = size / known
		known *= out[missing]
	}
	if known != size || missing >= 0 && known == 0 && size == 0 && out[missing] != 0 {
		return nil, fmt.Errorf("reshape: shape %v does not hold the %d elements of %v", shape, size, from)
	}
	return out, nil
}

// ExpandDims adds an axis of length 1 before position axis of the result.
func ExpandDims(x *Node, axis int) *Node {
	if f := failed(x); f != nil {
		return f
	}
	at := axis
	if at < 0 {
		at += len(x.Shape) + 1
	}
	if at < 0 || at > len(x.Shape) {
		return Failf("expand_dims: axis %d for shape %v: expected %d to %d", axis, x.Shape, -len(x.Shape)-1, len(x.Shape))
	}
	return ReshapeTo(x, slices.Insert(slices.Clone(x.Shape), at, 1))
}

// Squeeze drops the given axes, which have length 1; none means all such.
func Squeeze(x *Node, axes []int) *Node {
	if f := failed(x); f != nil {
		return f
	}
	drop := make([]bool, len(x.Shape))
	if len(axes) == 0 {
		for i, d := range x.Shape {
			drop[i] = d == 1
		}
	} else {
		normal, err := NormalAxes("squeeze", axes, x.Shape)
		if err != nil {
			return Fail(err)
		}
		for _, a := range normal {
			if x.Shape[a] != 1 {
				return Failf("squeeze: axis %d of shape %v has length %d, expected 1", a, x.Shape, x.Shape[a])
			}
			drop[a] = true
		}
	}
	shape := []int{}
	for i, d := range x.Shape {
		if !drop[i] {
			shape = append(shape, d)
		}
	}
	return ReshapeTo(x, shape)
}

// NormalAxes turns axes (negative ones count from the end) into a sorted list
// without repetition; none means all.
func NormalAxes(op string, axes, shape []int) ([]int, error) {
	rank := len(shape)
	if len(axes) == 0 {
		all := make([]int, rank)
		for i := range all {
			all[i] = i
		}
		return all, nil
	}
	out := make([]int, len(axes))
	for i, a := range axes {
		if a < -rank || a >= rank {
			if rank == 0 {
				return nil, fmt.Errorf("%s: axis %d of an array without axes", op, a)
			}
			return nil, fmt.Errorf("%s: axis %d of shape %v: expected %d to %d", op, a, shape, -rank, rank-1)
		}
		out[i] = a
		if a < 0 {
			out[i] += rank
		}
	}
	slices.Sort(out)
	for i := 1; i < len(out); i++ {
		if out[i] == out[i-1] {
			return nil, fmt.Errorf("%s: axis %d of shape %v is given twice in %v", op, out[i], shape, axes)
		}
	}
	return out, nil
}
