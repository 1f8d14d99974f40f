package expr

import "github.com/quern-go/quern/kernels"

// List is several arrays as one node, broadcast together, for the operations that
// take any number of them. It is a chain: each Tuple is an array and the rest of
// the list. Nothing but such an operation may read it.
func List(x ...*Node) *Node {
	if f := failed(x...); f != nil {
		return f
	}
	shapes := make([][]int, len(x))
	for i := range x {
		shapes[i] = x[i].Shape
	}
	shape, err := kernels.BroadcastShapes(shapes...)
	if err != nil {
		return Failf("shapes %v do not broadcast together", shapes)
	}
	if err := checkShape("broadcast", shape); err != nil {
		return Fail(err)
	}
	var list *Node
	for i := len(x) - 1; i >= 0; i-- {
		n := &Node{Op: Tuple, Type: x[i].Type, Shape: shape}
		n.Args[0], n.Args[1] = x[i], list
		list = n
	}
	return list
}

// Items are the arrays of a List.
func Items(list *Node) (x []*Node) {
	for ; list != nil; list = list.Args[1] {
		x = append(x, list.Args[0])
	}
	return x
}
