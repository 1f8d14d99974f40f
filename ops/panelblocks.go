package ops

import (
	"context"
	"encoding/binary"
	"errors"

	"github.com/quern-go/quern/kernels"
	"github.com/quern-go/quern/ops/internal/expr"
	"github.com/quern-go/quern/ops/internal/panel"
)

// blocks computes a reduction to one value in blocks.
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
	var block, position [8]byte
	if err := x.whole(ctx, last, target{host: block[:]}, budget, 0); err != nil {
		return err
	}
	within, start := b.Block(n, int(binary.NativeEndian.Uint64(block[:])), x.source)
	if err := x.evaluate(ctx, within, target{host: position[:]}, budget); err != nil {
		return err
	}
	binary.NativeEndian.PutUint64(position[:], binary.NativeEndian.Uint64(position[:])+uint64(start))
	return x.put(ctx, n, t, position[:])
}

// put writes the one element of n.
func (x *pieces) put(ctx context.Context, n *expr.Node, t target, element []byte) error {
	if t.host != nil {
		copy(t.host[t.offset*len(element):], element)
		return nil
	}
	value := expr.NewSource(n.Type, newHostData(n.Type, element), kernels.Contiguous(n.Shape...))
	return x.whole(ctx, value, t, 0, 0)
}
