package expr

import "slices"

// DiagonalOf is the diagonal of a matrix, offset columns to the right. Of a matrix that is
// computed element by element, only that is computed.
func DiagonalOf(name string, x *Node, offset int) *Node {
	if f := failed(x); f != nil {
		return f
	}
	if len(x.Shape) != 2 {
		return Failf("%s: shape %v, expected two axes", name, x.Shape)
	}
	d := diagonal{rows: x.Shape[0], columns: x.Shape[1], row: max(0, -offset), column: max(0, offset), done: make(map[*Node]*Node)}
	d.count = min(d.rows-d.row, d.columns-d.column)
	if offset < -d.rows || offset > d.columns || d.count <= 0 {
		return NewConst(x.Type, 0, []int{0})
	}
	return BroadcastTo(d.of(x), []int{d.count})
}

// diagonal is that of matrices of one shape, from (row, column) on.
type diagonal struct {
	rows, columns int
	row, column   int
	count         int
	done          map[*Node]*Node
}

// of is the diagonal of n broadcast to the shape, or something that broadcasts to it.
func (d *diagonal) of(n *Node) *Node {
	if made, ok := d.done[n]; ok {
		return made
	}
	made := d.make(n)
	d.done[n] = made
	return made
}

func (d *diagonal) make(n *Node) *Node {
	switch {
	case len(n.Shape) == 0:
		return n
	case slices.Equal(n.Shape, []int{d.rows, d.columns}):
		return d.ofWhole(n)
	case len(n.Shape) == 2 && n.Shape[0] != 1: // the same in every column
		return SliceSpans(ReshapeTo(n, []int{-1}), []Span{{d.row, 1, d.count}})
	case n.Shape[len(n.Shape)-1] != 1: // the same in every row
		return SliceSpans(ReshapeTo(n, []int{-1}), []Span{{d.column, 1, d.count}})
	}
	return ReshapeTo(n, nil)
}

// ofWhole takes the diagonal of a matrix of the shape.
func (d *diagonal) ofWhole(n *Node) *Node {
	switch {
	case n.Op == Const:
		return NewConst(n.Type, n.Bits, []int{d.count})
	case n.Op == Broadcast:
		return d.of(n.Args[0])
	case n.Op == Permute: // so that its elements need not move
		t := diagonal{rows: d.columns, columns: d.rows, row: d.column, column: d.row, count: d.count, done: make(map[*Node]*Node)}
		return t.of(n.Args[0])
	case n.Op.IsElementwise():
		out := n.Copy()
		out.Shape = []int{d.count}
		for i, a := range n.Args {
			if a == nil {
				break
			}
			out.Args[i] = d.of(a)
		}
		return out
	}
	return SliceSpans(ReshapeTo(n, []int{-1}), []Span{{d.row*d.columns + d.column, d.columns + 1, d.count}})
}
