package ops

import (
	"context"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"fmt"
	"maps"
	"math"
	"slices"

	"github.com/quern-go/quern/internal/meter"
	"github.com/quern-go/quern/kernels"
	"github.com/quern-go/quern/ops/internal/expr"
)

// Partial is the exact state of a part of a simulation: the sums of whole blocks of
// the canonical order. Merging all parts gives the bits of the whole simulation. It
// can be sent elsewhere as bytes (MarshalBinary) or as text and in JSON
// (MarshalText).
type Partial struct {
	samples int // of the whole simulation
	values  int
	id      [8]byte // of the simulation
	tree    *tree
}

// MonteCarloShard runs part number shard, from 0, of the shards into which a
// simulation is cut: see MonteCarloAll. Parts may run on different machines, and
// there may be any number of them; one that has nothing to do is empty. Each reads all of
// the data that the closure refers to, so that parts of different data are told apart.
func MonteCarloShard[T Float](ctx context.Context, shard, shards, samples int, seed uint64, f func(*Draws[T]) []Array[T], opts ...Option) (p *Partial, err error) {
	if f == nil {
		return nil, errors.New("monte carlo: no closure given")
	}
	if shards < 1 || shard < 0 || shard >= shards {
		return nil, fmt.Errorf("monte carlo: shard %d of %d, expected one from 0 to their number less 1", shard, shards)
	}
	s, err := simulate("monte carlo", samples, seed, 0, f, opts)
	if err != nil {
		return nil, err
	}
	ctx, finish := watch(ctx, opts)
	defer func() { finish(&err) }()
	blocks := blocksOf(samples)
	id, err := s.id(ctx)
	if err != nil {
		return nil, err
	}
	p = &Partial{samples: samples, values: len(s.values), id: id, tree: newTree(samples)}
	if err := s.runBlocks(ctx, p.tree, share(blocks, shard, shards), share(blocks, shard+1, shards), false); err != nil {
		return nil, err
	}
	return p, nil
}

// share is the first of n blocks that belongs to a shard.
func share(n, shard, shards int) int {
	return n/shards*shard + n%shards*shard/shards
}

// chunkBlocks is how many blocks are run at a time.
const chunkBlocks = kernels.TreeBlock

// runBlocks adds the sums of blocks first … end−1 to the tree.
func (s *simulation) runBlocks(ctx context.Context, t *tree, first, end int, cross bool) error {
	full := min(end, s.samples/kernels.TreeBlock) // the last block may have less
	for at := first; at < end; {
		if err := ctx.Err(); err != nil {
			return err
		}
		count, span := min(chunkBlocks-at%chunkBlocks, full-at), kernels.TreeBlock
		if at >= full {
			count, span = 1, s.samples-at*kernels.TreeBlock
		}
		part := meter.Part(ctx, float64(at-first)/float64(end-first), float64(at+count-first)/float64(end-first))
		sums, err := s.sumsOfBlocks(part, at, count, span, cross)
		if err != nil {
			return err
		}
		each := len(sums) / count
		for i := range count {
			if err := t.add(0, at+i, sums[i*each:(i+1)*each]); err != nil {
				return s.errorf("%w", err)
			}
		}
		at += count
	}
	return nil
}

// sumsOfBlocks are the sums of count blocks of span samples each.
func (s *simulation) sumsOfBlocks(ctx context.Context, first, count, span int, cross bool) ([]float64, error) {
	parts := new(expr.Parts)
	values := make([]*expr.Node, len(s.values))
	for i, v := range s.values {
		part := parts.Along(v, 0, first*kernels.TreeBlock, count*span)
		values[i] = expr.ReshapeTo(part, []int{count, span})
	}
	n := expr.NewMoments(cross, values...)
	sums := make([]float64, n.Size())
	if err := into(ctx, n, kernels.F64, bytesOf(sums), s.opts); err != nil {
		return nil, s.errorf("%w", err)
	}
	return sums, nil
}

// Merge adds another part of the same simulation. After an error the state is what it was.
func (p *Partial) Merge(q *Partial) error {
	if p.tree == nil || q == nil || q.tree == nil {
		return errors.New("merge: a part that no simulation made")
	}
	if p.id != q.id || p.samples != q.samples || p.values != q.values {
		return errors.New("merge: the parts are of different simulations")
	}
	if i, twice := p.tree.overlap(q.tree); twice {
		return fmt.Errorf("merge: block %d is there twice", i)
	}
	for level, blocks := range q.tree.levels {
		for _, i := range slices.Sorted(maps.Keys(blocks)) {
			if err := p.tree.add(level, i, blocks[i]); err != nil {
				return fmt.Errorf("merge: %w", err)
			}
		}
	}
	return nil
}

// Estimates are those of MonteCarloAll, once all parts have been merged. Of the
// options WithConfidence counts.
func (p *Partial) Estimates(opts ...Option) ([]Estimate, error) {
	o := merge(opts)
	level, err := o.confidence()
	if err != nil {
		return nil, fmt.Errorf("estimates: %w", err)
	}
	if p.tree == nil {
		return nil, errors.New("estimates: a part that no simulation made")
	}
	sums, ok := p.tree.total()
	if !ok {
		return nil, errors.New("estimates: parts are missing")
	}
	out := make([]Estimate, p.values)
	for i := range out {
		out[i] = estimate(p.samples, sums[i], sums[p.values+i], level)
	}
	return out, nil
}

// MergeMonteCarlo merges all parts of a simulation, in any order.
func MergeMonteCarlo(parts []*Partial, opts ...Option) ([]Estimate, error) {
	if len(parts) == 0 || parts[0] == nil {
		return nil, errors.New("merge: no parts given")
	}
	all := &Partial{samples: parts[0].samples, values: parts[0].values, id: parts[0].id, tree: newTree(max(1, parts[0].samples))}
	for _, p := range parts {
		if err := all.Merge(p); err != nil {
			return nil, err
		}
	}
	return all.Estimates(opts...)
}

// partialMagic begins the bytes of a Partial and has their version.
const partialMagic = "quernmc1"

// MarshalBinary writes the state: little-endian words.
func (p *Partial) MarshalBinary() ([]byte, error) {
	if p.tree == nil {
		return nil, errors.New("marshal: a part that no simulation made")
	}
	out := append([]byte(partialMagic), p.id[:]...)
	word := func(x uint64) { out = binary.LittleEndian.AppendUint64(out, x) }
	word(uint64(p.samples))
	word(uint64(p.values))
	for _, blocks := range p.tree.levels {
		word(uint64(len(blocks)))
		for _, i := range slices.Sorted(maps.Keys(blocks)) {
			word(uint64(i))
			for _, x := range blocks[i] {
				word(math.Float64bits(x))
			}
		}
	}
	return out, nil
}

// UnmarshalBinary reads what MarshalBinary wrote. After an error the state is what it was.
func (p *Partial) UnmarshalBinary(data []byte) error {
	broken := errors.New("unmarshal: not the state of a simulation, or damaged")
	if len(data) < len(partialMagic)+8 || string(data[:len(partialMagic)]) != partialMagic {
		return broken
	}
	var q Partial
	copy(q.id[:], data[len(partialMagic):])
	data = data[len(partialMagic)+8:]
	word := func() (x uint64, ok bool) {
		if len(data) < 8 {
			return 0, false
		}
		x, data = binary.LittleEndian.Uint64(data), data[8:]
		return x, true
	}
	samples, ok := word()
	values, ok2 := word()
	if !ok || !ok2 || samples < 1 || samples > MaxSamples || values < 1 || values > maxValues {
		return broken
	}
	q.samples, q.values, q.tree = int(samples), int(values), newTree(int(samples))
	for level := range q.tree.levels {
		count, ok := word()
		each := 1 + 2*values
		if !ok || count > uint64(len(data))/(8*each) {
			return broken
		}
		for range count {
			i, _ := word()
			sums := make([]float64, 2*values)
			for k := range sums {
				x, _ := word()
				sums[k] = math.Float64frombits(x)
			}
			if i > MaxSamples || q.tree.add(level, int(i), sums) != nil {
				return broken
			}
		}
	}
	if len(data) > 0 {
		return broken
	}
	*p = q
	return nil
}

// MarshalText is MarshalBinary in base64.
func (p *Partial) MarshalText() ([]byte, error) {
	data, err := p.MarshalBinary()
	if err != nil {
		return nil, err
	}
	return base64.StdEncoding.AppendEncode(nil, data), nil
}

// UnmarshalText reads what MarshalText wrote.
func (p *Partial) UnmarshalText(text []byte) error {
	data, err := base64.StdEncoding.AppendDecode(nil, text)
	if err != nil {
		return fmt.Errorf("unmarshal: not the state of a simulation: %w", err)
	}
	return p.UnmarshalBinary(data)
}
