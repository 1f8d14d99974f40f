package ops

import (
	"fmt"
	"strings"

	"github.com/quern-go/quern/device"
	"github.com/quern-go/quern/kernels"
	"github.com/quern-go/quern/ops/internal/expr"
	"github.com/quern-go/quern/ops/internal/panel"
)

// describePanels says how the expression is evaluated within a budget.
func (out *Plan) describePanels(b *bound, u *unit, budget int) error {
	n, x := b.rewritten(), b.pieces(u)
	x.inMemory = out.Fallback != ""
	settled, nodes, err := x.settle(n, budget)
	if err != nil {
		return err
	}
	d := &panelWriter{pieces: x, out: out}
	if settled > budget {
		d.line(0, "no way to take no more than %s was found: %s", quantity(float64(budget), "B"), quantity(float64(settled), "B"))
	}
	if n, err = d.files(n, nodes, settled); err != nil {
		return err
	}
	if err := d.piece(n, settled, 0, 1, 0); err != nil {
		return err
	}
	out.TemporaryBytes = out.PeakBytes
	return nil
}

// files describes what is stored in files; what is left is computed of that.
func (d *panelWriter) files(n *expr.Node, nodes []*expr.Node, budget int) (*expr.Node, error) {
	f := new(filed)
	for _, v := range nodes {
		d.line(0, "store the %s of shape %v in a temporary file, %s", v.Op, v.Shape, quantity(float64(v.Bytes()), "B"))
		if err := d.file(f.parts(d.source).Whole(v), budget); err != nil {
			return nil, err
		}
		f.nodes, f.by = append(f.nodes, v), append(f.by, standInFile(v))
	}
	return f.parts(d.source).Whole(n), nil
}

// file describes how a value is computed into a file.
func (d *panelWriter) file(n *expr.Node, budget int) error {
	cut, err := d.cutter.ToFile(n, budget)
	if err != nil {
		return err
	}
	panelBytes := device.SizeClass(n.Bytes() / n.Shape[cut.Axis] * cut.Length)
	return d.inPanels(n, cut, budget, 1, 1, 0, panelBytes)
}

// panelWriter describes how an expression is cut.
type panelWriter struct {
	*pieces
	out *Plan
}

func (d *panelWriter) line(depth int, format string, args ...any) {
	d.out.Panels = append(d.out.Panels, strings.Repeat("  ", depth)+fmt.Sprintf(format, args...))
}

// piece describes the evaluation of n, which is done a number of times while
// held bytes are taken already.
func (d *panelWriter) piece(n *expr.Node, budget, depth int, times float64, held int) error {
	cut, err := d.cutter.Cut(n, budget)
	switch {
	case err != nil:
		return err
	case cut.IsWhole():
		return d.whole(n, budget, times, held)
	case cut.Blocks:
		return d.blocks(n, budget, depth, times, held)
	}
	return d.inPanels(n, cut, budget, depth, times, held, 0)
}

// inPanels describes the evaluation in panels, if there are any, after values that are
// needed first; a panel takes some memory itself.
func (d *panelWriter) inPanels(n *expr.Node, cut *panel.Cut, budget, depth int, times float64, held, own int) error {
	parts, left := &expr.Parts{Source: d.source}, budget
	for _, v := range panel.NodesAt(n, cut.First) {
		left -= device.SizeClass(v.Bytes())
		d.line(depth, "first the %s of shape %v", v.Op, v.Shape)
		if err := d.piece(v, left, depth+1, times, held+budget-left); err != nil {
			return err
		}
		parts.Replace(v, standIn(v))
	}
	held += budget - left
	if cut.Length == 0 {
		return d.piece(parts.Whole(n), left, depth, times, held)
	}
	length := n.Shape[cut.Axis]
	d.line(depth, "in %d panels of %d along axis %d of shape %v", (length+cut.Length-1)/cut.Length, cut.Length, cut.Axis, n.Shape)
	panel := parts.Along(n, cut.Axis, 0, cut.Length)
	return d.piece(panel, left-own, depth+1, times*float64(length)/float64(cut.Length), held+own)
}

// whole describes the evaluation by one plan.
func (d *panelWriter) whole(n *expr.Node, budget int, times float64, held int) error {
	b, err := d.engine.bindTo(n, d.options(budget))
	if err != nil {
		return err
	}
	_, peak := b.entry.plan.TemporaryBytes()
	d.out.PeakBytes = max(d.out.PeakBytes, held+peak+loadedBytes(b.sources))
	d.out.Seconds += times * d.unit.seconds(b.entry.plan)
	d.out.addKernels(b.entry, d.unit)
	return nil
}

// blocks describes a reduction in blocks.
func (d *panelWriter) blocks(n *expr.Node, budget, depth int, times float64, held int) error {
	if n.Op == expr.Moments {
		for _, sum := range panel.SumsOf(n) {
			if err := d.piece(sum, budget, depth, times, held); err != nil {
				return err
			}
		}
		return nil
	}
	b, _ := panel.BlocksOf(n, budget, d.source)
	d.line(depth, "the %s of shape %v in blocks of %d values", n.Op, n.Args[0].Shape, b.Span)
	of := func(head *expr.Node) error {
		own := b.Held(n, head, device.SizeClass)
		return d.piece(head, budget-own, depth+1, times, held+own)
	}
	if err := of(b.Head); err != nil {
		return err
	}
	if n.Type == kernels.I64 && !b.LooksAgain() {
		d.line(depth, "and where in each block")
		head, _ := b.Positions(d.source)
		if err := of(head); err != nil {
			return err
		}
	}
	own := b.Held(n, b.Head, device.SizeClass)
	return d.whole(b.Last(n, standIn(b.ResultsOf(b.Head))), budget-own, times, held+own)
}
