package ops

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"hash"
	"slices"

	"github.com/quern-go/quern/internal/meter"
	"github.com/quern-go/quern/ops/internal/expr"
	"github.com/quern-go/quern/ops/internal/plan"
)

// id tells simulations apart: by their expressions, their scalars, the seed among them,
// and the data that they refer to.
func (s *simulation) id(ctx context.Context) (id [8]byte, err error) {
	n := expr.NewMoments(false, s.values...)
	b := plan.Bind(n, plan.Options{})
	defer b.Free()
	h := sha256.New()
	h.Write(b.Key)
	_ = binary.Write(h, binary.LittleEndian, b.Binding().Scalars) // a hash takes everything
	quiet := meter.Off(ctx)
	expr.Walk(n, func(source *expr.Node) {
		if source.Op == expr.Source && err == nil {
			err = s.hashData(quiet, h, source)
		}
	})
	if err != nil {
		return id, s.errorf("%w", err)
	}
	copy(id[:], h.Sum(nil))
	return id, nil
}

// hashData hashes the elements of an array, a piece at a time, in row-major order; those
// that are one element repeated along an axis, once.
func (s *simulation) hashData(ctx context.Context, h hash.Hash, n *expr.Node) error {
	spans := wholeSpans(n.Shape)
	for axis, stride := range n.Layout.Strides {
		if stride == 0 {
			spans[axis].Count = min(1, n.Shape[axis])
		}
	}
	parts := &expr.Parts{Source: partOf}
	distinct := parts.Of(n, spans)
	if distinct.Size() == 0 {
		return ctx.Err()
	}
	flat := expr.ReshapeTo(distinct, []int{distinct.Size()})
	buffer := make([]byte, min(pieceBytes, flat.Bytes()))
	each := len(buffer) / n.Type.Size()
	opts := slices.Concat(s.opts, []Option{OnPlan(func(*Plan) {})}) // that these are read is no part of the plan
	for lo := 0; lo < flat.Shape[0]; lo += each {
		count := min(each, flat.Shape[0]-lo)
		bytes := buffer[:count*n.Type.Size()]
		if err := into(ctx, parts.Along(flat, 0, lo, count), n.Type, bytes, opts); err != nil {
			return err
		}
		h.Write(bytes)
	}
	return nil
}
