package expr

import (
	"slices"

	"github.com/quern-go/quern/kernels"
)

// Parts builds the expressions of parts of arrays: of the elements that one Span
// per axis selects. A part is computed of parts of the arguments, down to the
// sources, and has the bits that the whole array has there: the order of its
// reductions is the whole's. Parts that are needed twice become one node, and a
// whole array without anything replaced under it stays the node it is.
type Parts struct {
	// Source makes a part of a source; nil means a node with the same Data.
	Source func(n *Node, spans []Span) *Node

	replaced map[*Node]*Node
	done     map[*Node][]part
}

// part is what has become of a node.
type part struct {
	spans []Span
	node  *Node
}

// Replace puts a node of the same type and shape in the place of n. It must be
// called before Of.
func (p *Parts) Replace(n, by *Node) {
	if p.replaced == nil {
		p.replaced = make(map[*Node]*Node)
	}
	p.replaced[n] = by
}

// Whole is n with what is to be replaced under it replaced.
func (p *Parts) Whole(n *Node) *Node { return p.Of(n, wholeOf(n.Shape)) }

// Along is the elements start … start+count−1 of one axis.
func (p *Parts) Along(n *Node, axis, start, count int) *Node {
	spans := wholeOf(n.Shape)
	spans[axis] = Span{start, 1, count}
	return p.Of(n, spans)
}

// Of is the part of n that the spans select, at least one element of each axis.
func (p *Parts) Of(n *Node, spans []Span) *Node {
	for i := range spans {
		if spans[i].Count == 1 {
			spans[i].Step = 1
		}
	}
	for _, d := range p.done[n] {
		if slices.Equal(d.spans, spans) {
			return d.node
		}
	}
	made := p.make(n, spans)
	if p.done == nil {
		p.done = make(map[*Node][]part)
	}
	p.done[n] = append(p.done[n], part{spans, made})
	return made
}

func (p *Parts) make(n *Node, spans []Span) *Node {
	if by, ok := p.replaced[n]; ok {
		n = by
	}
	switch {
	case isWhole(spans, n.Shape):
		return p.whole(n)
	case n.Op == Const:
		return NewConst(n.Type, n.Bits, countsOf(spans))
	case n.Op == Source || n.Op == Arange || n.Op == State || n.Op == StepNo || n.Op.IsRandom():
		return p.leaf(n, spans)
	case n.Op.IsElementwise():
		return p.elementwise(n, spans)
	case n.Op.IsView():
		return p.view(n, spans)
	case n.Op == Contract:
		return p.contract(n, spans)
	case n.Op == Take:
		return p.take(n, spans)
	case n.Op == Concat:
		return p.concat(n, spans)
	case n.Op == Top:
		return p.top(n, spans)
	case n.Op == Select:
		return p.selection(n, spans)
	case n.Op.IsScan() && n.Op != Histogram:
		return p.scan(n, spans)
	case n.Op.IsReduction() && n.Op != Moments:
		return p.reduction(n, spans)
	}
	return SliceSpans(p.Whole(n), spans)
}

// whole is n itself unless something under it has been replaced.
func (p *Parts) whole(n *Node) *Node {
	out := n
	for i, a := range n.Args {
		if a == nil {
			break
		}
		if b := p.Whole(a); b != a {
			if out == n {
				out = n.Copy()
			}
			out.Args[i] = b
		}
	}
	return out
}

// leaf is a part of an array of which each element is found by its position.
func (p *Parts) leaf(n *Node, spans []Span) *Node {
	if n.Op == Source && p.Source != nil {
		return p.Source(n, spans)
	}
	out := n.Copy()
	out.Layout = SliceLayout(n.Positions(), spans)
	out.Shape = out.Layout.Shape
	if n.Op == Pick {
		out.Args[2] = p.Whole(n.Args[2])
	}
	return out
}

// SliceLayout is the layout of what the spans, one per axis, select.
func SliceLayout(l kernels.Layout, spans []Span) kernels.Layout {
	for axis, s := range spans {
		l = l.Slice(axis, s.Start, s.Step, s.Count)
	}
	return l
}

func (p *Parts) elementwise(n *Node, spans []Span) *Node {
	out := n.Copy()
	out.Shape = countsOf(spans)
	for i, a := range n.Args {
		if a == nil {
			break
		}
		out.Args[i] = p.Of(a, beforeBroadcast(a.Shape, n.Shape, spans))
	}
	return out
}

// contract takes rows of the left argument and columns of the right one.
func (p *Parts) contract(n *Node, spans []Span) *Node {
	out := n.Copy()
	out.Shape = countsOf(spans)
	batch := len(n.Shape) - 2
	for i, a := range n.Args[:2] {
		lead := len(a.Shape) - 2
		own := beforeBroadcast(a.Shape[:lead], n.Shape[:batch], spans[:batch])
		own = append(own, wholeOf(a.Shape[lead:])...)
		own[lead+i] = spans[batch+i]
		out.Args[i] = p.Of(a, own)
	}
	if n.Args[2] != nil {
		out.Args[2] = p.Whole(n.Args[2])
	}
	return out
}

// reduction cuts along the axes that are kept.
func (p *Parts) reduction(n *Node, spans []Span) *Node {
	out := n.Copy()
	out.Shape = countsOf(spans)
	x := n.Args[0]
	own := wholeOf(x.Shape)
	next := 0
	for axis := range own {
		if !slices.Contains(n.Reduce.Axes, axis) {
			own[axis] = spans[next]
			next++
		}
	}
	out.Args[0] = p.Of(x, own)
	return out
}

func (p *Parts) view(n *Node, spans []Span) *Node {
	x := n.Args[0]
	switch n.Op {
	case Permute:
		own := make([]Span, len(spans))
		for i, axis := range n.View.Perm {
			own[axis] = spans[i]
		}
		return permute(p.Of(x, own), n.View.Perm)
	case Slice:
		own := slices.Clone(spans)
		for i := range own {
			own[i].Start = n.View.Starts[i] + spans[i].Start*n.View.Steps[i]
			own[i].Step *= n.View.Steps[i]
		}
		return p.Of(x, own)
	case Broadcast:
		return BroadcastTo(p.Of(x, beforeBroadcast(x.Shape, n.Shape, spans)), countsOf(spans))
	}
	return p.reshape(n, spans)
}

// beforeBroadcast takes spans of a shape to those of an array that is broadcast
// to it.
func beforeBroadcast(from, to []int, spans []Span) []Span {
	own := slices.Clone(spans[len(to)-len(from):])
	for i, d := range from {
		if d == 1 {
			own[i] = Span{0, 1, 1}
		}
	}
	return own
}

func wholeOf(shape []int) []Span {
	spans := make([]Span, len(shape))
	for i, d := range shape {
		spans[i] = Span{0, 1, d}
	}
	return spans
}

func isWhole(spans []Span, shape []int) bool {
	for i, s := range spans {
		if s != (Span{0, 1, shape[i]}) {
			return false
		}
	}
	return true
}

func countsOf(spans []Span) []int {
	counts := make([]int, len(spans))
	for i, s := range spans {
		counts[i] = s.Count
	}
	return counts
}
