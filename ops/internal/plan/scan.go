package plan

import (
	"slices"

	"github.com/quern-go/quern/kernels"
	"github.com/quern-go/quern/ops/internal/expr"
)

// scanOf is the kernel of a scan.
func scanOf(n *node) *kernels.Scan {
	t := n.args[0].Type
	switch n.Op {
	case expr.CumSum:
		return kernels.NewScan(kernels.ScanPrefix, kernels.CombineAdd, t, 0)
	case expr.CumProd:
		return kernels.NewScan(kernels.ScanPrefix, kernels.CombineMul, t, 0)
	case expr.Sort:
		return kernels.NewScan(kernels.ScanSort, kernels.CombineInvalid, t, 0)
	case expr.ArgSort:
		return kernels.NewScan(kernels.ScanArgSort, kernels.CombineInvalid, t, 0)
	case expr.Select:
		return kernels.NewScan(kernels.ScanSelect, kernels.CombineInvalid, t, n.Shape[n.Axis])
	}
	return kernels.NewScan(kernels.ScanHistogram, kernels.CombineInvalid, t, 0)
}

// produceScan adds the step of a scan, whose arguments lie in memory.
func (p *planner) produceScan(n *node, buffer int, layout kernels.Layout) error {
	x := n.args[0]
	perm := keptThenReduced(len(x.Shape), []int{n.Axis})
	base, values, ok := p.inMemory(x)
	if !ok {
		return &mustMove{node: x}
	}
	values = values.Permute(perm)
	l := newLaunch(values.Shape)
	from, err := p.memory(base)
	if err != nil {
		return err
	}
	l.input(from, x.Type, values)
	k := scanOf(n)
	switch n.Op {
	case expr.Histogram:
		if err := p.edges(l, n.args[1]); err != nil {
			return err
		}
		l.params = append(l.params, n.args[2].slot)
	case expr.Select:
		l.params = append(l.params, n.args[1].slot, n.args[2].slot)
	}
	l.sig.Params = k.Params
	out := operand(buffer, layout.Permute(perm))
	step := out.Strides[len(perm)-1]
	out.Strides = slices.Clone(out.Strides)
	s := Step{Title: p.title(n, nil), Shape: values.Shape, Outs: []Operand{out}}
	if err := p.add(k, &k.Signature, l, s, groups{all: len(perm) - 1, fixed: 1}); err != nil {
		return err
	}
	// Along the axis the output need not be as long as the input.
	outs := p.plan.Steps[len(p.plan.Steps)-1].Outs
	outs[0].Strides[len(outs[0].Strides)-1] = step
	return nil
}

// edges adds those of a histogram, which lie one after another.
func (p *planner) edges(l *launch, n *node) error {
	base, layout, ok := p.inMemory(n)
	if !ok || layout.Strides[0] != 1 {
		return &mustMove{node: n}
	}
	buffer, err := p.memory(base)
	if err != nil {
		return err
	}
	l.ins = append(l.ins, Operand{Buffer: buffer, Offset: layout.Offset, Strides: make([]int, len(l.shape))})
	l.sig.Ins = append(l.sig.Ins, n.Type)
	return nil
}
