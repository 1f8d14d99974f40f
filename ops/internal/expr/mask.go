package expr

import (
	"math"

	"github.com/quern-go/quern/kernels"
)

// Diagonal compares the column of every element of a matrix with its row: it is 1,
// of type t, where column − row is what op says of offset, else 0.
func Diagonal(op Op, t kernels.DType, rows, columns, offset int) *Node {
	return compare(op, t, Binary(Sub, positions(columns), ReshapeTo(positions(rows), []int{rows, 1})), offset)
}

// compare is 1, of type t, where integers are what op says of x, else 0.
func compare(op Op, t kernels.DType, integers *Node, x int) *Node {
	if integers.Op == Const || integers.Op == Failed {
		return ConvertTo(integers, t)
	}
	n := &Node{Op: op, Type: t, Shape: integers.Shape}
	n.Args[0], n.Args[1] = integers, NewConst(kernels.I64, uint64(x), nil)
	return n
}

// ReplaceLast is x, of one axis, with another last element.
func ReplaceLast(x, last *Node) *Node {
	if f := failed(x, last); f != nil {
		return f
	}
	end := x.Shape[0] - 1
	return Ternary(Where, compare(Equal, x.Type, positions(end+1), end), last, x)
}

// positions is 0 … count−1.
func positions(count int) *Node {
	if count == 0 {
		return NewConst(kernels.I64, 0, []int{0})
	}
	n := &Node{Op: Arange, Type: kernels.I64, Shape: []int{count}}
	n.Args[0], n.Args[1] = NewConst(kernels.I64, 0, nil), NewConst(kernels.I64, 1, nil)
	return n
}

// Triangle keeps the elements of the last two axes where column − row is what op
// says of offset, and puts 0 elsewhere.
func Triangle(name string, op Op, x *Node, offset int) *Node {
	if f := failed(x); f != nil {
		return f
	}
	rank := len(x.Shape)
	if rank < 2 {
		return Failf("%s: shape %v, expected two axes or more", name, x.Shape)
	}
	return Ternary(Where, Diagonal(op, x.Type, x.Shape[rank-2], x.Shape[rank-1], offset), x, Scalar(x.Type, 0))
}

// OnDiagonal is the square matrix with the elements of a vector on the diagonal
// offset columns to the right, and 0 elsewhere.
func OnDiagonal(x *Node, offset int) *Node {
	length := x.Shape[0]
	above, left := max(offset, 0), max(-offset, 0)
	size := length + above + left
	if offset == math.MinInt || size < length {
		return Failf("diag: offset %d: too many elements", offset)
	}
	if length == 0 {
		return NewConst(x.Type, 0, []int{size, size})
	}
	zeros := func(n int) *Node { return NewConst(x.Type, 0, []int{n}) }
	row := NewConcat("diag", []*Node{zeros(above), x, zeros(left)}, 0) // column j of the diagonal
	if row.Op == Failed {
		return row
	}
	return Ternary(Where, Diagonal(Equal, x.Type, size, size, offset), row, Scalar(x.Type, 0))
}
