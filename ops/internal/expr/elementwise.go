package expr

import "github.com/quern-go/quern/kernels"

// Unary is an elementwise operation on one array.
func Unary(op Op, x *Node) *Node {
	if f := failed(x); f != nil {
		return f
	}
	if x.Op == Const {
		return foldConst(op, x.Type, x.Shape, x)
	}
	n := &Node{Op: op, Type: x.Type, Shape: x.Shape}
	n.Args[0] = x
	return n
}

// ConvertTo converts the elements to type t: rounded to the nearest value of a
// floating-point type; truncated to an I64, out of range the closest, NaN 0.
func ConvertTo(x *Node, t kernels.DType) *Node {
	if f := failed(x); f != nil {
		return f
	}
	if x.Type == t {
		return x
	}
	if x.Op == Const {
		return foldConst(Convert, t, x.Shape, x)
	}
	n := &Node{Op: Convert, Type: t, Shape: x.Shape}
	n.Args[0] = x
	return n
}

// Binary is an elementwise operation on two arrays of one type, broadcast
// together.
func Binary(op Op, x, y *Node) *Node {
	if f := failed(x, y); f != nil {
		return f
	}
	shape := x.Shape
	if !sameShape(shape, y.Shape) {
		var err error
		if shape, err = kernels.BroadcastShapes(x.Shape, y.Shape); err != nil {
			return Failf("%s: shapes %v and %v do not broadcast together", op, x.Shape, y.Shape)
		}
		if err := checkShape(op.String(), shape); err != nil {
			return Fail(err)
		}
	}
	if x.Op == Const && y.Op == Const {
		return foldConst(op, x.Type, shape, x, y)
	}
	n := &Node{Op: op, Type: x.Type, Shape: shape}
	n.Args[0], n.Args[1] = x, y
	return orEmpty(n)
}

// Ternary is an elementwise operation on three arrays of one type, broadcast
// together.
func Ternary(op Op, x, y, z *Node) *Node {
	if f := failed(x, y, z); f != nil {
		return f
	}
	shape, err := kernels.BroadcastShapes(x.Shape, y.Shape, z.Shape)
	if err != nil {
		return Failf("%s: shapes %v, %v and %v do not broadcast together", op, x.Shape, y.Shape, z.Shape)
	}
	if err := checkShape(op.String(), shape); err != nil {
		return Fail(err)
	}
	if x.Op == Const && y.Op == Const && z.Op == Const {
		return foldConst(op, x.Type, shape, x, y, z)
	}
	n := &Node{Op: op, Type: x.Type, Shape: shape}
	n.Args = [3]*Node{x, y, z}
	return orEmpty(n)
}

func foldConst(op Op, t kernels.DType, shape []int, args ...*Node) *Node {
	return NewConst(t, fold(op, t, args), shape)
}

// orEmpty returns n, or a constant if n has no elements.
func orEmpty(n *Node) *Node {
	for _, d := range n.Shape {
		if d == 0 {
			return NewConst(n.Type, 0, n.Shape)
		}
	}
	return n
}
