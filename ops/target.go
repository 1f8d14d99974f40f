package ops

import (
	"github.com/quern-go/quern/device"
	"github.com/quern-go/quern/kernels"
	"github.com/quern-go/quern/ops/internal/expr"
)

// target is where the value of a node goes: host memory or a buffer, from an
// element on, in row-major order unless there are strides.
type target struct {
	host    []byte
	buffer  device.Buffer
	offset  int
	strides []int
}

// along is the part of the target for a range of an axis of n. A range of the
// leading axis lies in one piece.
func (t target) along(n *expr.Node, axis, start, count int) target {
	strides := t.strides
	if strides == nil {
		strides = kernels.Contiguous(n.Shape...).Strides
	}
	leading := t.strides == nil
	for _, d := range n.Shape[:axis] {
		leading = leading && d == 1
	}
	first := start * strides[axis]
	switch {
	case !leading:
		t.offset, t.strides = t.offset+first, strides
	case t.host != nil:
		size := n.Type.Size()
		t.host = t.host[first*size : (first+count*strides[axis])*size]
	default:
		t.offset += first
	}
	return t
}

// element is the target of element i of n, which has one axis.
func (t target) element(n *expr.Node, i int) target {
	if t.strides == nil {
		return t.along(n, 0, i, 1)
	}
	t.offset, t.strides = t.offset+i*t.strides[0], []int{}
	return t
}
