package ops

import (
	"github.com/quern-go/quern/device"
	"github.com/quern-go/quern/kernels"
	"github.com/quern-go/quern/ops/internal/expr"
	"github.com/quern-go/quern/ops/internal/panel"
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
	t.strides = panel.Strides(n, axis, t.strides)
	if t.strides != nil {
		t.offset += start * t.strides[axis]
		return t
	}
	each := kernels.Contiguous(n.Shape...).Strides[axis]
	if t.host == nil {
		t.offset += start * each
		return t
	}
	each *= n.Type.Size()
	t.host = t.host[start*each : (start+count)*each]
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
