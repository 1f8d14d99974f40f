package expr

import "slices"

// NewConcat joins arrays of one type along an axis; op names the operation in
// errors.
func NewConcat(op string, list []*Node, axis int) *Node {
	if len(list) == 0 {
		return Failf("%s: no arrays given", op)
	}
	if f := failed(list...); f != nil {
		return f
	}
	first := list[0]
	axes, err := NormalAxes(op, []int{axis}, first.Shape)
	if err != nil {
		return Fail(err)
	}
	at, length := axes[0], 0
	var parts []*Node
	for i, n := range list {
		if len(n.Shape) != len(first.Shape) || !sameShape(without(n.Shape, axes), without(first.Shape, axes)) {
			return Failf("%s: shapes %v and %v (of array %d) differ in more than axis %d", op, first.Shape, n.Shape, i, at)
		}
		length += n.Shape[at]
		if n.Shape[at] > 0 {
			parts = append(parts, n)
		}
	}
	shape := slices.Clone(first.Shape)
	shape[at] = length
	if err := checkShape(op, shape); err != nil {
		return Fail(err)
	}
	if len(parts) == 0 || first.Size() == 0 && length == 0 {
		return first
	}
	return concat(parts, at)
}

// concat joins a list in halves, so that the expression stays flat.
func concat(list []*Node, axis int) *Node {
	if len(list) == 1 {
		return list[0]
	}
	x, y := concat(list[:len(list)/2], axis), concat(list[len(list)/2:], axis)
	n := &Node{Op: Concat, Type: x.Type, Shape: slices.Clone(x.Shape), Axis: axis}
	n.Shape[axis] += y.Shape[axis]
	n.Args[0], n.Args[1] = x, y
	return orEmpty(n)
}

// Stack joins arrays of one shape along a new axis.
func Stack(list []*Node, axis int) *Node {
	if f := failed(list...); f != nil {
		return f
	}
	rows := make([]*Node, len(list))
	for i, n := range list {
		if !sameShape(n.Shape, list[0].Shape) {
			return Failf("stack: shapes %v and %v (of array %d), expected equal ones", list[0].Shape, n.Shape, i)
		}
		if rows[i] = ExpandDims(n, axis); rows[i].Op == Failed {
			return Failf("stack: %w", rows[i].Err)
		}
	}
	return NewConcat("stack", rows, axis)
}

// concat takes of both arguments what lies in them.
func (p *Parts) concat(n *Node, spans []Span) *Node {
	x, y := n.Args[0], n.Args[1]
	length, s := x.Shape[n.Axis], spans[n.Axis]
	var parts []*Node
	take := func(a *Node, start, count int) {
		if count > 0 {
			own := slices.Clone(spans)
			own[n.Axis] = Span{start, s.Step, count}
			parts = append(parts, p.Of(a, own))
		}
	}
	if s.Step > 0 {
		first := min(max(0, (length-s.Start+s.Step-1)/s.Step), s.Count)
		take(x, s.Start, first)
		take(y, s.Start+first*s.Step-length, s.Count-first)
	} else {
		first := 0
		if s.Start >= length {
			first = min((s.Start-length)/-s.Step+1, s.Count)
		}
		take(y, s.Start-length, first)
		take(x, s.Start+first*s.Step, s.Count-first)
	}
	return concat(parts, n.Axis)
}
