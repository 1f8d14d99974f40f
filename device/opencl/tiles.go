package opencl

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"sync"
	"time"

	"github.com/quern-go/quern/device"
	"github.com/quern-go/quern/device/internal/cache"
	"github.com/quern-go/quern/kernels"
	"github.com/quern-go/quern/kernels/clike"
	"github.com/quern-go/quern/kernels/grid"
)

// Which tile makes contractions fastest depends on registers, caches and the
// compiler, so it is measured: once for a device, its driver and an element type,
// when there is first enough work for it to matter, and only if there is a cache
// to keep the answer.

const (
	// tuneWork is the number of steps from which a contraction takes the measured
	// tile: about the time of one candidate on a fast GPU.
	tuneWork = 1 << 33
	// tuneEdge is the size of the products that are timed.
	tuneEdge = 2048
	// tuneOutputs is the number of outputs from which there are enough tiles, of any
	// candidate, to keep a large device busy; fewer are left to the emitter, which
	// then takes small ones.
	tuneOutputs = 1 << 20
	// tuneSide is the least number of rows and columns: half a large tile.
	tuneSide = 64
)

// softwareTile is the tile on emulated devices: their compilers take half a minute
// over larger ones.
var softwareTile = clike.Tile{M: 16, N: 16, K: 16, RowsPerItem: 2, ColsPerItem: 2}

// choose returns the build of the kernel for a launch of the given shape.
func (p *program) choose(shape []int) (*module, error) {
	b := build{axes: grid.AxesFor(len(shape)), tile: p.device.target.Tile}
	c, ok := p.kernel.(*kernels.Contract)
	if !ok || p.device.options.Cache == nil || p.device.info.Software || !fillsTiles(shape) {
		return p.module(b)
	}
	tuned := b
	tuned.tile = p.device.tunedTile(c.PreA.ResultTypes()[0])
	m, err := p.module(tuned)
	if errors.Is(err, errors.ErrUnsupported) { // this kernel's accumulators do not fit
		return p.module(b)
	}
	return m, err
}

// fillsTiles reports whether a contraction over batch axes, m, n and k is large work
// with many outputs both ways.
func fillsTiles(shape []int) bool {
	last := len(shape) - 1
	return steps(shape) >= tuneWork && steps(shape[:last]) >= tuneOutputs && min(shape[last-2], shape[last-1]) >= tuneSide
}

// steps is the number of points of an index space.
func steps(shape []int) float64 {
	n := 1.0
	for _, x := range shape {
		n *= float64(x)
	}
	return n
}

// tuning is the measured tiles by element type.
type tuning struct {
	mu    sync.Mutex
	tiles map[kernels.DType]clike.Tile
}

// tunedTile is the fastest tile for an element type; the zero Tile, which stands for
// the default, if that cannot be found out.
func (d *Device) tunedTile(t kernels.DType) clike.Tile {
	d.tuned.mu.Lock()
	defer d.tuned.mu.Unlock()
	if tile, ok := d.tuned.tiles[t]; ok {
		return tile
	}
	tile := d.recallTile(t, clike.Tiles(d.target), tuneEdge)
	if d.tuned.tiles == nil {
		d.tuned.tiles = make(map[kernels.DType]clike.Tile)
	}
	d.tuned.tiles[t] = tile
	return tile
}

// recallTile takes the tile from the cache, or measures it.
func (d *Device) recallTile(t kernels.DType, candidates []clike.Tile, edge int) (best clike.Tile) {
	k, err := productKernel(t)
	if err != nil {
		return best
	}
	text, err := clike.Render(k, d.target, grid.AxesFor(3))
	if err != nil {
		return best // no float64, perhaps
	}
	key := d.found.facts.cacheKey("tile", fmt.Sprint(candidates), text.Source)
	if data, ok := cache.Recall(d.options.Cache, key); ok && json.Unmarshal(data, &best) == nil {
		return best
	}
	fastest := time.Duration(math.MaxInt64)
	for _, tile := range candidates {
		took, err := d.timeTile(k, tile, edge)
		if err == nil && took < fastest {
			best, fastest = tile, took
		}
	}
	if data, err := json.Marshal(best); err == nil && fastest < math.MaxInt64 {
		cache.Remember(d.options.Cache, key, data)
	}
	return best
}

// timeTile is the time of a product of two square matrices.
func (d *Device) timeTile(k *kernels.Contract, tile clike.Tile, edge int) (time.Duration, error) {
	p := d.program(k)
	m, err := p.module(build{axes: grid.AxesFor(3), tile: tile})
	if err != nil {
		return 0, err
	}
	s, err := d.NewStream()
	if err != nil {
		return 0, err
	}
	defer s.Close()
	var blocks [3]device.Buffer // of unspecified contents: the time is the same
	for i := range blocks {
		if blocks[i], err = d.Alloc(edge * edge * k.Ins[0].Size()); err != nil {
			return 0, err
		}
		defer blocks[i].Release()
	}
	args := &device.Args{
		Shape: []int{edge, edge, edge},
		Ins:   []device.Operand{{Buffer: blocks[0], Strides: []int{edge, 0, 1}}, {Buffer: blocks[1], Strides: []int{0, 1, edge}}},
		Outs:  []device.Operand{{Buffer: blocks[2], Strides: []int{edge, 1}}},
	}
	return fastest(func() (time.Duration, error) {
		start := time.Now()
		if err := s.(*stream).launch(p, m, args); err != nil {
			return 0, err
		}
		err := s.Sync(context.Background())
		return time.Since(start), err
	})
}

// productKernel is the plain matrix product.
func productKernel(t kernels.DType) (*kernels.Contract, error) {
	k := &kernels.Contract{
		Signature: kernels.Signature{Ins: []kernels.DType{t, t}},
		Accs:      []kernels.Acc{{Type: t, Combine: kernels.CombineAdd}},
		Start:     []uint64{0},
	}
	var errs [4]error
	body := func(i int, f func(b *kernels.Builder) kernels.Value) kernels.Body {
		b := kernels.NewBuilder()
		var out kernels.Body
		out, errs[i] = b.Build(f(b))
		return out
	}
	k.PreA = body(0, func(b *kernels.Builder) kernels.Value { return b.Load(0, t) })
	k.PreB = body(1, func(b *kernels.Builder) kernels.Value { return b.Load(1, t) })
	k.Step = body(2, func(b *kernels.Builder) kernels.Value { return b.FMA(b.Arg(0, t), b.Arg(1, t), b.Acc(0, t)) })
	k.Post = body(3, func(b *kernels.Builder) kernels.Value { return b.Acc(0, t) })
	return k, errors.Join(errs[:]...)
}
