package ops

import (
	"context"
	"encoding/binary"
	"errors"

	"github.com/quern-go/quern/kernels"
	"github.com/quern-go/quern/ops/internal/expr"
	"github.com/quern-go/quern/ops/internal/panel"
)

// blocks computes a reduction in blocks.
func (x *pieces) blocks(ctx context.Context, n *expr.Node, t target, budget int) error {
	if n.Op == expr.Moments {
		for i, sum := range panel.SumsOf(n) {
			if err := x.evaluate(ctx, sum, t.element(n, i), budget); err != nil {
				return err
			}
		}
		return nil
	}
	b, ok := panel.BlocksOf(n, x.source)
	if !ok {
		return errors.New("panels: the reduction has no blocks")
	}
	all := expr.NewSource(b.Head.Type, nil, kernels.Contiguous(b.Results()...))
	results, err := x.alloc(all.Bytes())
	if err != nil {
		return err
	}
	defer results.Release()
	budget -= all.Bytes()
	blocks, to := len(b.Head.Shape)-1, target{buffer: results}
	full := b.Head.Shape[blocks]
	if err := x.evaluate(ctx, b.Head, to.along(all, blocks, 0, full), budget); err != nil {
		return err
	}
	if b.Tail != nil {
		if err := x.evaluate(ctx, b.Tail, to.along(all, blocks, full, 1), budget); err != nil {
			return err
		}
	}
	last := b.Last(n, x.value(all.Type, results, all.Shape))
	if n.Type != kernels.I64 {
		return x.whole(ctx, last, t, budget, 0)
	}
	return x.positions(ctx, n, b, last, t, budget)
}

// positions finds the positions of an ArgMin or ArgMax: last gives the block of each.
func (x *pieces) positions(ctx context.Context, n *expr.Node, b *panel.Blocks, last *expr.Node, t target, budget int) error {
	found := make([]byte, n.Bytes())
	if err := x.whole(ctx, last, target{host: found}, budget, 0); err != nil {
		return err
	}
	for point := range n.Size() {
		element := found[8*point:][:8]
		within, start := b.Block(n, point, int(binary.NativeEndian.Uint64(element)), x.source)
		if err := x.evaluate(ctx, within, target{host: element}, budget); err != nil {
			return err
		}
		binary.NativeEndian.PutUint64(element, binary.NativeEndian.Uint64(element)+uint64(start))
	}
	value := expr.NewSource(n.Type, newHostData(n.Type, found), kernels.Contiguous(n.Shape...))
	return x.whole(ctx, value, t, 0, 0)
}
