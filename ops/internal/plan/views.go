package plan

import (
	"encoding/binary"

	"github.com/quern-go/quern/kernels"
	"github.com/quern-go/quern/ops/internal/expr"
)

// views is a chain of views through which a kernel sees a node: first applies
// to the node, rest to what that gives. The empty chain is nil. Equal chains
// are one pointer, so that chains can be compared and used as keys.
type views struct {
	id    int
	first *expr.View
	rest  *views
}

// chains makes equal chains one.
type chains struct {
	byKey map[string]*views
}

func (v *views) number() int {
	if v == nil {
		return 0
	}
	return v.id
}

// push is the chain that applies first and then rest. Two transposes in a row
// become one.
func (c *chains) push(first *expr.View, rest *views) *views {
	if first.Op == expr.Permute && rest != nil && rest.first.Op == expr.Permute {
		merged := &expr.View{Op: expr.Permute, Shape: rest.first.Shape, Perm: make([]int, len(first.Perm))}
		identity := true
		for i, p := range rest.first.Perm {
			merged.Perm[i] = first.Perm[p]
			identity = identity && merged.Perm[i] == i
		}
		if identity {
			return rest.rest
		}
		first, rest = merged, rest.rest
	}
	key := string(encodeView(binary.AppendUvarint(nil, uint64(rest.number())), first))
	if known, ok := c.byKey[key]; ok {
		return known
	}
	v := &views{id: len(c.byKey) + 1, first: first, rest: rest}
	c.byKey[key] = v
	return v
}

// pushAll pushes views that apply in the order given.
func (c *chains) pushAll(rest *views, list ...*expr.View) *views {
	for i := len(list) - 1; i >= 0; i-- {
		if list[i] != nil {
			rest = c.push(list[i], rest)
		}
	}
	return rest
}

// apply turns a node's layout into that of the end of the chain. Where it
// fails, stuck is the part of the chain whose first view has to move elements.
func (v *views) apply(l kernels.Layout) (out kernels.Layout, stuck *views) {
	for ; v != nil; v = v.rest {
		next, ok := v.first.Apply(l)
		if !ok {
			return l, v
		}
		l = next
	}
	return l, nil
}

// broadcast is the view of an array of one shape as another, nil if they are
// equal.
func broadcast(from, to []int) *expr.View {
	if equalInts(from, to) {
		return nil
	}
	return &expr.View{Op: expr.Broadcast, Shape: to}
}

func permuteView(shape, perm []int) *expr.View {
	out := make([]int, len(perm))
	for i, p := range perm {
		out[i] = shape[p]
	}
	return &expr.View{Op: expr.Permute, Shape: out, Perm: perm}
}

func reshapeView(shape []int) *expr.View { return &expr.View{Op: expr.Reshape, Shape: shape} }

func equalInts(a, b []int) bool {
	if len(a) != len(b) {
		return false
	}
	for i := range a {
		if a[i] != b[i] {
			return false
		}
	}
	return true
}
