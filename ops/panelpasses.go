package ops

import (
	"context"
	"encoding/binary"
	"errors"
	"slices"
	"unsafe"

	"github.com/quern-go/quern/device"
	"github.com/quern-go/quern/internal/meter"
	"github.com/quern-go/quern/internal/ranks"
	"github.com/quern-go/quern/kernels"
	"github.com/quern-go/quern/ops/internal/expr"
	"github.com/quern-go/quern/ops/internal/panel"
)

// passes computes a Select or Histogram of values that are computed panel by panel.
func (x *pieces) passes(ctx context.Context, n *expr.Node, t target, budget int) error {
	p, ok := panel.PassesOf(n)
	if !ok {
		return errors.New("panels: the scan has no passes")
	}
	left := budget - p.Held(n, budget, device.SizeClass)
	find := x.histogram
	switch {
	case p.Edges != nil:
	case n.Type == kernels.F32:
		find = selectBy[float32, uint32](x, panel.Kept(budget, 4))
	default:
		find = selectBy[float64, uint64](x, panel.Kept(budget, 8))
	}
	found, err := find(ctx, n, &p, left)
	if err != nil {
		return err
	}
	value := expr.NewSource(n.Type, newHostData(n.Type, found), kernels.Contiguous(n.Shape...))
	return x.whole(meter.Off(ctx), value, t, 0)
}

// histogram adds up the histograms of the panels.
func (x *pieces) histogram(ctx context.Context, n *expr.Node, p *panel.Passes, budget int) ([]byte, error) {
	v, err := x.values(meter.Off(ctx), p.First(), budget)
	defer v.release()
	if err != nil {
		return nil, err
	}
	edges := v.parts(x.source).Whole(p.Edges)
	total, counts := make([]byte, n.Bytes()), make([]byte, n.Bytes())
	err = x.eachPanel(ctx, p.Values, budget, func(ctx context.Context, h hostPanel) error {
		d := newHostData(p.Values.Type, h.bytes)
		defer d.copies.release()
		one := n.Copy()
		one.Args[0] = expr.NewSource(p.Values.Type, d, kernels.Contiguous(h.count))
		one.Args[1] = edges
		if err := x.whole(meter.Off(ctx), one, target{host: counts}, budget); err != nil {
			return err
		}
		for i := 0; i < len(total); i += 8 {
			sum := binary.NativeEndian.Uint64(total[i:]) + binary.NativeEndian.Uint64(counts[i:])
			binary.NativeEndian.PutUint64(total[i:], sum)
		}
		return nil
	})
	return total, err
}

// selectBy finds the values of the ranks of a Select by passes over the panels, until no
// more than kept are left to choose among.
func selectBy[T ranks.Float, K ranks.Key](x *pieces, kept int) func(context.Context, *expr.Node, *panel.Passes, int) ([]byte, error) {
	return func(ctx context.Context, n *expr.Node, p *panel.Passes, budget int) ([]byte, error) {
		wanted := []uint64{n.Args[1].Bits, n.Args[2].Bits}
		s, passes := ranks.New[T, K](wanted, 1), 0.0
		each := func(f func(values unsafe.Pointer, count int)) error {
			part := meter.Part(ctx, passes/(passes+2), (passes+1)/(passes+3)) // how many there will be is not known
			passes++
			return x.eachPanel(part, p.Values, budget, func(_ context.Context, h hostPanel) error {
				f(unsafe.Pointer(unsafe.SliceData(h.bytes)), h.count)
				return nil
			})
		}
		for more := true; more; more = s.Left() > kept && s.Shift() > 0 {
			if err := each(func(values unsafe.Pointer, count int) { s.Count(0, values, 1, count) }); err != nil {
				return nil, err
			}
			s.Narrow()
		}
		keys, err := keep(s, each)
		if err != nil {
			return nil, err
		}
		out := make([]T, len(wanted))
		for i, rank := range wanted {
			out[i] = pickRank(s, keys, int(rank))
		}
		return bytesOf(out), nil
	}
}

// keep collects and sorts the keys that are left, none if they are known.
func keep[T ranks.Float, K ranks.Key](s *ranks.Search[T, K], each func(f func(values unsafe.Pointer, count int)) error) ([]K, error) {
	if s.Shift() == 0 || s.Left() == 0 {
		return nil, nil
	}
	keys, next := make([]K, s.Left()), []int{0}
	for i := range s.Lists {
		next = append(next, next[i]+s.Lists[i].Len())
	}
	err := each(func(values unsafe.Pointer, count int) { s.Keep(values, 1, count, keys, next) })
	slices.Sort(keys) // lists follow each other in ascending order
	return keys, err
}

// pickRank is the value of a rank.
func pickRank[T ranks.Float, K ranks.Key](s *ranks.Search[T, K], keys []K, rank int) T {
	skipped := 0
	for i := range s.Lists {
		l := &s.Lists[i]
		if key, known := s.Known(i); known && rank < l.Before+l.Len() {
			return ranks.ValueOf[T](key)
		}
		if rank < l.Before+l.Len() {
			return ranks.ValueOf[T](keys[skipped+rank-l.Before])
		}
		skipped += l.Len()
	}
	return ranks.ValueOf[T](^K(0)) // NaN: there are no lists
}
