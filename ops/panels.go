package ops

import (
	"context"
	"errors"
	"fmt"

	"github.com/quern-go/quern/device"
	"github.com/quern-go/quern/internal/meter"
	"github.com/quern-go/quern/kernels"
	"github.com/quern-go/quern/ops/internal/expr"
	"github.com/quern-go/quern/ops/internal/panel"
	"github.com/quern-go/quern/ops/internal/plan"
	"github.com/quern-go/quern/ops/internal/scratch"
)

// errNoPanels is the error of an expression that cannot be cut small enough for a
// device.
var errNoPanels = fmt.Errorf("no panels are small enough: %w", device.ErrOutOfMemory)

// pieces evaluates an expression piece by piece: see package panel.
type pieces struct {
	engine *Engine
	unit   *unit
	cutter *panel.Cutter
	source panel.Source
	// precision is that with which pieces may be computed.
	precision Precision
	reduced   bool   // a piece was computed with less than exact products
	limit     int    // bytes that a pool may hold, 0: any number
	last      *entry // the plan that ran last
	limits    limits
	inMemory  bool // nothing is stored in files

	// precious is the memory of the result if sources lie there too, and wrote says
	// that some of it may have been written over.
	precious []byte
	wrote    bool
}

// pieces evaluates on a device.
func (b *bound) pieces(u *unit) *pieces {
	e := b.engine
	x := &pieces{engine: e, unit: u, cutter: e.cutter(u), source: packedPartOf, precision: b.options.Precision, limits: b.limits}
	if u.wrapper != nil {
		x.source = partOf
	}
	return x
}

// settle finds the budget with which n can be evaluated: the given one, or where
// there is no way, on the host a larger one; and the nodes that are stored in files first.
func (x *pieces) settle(n *expr.Node, budget int) (int, []*expr.Node, error) {
	files := x.unit.wrapper != nil && x.unit.mapper != nil && !x.inMemory
	for {
		way, err := x.cutter.Way(n, budget, files)
		switch {
		case err != nil:
			return 0, nil, err
		case way.Fits && x.unit.wrapper != nil:
			x.limit = budget
			return budget, panel.NodesAt(n, way.Files), nil
		case way.Fits:
			return budget, nil, nil
		case x.unit.wrapper == nil:
			return 0, nil, errNoPanels
		case x.limits.strict && x.limits.workspace > 0:
			return 0, nil, fmt.Errorf("%w: no way to take no more than %d bytes was found", errWorkspace, x.limits.workspace)
		}
		budget *= 2
	}
}

// evaluateWithin evaluates the expression so that it takes no more than a number
// of bytes: see fits. If that needs a temporary file that cannot be had, it takes more
// bytes, which is a fallback.
func (b *bound) evaluateWithin(ctx context.Context, u *unit, dst []byte, budget int) (device.Buffer, error) {
	defer b.forgetOverwritten(dst)
	buffer, err := b.pieces(u).run(ctx, b.rewritten(), dst, budget)
	if !errors.Is(err, scratch.Err) || errors.Is(err, errOverwritten) || b.limits.strict {
		return buffer, err
	}
	x := b.pieces(u)
	x.inMemory = true
	buffer, inMemory := x.run(ctx, b.rewritten(), dst, budget)
	if inMemory != nil {
		return nil, errors.Join(err, inMemory)
	}
	b.engine.fallbacks.Add(1)
	b.engine.warn("quern: more memory is used, as a temporary file could not be", u.name, err)
	return buffer, nil
}

// run evaluates n into dst, or if that is nil into a buffer.
func (x *pieces) run(ctx context.Context, n *expr.Node, dst []byte, budget int) (device.Buffer, error) {
	if dst == nil && x.unit.wrapper == nil {
		budget -= n.Bytes()
	}
	budget, nodes, err := x.settle(n, budget)
	if err != nil {
		return nil, err
	}
	t := target{host: dst}
	if dst == nil {
		if t.buffer, err = x.alloc(n.Bytes()); err != nil {
			return nil, err
		}
	} else if readsMemory(n, dst) {
		x.precious = dst
	}
	err = x.afterFiles(ctx, n, nodes, t, budget)
	switch {
	case err != nil && dst == nil:
		t.buffer.Release()
		return nil, err
	case x.wrote && err != nil && !errors.Is(err, errOverwritten):
		return nil, fmt.Errorf("%w; %w", err, errOverwritten)
	case err != nil:
		return nil, err
	}
	x.engine.inPanels.Add(1)
	if len(nodes) > 0 {
		x.engine.inFiles.Add(1)
	}
	if x.reduced {
		x.engine.reduced.Add(1)
	}
	return t.buffer, nil
}

// afterFiles stores nodes in files and then computes n into t.
func (x *pieces) afterFiles(ctx context.Context, n *expr.Node, nodes []*expr.Node, t target, budget int) error {
	if len(nodes) == 0 {
		return x.evaluate(ctx, n, t, budget)
	}
	f, err := x.storeInFiles(ctx, n, nodes, budget)
	defer func() {
		if err := f.close(); err != nil {
			x.engine.warn("quern: a temporary file could not be removed", x.unit.name, err)
		}
	}()
	if err != nil {
		return err
	}
	return x.evaluate(meter.Part(ctx, f.share, 1), f.parts(x.source).Whole(n), t, budget)
}

// evaluate computes n into t.
func (x *pieces) evaluate(ctx context.Context, n *expr.Node, t target, budget int) error {
	cut, err := x.cutter.Cut(n, t.strides, budget)
	if err != nil {
		return err
	}
	if cut.IsWhole() {
		return x.whole(ctx, n, t, budget)
	}
	switch {
	case cut.Blocks:
		return x.blocks(ctx, n, t, budget)
	case cut.Passes:
		return x.passes(ctx, n, t, budget)
	}
	first := panel.NodesAt(n, cut.First)
	share := valuesShare(ctx, first, n)
	v, err := x.values(meter.Part(ctx, 0, share), first, budget)
	defer v.release()
	if err != nil {
		return err
	}
	ctx = meter.Part(ctx, share, 1)
	if cut.Length == 0 {
		return x.evaluate(ctx, v.parts(x.source).Whole(n), t, v.left)
	}
	return x.panels(ctx, n, cut, v, t)
}

// panels computes range after range of an axis.
func (x *pieces) panels(ctx context.Context, n *expr.Node, cut *panel.Cut, v *stored, t target) error {
	switch reads := t.host != nil && readsMemory(n, t.host); {
	case reads && !x.inOrder(n, cut, v, t):
		return x.beside(ctx, n, t, func(t target) error { return x.panels(ctx, n, cut, v, t) })
	case !reads:
		if done, err := x.atOnce(ctx, n, cut, v, t); done {
			return err
		}
	}
	length := n.Shape[cut.Axis]
	for start := 0; start < length; start += cut.Length {
		end := min(length, start+cut.Length)
		part := meter.Part(ctx, float64(start)/float64(length), float64(end)/float64(length))
		if err := x.panel(part, n, cut, v, t.along(n, cut.Axis, start, end-start), start, v.left); err != nil {
			return err
		}
	}
	return nil
}

// panel computes one panel into t; what was uploaded or read for it is released.
func (x *pieces) panel(ctx context.Context, n *expr.Node, cut *panel.Cut, v *stored, t target, start, budget int) error {
	var uploads []*data
	parts := v.parts(func(s *expr.Node, spans []expr.Span) *expr.Node {
		part := x.source(s, spans)
		uploads = append(uploads, part.Data.(*data))
		return part
	})
	defer func() {
		for _, d := range uploads {
			d.copies.release()
		}
	}()
	count := min(cut.Length, n.Shape[cut.Axis]-start)
	return x.evaluate(ctx, parts.Along(n, cut.Axis, start, count), t, budget)
}

// inOrder reports whether no panel reads what an earlier one has written over.
func (x *pieces) inOrder(n *expr.Node, cut *panel.Cut, v *stored, t target) bool {
	if t.along(n, cut.Axis, 0, cut.Length).strides != nil {
		return false
	}
	for start := cut.Length; start < n.Shape[cut.Axis]; start += cut.Length {
		count := min(cut.Length, n.Shape[cut.Axis]-start)
		written := t.host[:len(t.host)/n.Shape[cut.Axis]*start]
		if readsMemory(v.parts(x.source).Along(n, cut.Axis, start, count), written) {
			return false
		}
	}
	return true
}

// readsMemory reports whether a source of the expression lies in some memory.
func readsMemory(n *expr.Node, memory []byte) bool {
	found := false
	expr.Walk(n, func(s *expr.Node) {
		if s.Op == expr.Source {
			found = found || overlaps(s.Data.(*data).memory(), memory)
		}
	})
	return found
}

// beside computes by f into memory of its own, then copies that to t.
func (x *pieces) beside(ctx context.Context, n *expr.Node, t target, f func(target) error) error {
	if x.unit.wrapper == nil {
		own := make([]byte, n.Bytes())
		err := f(target{host: own})
		if err == nil {
			x.wrote = true
			copy(t.host, own)
		}
		return err
	}
	buffer, err := x.alloc(n.Bytes())
	if err != nil {
		return err
	}
	defer buffer.Release()
	if err := f(target{buffer: buffer}); err != nil {
		return err
	}
	x.wrote = true
	return x.unit.download(ctx, t.host, buffer)
}

// options are those of the plan of a piece.
func (x *pieces) options(budget int) plan.Options {
	o := panel.Options(budget)
	o.Precision = x.precision
	return o
}

// whole runs a plan.
func (x *pieces) whole(ctx context.Context, n *expr.Node, t target, budget int) error {
	if t.host != nil && t.strides != nil {
		return x.strided(ctx, n, t, budget)
	}
	o := x.options(budget)
	o.Strides = t.strides
	b, err := x.engine.bindTo(n, o)
	if err != nil {
		return err
	}
	c := b.entry.on(x.unit)
	if c.err != nil {
		return c.err
	}
	if b.entry != x.last {
		x.makeRoom(b.entry.held + loadedBytes(b.sources))
	}
	x.last = b.entry
	defer b.unload()
	to := place{host: t.host, buffer: t.buffer, offset: t.offset, precious: overlaps(t.host, x.precious), frugal: true}
	_, err = c.evaluateTo(ctx, b, &to)
	if mayReclaim(err) && x.unit.wrapper == nil {
		x.unit.reclaim() // of uploads that this piece does not read
		_, err = c.evaluateTo(ctx, b, &to)
	}
	x.wrote = x.wrote || to.precious && err == nil
	x.reduced = x.reduced || c.precision != kernels.Exact
	return err
}

// strided runs a plan whose result does not lie in one piece of host memory.
func (x *pieces) strided(ctx context.Context, n *expr.Node, t target, budget int) error {
	if x.unit.wrapper == nil {
		own := make([]byte, n.Bytes())
		if err := x.whole(ctx, n, target{host: own}, budget); err != nil {
			return err
		}
		x.wrote = x.wrote || overlaps(t.host, x.precious)
		unpack(t.host, n.Type, kernels.Layout{Shape: n.Shape, Strides: t.strides, Offset: t.offset}, own)
		return nil
	}
	buffer, err := x.unit.wrap(t.host)
	if err != nil {
		return err
	}
	defer buffer.Release()
	err = x.whole(ctx, n, target{buffer: buffer, offset: t.offset, strides: t.strides}, budget)
	x.wrote = x.wrote || overlaps(t.host, x.precious) // even by a launch that failed
	return err
}
