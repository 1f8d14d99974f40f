package ops

import (
	"context"
	"encoding/binary"
	"errors"

	"github.com/quern-go/quern/device"
	"github.com/quern-go/quern/internal/meter"
	"github.com/quern-go/quern/kernels"
	"github.com/quern-go/quern/ops/internal/expr"
	"github.com/quern-go/quern/ops/internal/panel"
)

// blocks computes a reduction in blocks.
func (x *pieces) blocks(ctx context.Context, n *expr.Node, t target, budget int) error {
	if n.Op == expr.Moments {
		sums := panel.SumsOf(n)
		for i, sum := range sums {
			part := meter.Part(ctx, float64(i)/float64(len(sums)), float64(i+1)/float64(len(sums)))
			if err := x.evaluate(part, sum, t.element(n, i), budget); err != nil {
				return err
			}
		}
		return nil
	}
	b, ok := panel.BlocksOf(n, budget, x.source)
	if !ok {
		return errors.New("panels: the reduction has no blocks")
	}
	if n.Type == kernels.I64 {
		return x.positions(ctx, n, b, t, budget)
	}
	return x.results(ctx, n, b, t, budget)
}

// results computes the results of the blocks and reduces them to t.
func (x *pieces) results(ctx context.Context, n *expr.Node, b *panel.Blocks, t target, budget int) error {
	all := b.ResultsOf(b.Head)
	results, err := x.alloc(all.Bytes())
	if err != nil {
		return err
	}
	defer results.Release()
	budget -= b.Held(n, b.Head, device.SizeClass)
	if err := x.headAndTail(ctx, all, b.Head, b.Tail, target{buffer: results}, budget); err != nil {
		return err
	}
	return x.whole(meter.Off(ctx), b.Last(n, x.value(all.Type, results, all.Shape)), t, budget)
}

// headAndTail computes something of the full blocks and of what is left; together
// they have the shape of all.
func (x *pieces) headAndTail(ctx context.Context, all, head, tail *expr.Node, t target, budget int) error {
	if tail == nil {
		return x.evaluate(ctx, head, t, budget)
	}
	blocks := len(head.Shape) - 1
	full := head.Shape[blocks]
	share := float64(full) / float64(all.Shape[blocks])
	if err := x.evaluate(meter.Part(ctx, 0, share), head, t.along(all, blocks, 0, full), budget); err != nil {
		return err
	}
	return x.evaluate(meter.Part(ctx, share, 1), tail, t.along(all, blocks, full, 1), budget)
}

// positions finds the positions of an ArgMin or ArgMax: first the block of each,
// then where it is in it.
func (x *pieces) positions(ctx context.Context, n *expr.Node, b *panel.Blocks, t target, budget int) error {
	found := make([]byte, n.Bytes())
	find, share := x.inAll, 0.5
	if b.LooksAgain() {
		find, share = x.again, 1
	}
	if err := x.results(meter.Part(ctx, 0, share), n, b, target{host: found}, budget); err != nil {
		return err
	}
	if err := find(meter.Part(ctx, share, 1), n, b, found, budget); err != nil {
		return err
	}
	value := expr.NewSource(n.Type, newHostData(n.Type, found), kernels.Contiguous(n.Shape...))
	return x.whole(ctx, value, t, 0)
}

// again replaces the number of the block of each position by the position: it looks
// at that block once more.
func (x *pieces) again(ctx context.Context, n *expr.Node, b *panel.Blocks, found []byte, budget int) error {
	budget -= b.Held(n, b.Head, device.SizeClass)
	for point := range n.Size() {
		element := found[8*point:][:8]
		within, start := b.Block(n, point, int(binary.NativeEndian.Uint64(element)), x.source)
		if err := x.evaluate(ctx, within, target{host: element}, budget); err != nil {
			return err
		}
		binary.NativeEndian.PutUint64(element, binary.NativeEndian.Uint64(element)+uint64(start))
	}
	return nil
}

// inAll does the same with the positions in all blocks.
func (x *pieces) inAll(ctx context.Context, n *expr.Node, b *panel.Blocks, found []byte, budget int) error {
	head, tail := b.Positions(x.source)
	budget -= b.Held(n, head, device.SizeClass)
	all := b.ResultsOf(head)
	within := make([]byte, all.Bytes())
	if err := x.headAndTail(ctx, all, head, tail, target{host: within}, budget); err != nil {
		return err
	}
	blocks := all.Shape[len(all.Shape)-1]
	for point := range n.Size() {
		element := found[8*point:][:8]
		block := int(binary.NativeEndian.Uint64(element))
		position := binary.NativeEndian.Uint64(within[8*(point*blocks+block):])
		binary.NativeEndian.PutUint64(element, position+uint64(block*b.Span))
	}
	return nil
}
