package ops

import (
	"fmt"
	"strings"

	"github.com/quern-go/quern/kernels"
	"github.com/quern-go/quern/ops/internal/expr"
	"github.com/quern-go/quern/ops/internal/panel"
)

// describePanels says how the expression is evaluated within a budget.
func (out *Plan) describePanels(b *bound, u *unit, budget int) error {
	n, x := b.rewritten(), b.pieces(u)
	budget, err := x.settle(n, budget)
	if err != nil {
		return err
	}
	d := &panelWriter{pieces: x, out: out}
	if err := d.piece(n, budget, 0, 1, 0); err != nil {
		return err
	}
	out.TemporaryBytes = out.PeakBytes
	return nil
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
	parts, left := &expr.Parts{Source: d.source}, budget
	for _, v := range cut.Nodes(n) {
		left -= v.Bytes()
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
	return d.piece(parts.Along(n, cut.Axis, 0, cut.Length), left, depth+1, times*float64(length)/float64(cut.Length), held)
}

// whole describes the evaluation by one plan.
func (d *panelWriter) whole(n *expr.Node, budget int, times float64, held int) error {
	b, err := d.engine.bindTo(n, d.options(budget))
	if err != nil {
		return err
	}
	_, peak := b.entry.plan.TemporaryBytes()
	d.out.PeakBytes = max(d.out.PeakBytes, held+peak)
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
	all := b.ResultsOf(b.Head)
	budget, held = budget-all.Bytes(), held+all.Bytes()
	if err := d.piece(b.Head, budget, depth+1, times, held); err != nil {
		return err
	}
	if n.Type == kernels.I64 && !b.LooksAgain() {
		d.line(depth, "and where in each block")
		head, _ := b.Positions(d.source)
		if err := d.piece(head, budget, depth+1, times, held); err != nil {
			return err
		}
	}
	return d.whole(b.Last(n, standIn(all)), budget, times, held)
}
