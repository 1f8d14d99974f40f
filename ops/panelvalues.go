package ops

import (
	"context"

	"github.com/quern-go/quern/device"
	"github.com/quern-go/quern/internal/meter"
	"github.com/quern-go/quern/kernels"
	"github.com/quern-go/quern/ops/internal/expr"
	"github.com/quern-go/quern/ops/internal/panel"
)

// stored are the values of nodes that have been computed first.
type stored struct {
	nodes, by []*expr.Node
	buffers   []device.Buffer
	left      int // of the budget
}

// values computes nodes one after another, or reads them.
func (x *pieces) values(ctx context.Context, nodes []*expr.Node, budget int) (*stored, error) {
	v := &stored{left: budget}
	for i, n := range nodes {
		v.left -= device.SizeClass(n.Bytes())
		part := meter.Part(ctx, float64(i)/float64(len(nodes)), float64(i+1)/float64(len(nodes)))
		buffer, err := x.compute(part, n, v.left)
		if err != nil {
			return v, err
		}
		v.buffers = append(v.buffers, buffer)
		v.nodes, v.by = append(v.nodes, n), append(v.by, x.value(n.Type, buffer, n.Shape))
	}
	return v, nil
}

// compute makes a buffer of the value of a node.
func (x *pieces) compute(ctx context.Context, n *expr.Node, budget int) (device.Buffer, error) {
	if n.Op == expr.Source {
		x.makeRoom(device.SizeClass(n.Bytes()))
		return n.Data.(*data).load(ctx, x.unit)
	}
	buffer, err := x.alloc(n.Bytes())
	if err != nil {
		return nil, err
	}
	if err := x.evaluate(ctx, n, target{buffer: buffer}, budget); err != nil {
		buffer.Release()
		return nil, err
	}
	return buffer, nil
}

// valuesShare is about what share of the time for n the values of nodes in it take that
// are computed first; 0 if there is no meter to tell.
func valuesShare(ctx context.Context, nodes []*expr.Node, n *expr.Node) float64 {
	if meter.Of(ctx) == nil || len(nodes) == 0 {
		return 0
	}
	first := 0.0
	for _, v := range nodes {
		first += panel.Work(v)
	}
	return min(0.99, over(first, panel.Work(n)))
}

// value is an array that only the buffer holds.
func (x *pieces) value(t kernels.DType, buffer device.Buffer, shape []int) *expr.Node {
	d := &data{dtype: t, copies: new(copies)}
	d.recent.Store(&deviceCopy{unit: x.unit, buffer: buffer}) // the buffer is released by stored
	whole := &data{dtype: t, copies: new(copies), whole: d}
	return expr.NewSource(t, whole, kernels.Contiguous(shape...))
}

func (v *stored) parts(source panel.Source) *expr.Parts {
	p := &expr.Parts{Source: source}
	for i, n := range v.nodes {
		p.Replace(n, v.by[i])
	}
	return p
}

func (v *stored) release() {
	for _, b := range v.buffers {
		b.Release()
	}
}

// alloc takes device memory.
func (x *pieces) alloc(bytes int) (device.Buffer, error) {
	x.makeRoom(device.SizeClass(bytes))
	return x.unit.alloc(bytes)
}

// makeRoom gives memory that a pool keeps back to the system if that and what
// comes are more than may be held: what comes is of other sizes.
func (x *pieces) makeRoom(bytes int) {
	m, ok := x.unit.dev.(device.MemoryReporter)
	if !ok || x.limit == 0 {
		return
	}
	if s := m.Memory(); s.Cached > 0 && s.Cached+s.InUse+int64(bytes) > int64(x.limit) {
		m.Trim()
	}
}
