package ops

import (
	"fmt"
	"strings"

	"github.com/quern-go/quern/device"
	"github.com/quern-go/quern/kernels"
	"github.com/quern-go/quern/ops/internal/expr"
	"github.com/quern-go/quern/ops/internal/panel"
	"github.com/quern-go/quern/ops/internal/scratch"
)

// describePanels says how the expression is evaluated within a budget.
func (out *Plan) describePanels(b *bound, u *unit, budget int) error {
	n, x := b.rewritten(), b.pieces(u)
	settled, nodes, err := x.settle(n, budget)
	if err != nil {
		return err
	}
	if err := scratch.Check(); err != nil && len(nodes) > 0 {
		if b.limits.strict {
			return err
		}
		out.Fallback = strings.TrimPrefix(out.Fallback+"; "+err.Error(), "; ")
		x.inMemory = true
		if settled, nodes, err = x.settle(n, budget); err != nil {
			return err
		}
	}
	d := &panelWriter{pieces: x, out: out}
	if settled > budget {
		d.line(0, "no way to take no more than %s was found, but %s", quantity(float64(budget), "B"), quantity(float64(settled), "B"))
	}
	if n, err = d.files(n, nodes, settled); err != nil {
		return err
	}
	if err := d.piece(piece{n: n, budget: settled, times: 1}); err != nil {
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

// piece is the evaluation of n, which is done a number of times while held bytes are
// taken already.
type piece struct {
	n       *expr.Node
	strides []int // of its value; nil: in row-major order
	budget  int
	depth   int // of the lines that describe it
	times   float64
	held    int
	abreast int // such pieces that are evaluated at a time; 0: one
}

// inside is a part of the evaluation, for which a number of bytes are taken.
func (p piece) inside(n *expr.Node, bytes int) piece {
	p.n, p.strides = n, nil
	p.budget, p.held, p.abreast = p.budget-bytes, p.held+bytes, 0
	p.depth++
	return p
}

// files describes what is stored in files; what is left is computed of that.
func (d *panelWriter) files(n *expr.Node, nodes []*expr.Node, budget int) (*expr.Node, error) {
	f := new(filed)
	for _, v := range nodes {
		d.line(0, "the %s of shape %v is stored in a temporary file, %s", v.Op, v.Shape, quantity(float64(v.Bytes()), "B"))
		p := piece{n: f.parts(d.source).Whole(v), budget: budget, depth: 1, times: 1}
		cut, err := d.cutter.ToFile(p.n, budget)
		if err == nil {
			d.out.Seconds += panel.WriteSeconds(p.n, cut)
			err = d.inPanels(p, cut, device.SizeClass(v.Bytes()/v.Shape[cut.Axis]*cut.Length), nil)
		}
		if err != nil {
			return nil, err
		}
		f.nodes, f.by = append(f.nodes, v), append(f.by, standInFile(v))
	}
	return f.parts(d.source).Whole(n), nil
}

func (d *panelWriter) piece(p piece) error {
	cut, err := d.cutter.Cut(p.n, p.strides, p.budget)
	switch {
	case err != nil:
		return err
	case cut.IsWhole():
		return d.whole(p)
	case cut.Blocks:
		return d.blocks(p)
	case cut.Passes:
		return d.passes(p)
	}
	return d.inPanels(p, cut, 0, panel.Strides(p.n, cut.Axis, p.strides))
}

// inPanels describes the evaluation in panels, if there are any, after values that are
// needed first. A panel takes some memory itself, or lies where its strides say.
func (d *panelWriter) inPanels(p piece, cut *panel.Cut, bytes int, strides []int) error {
	nodes := panel.NodesAt(p.n, cut.First)
	parts := func(source panel.Source) *expr.Parts {
		made := &expr.Parts{Source: source}
		for _, v := range nodes {
			made.Replace(v, standIn(v))
		}
		return made
	}
	for _, v := range nodes {
		first := p.inside(v, device.SizeClass(v.Bytes()))
		if err := d.first(first, p.depth); err != nil {
			return err
		}
		p.budget, p.held = first.budget, first.held
	}
	if cut.Length == 0 {
		p.n = parts(d.source).Whole(p.n)
		return d.piece(p)
	}
	a, err := d.abreast(p.n, cut, parts, p.strides, p.budget)
	if err != nil {
		return err
	}
	length, together := p.n.Shape[cut.Axis], ""
	if a.lanes > 1 {
		together = fmt.Sprintf(", %d at a time", a.lanes)
	}
	d.line(p.depth, "in %d panels of %d along axis %d of shape %v%s", (length+a.length-1)/a.length, a.length, cut.Axis, p.n.Shape, together)
	one := p.inside(parts(d.source).Along(p.n, cut.Axis, 0, a.length), bytes)
	one.strides, one.abreast = strides, a.lanes
	one.times *= float64(length) / float64(a.length)
	if a.lanes > 1 {
		one.budget = a.budget
	}
	return d.piece(one)
}

// first describes how a value that is kept in memory comes there.
func (d *panelWriter) first(p piece, depth int) error {
	if p.n.Op == expr.Source {
		d.line(depth, "first %v of a file are read", p.n.Shape)
		d.out.PeakBytes = max(d.out.PeakBytes, p.held)
		d.out.Seconds += p.times * panel.FileSeconds(loads(p.n.Data))
		return nil
	}
	d.line(depth, "first the %s of shape %v", p.n.Op, p.n.Shape)
	return d.piece(p)
}

// whole describes the evaluation by one plan.
func (d *panelWriter) whole(p piece) error {
	o := d.options(p.budget)
	o.Strides = p.strides
	b, err := d.engine.bindTo(p.n, o)
	if err != nil {
		return err
	}
	_, peak := b.entry.plan.TemporaryBytes()
	d.out.PeakBytes = max(d.out.PeakBytes, p.held+max(1, p.abreast)*peak+loadedBytes(b.sources))
	d.out.Seconds += p.times * d.unit.seconds(b.entry.plan)
	for _, s := range b.sources {
		d.out.Seconds += p.times * panel.FileSeconds(loads(s))
	}
	d.out.addKernels(b.entry, d.unit)
	return nil
}

// passes describes a Select or Histogram of values that are computed panel by panel.
func (d *panelWriter) passes(p piece) error {
	passes, _ := panel.PassesOf(p.n)
	held := passes.Held(p.n, p.budget, device.SizeClass)
	for _, v := range passes.First() {
		if err := d.first(p.inside(v, 0), p.depth); err != nil {
			return err
		}
	}
	d.line(p.depth, "the %s of %d values in passes over their panels", p.n.Op, passes.Values.Size())
	one := p.inside(passes.Values, held)
	one.times *= passes.Times()
	cut, err := d.cutter.ToFile(one.n, one.budget)
	if err != nil {
		return err
	}
	return d.inPanels(one, cut, device.SizeClass(one.n.Bytes()/one.n.Size()*cut.Length), nil)
}

// blocks describes a reduction in blocks.
func (d *panelWriter) blocks(p piece) error {
	n := p.n
	if n.Op == expr.Moments {
		for _, sum := range panel.SumsOf(n) {
			p.n, p.strides = sum, nil
			if err := d.piece(p); err != nil {
				return err
			}
		}
		return nil
	}
	b, _ := panel.BlocksOf(n, p.budget, d.source)
	d.line(p.depth, "the %s of shape %v in blocks of %d values", n.Op, n.Args[0].Shape, b.Span)
	head := func(head *expr.Node) error {
		one := p.inside(head, b.Held(n, head, device.SizeClass))
		if b.Tail != nil {
			one.strides = panel.Strides(b.ResultsOf(head), len(head.Shape)-1, nil)
		}
		return d.piece(one)
	}
	if err := head(b.Head); err != nil {
		return err
	}
	if n.Type == kernels.I64 && !b.LooksAgain() {
		d.line(p.depth, "and where in each block")
		positions, _ := b.Positions(d.source)
		if err := head(positions); err != nil {
			return err
		}
	}
	last := p.inside(b.Last(n, standIn(b.ResultsOf(b.Head))), b.Held(n, b.Head, device.SizeClass))
	last.strides = p.strides
	return d.whole(last)
}
