package exec

import (
	"context"
	"fmt"
	"sync/atomic"

	"github.com/quern-go/quern/cpu/internal/simd"
	"github.com/quern-go/quern/cpu/internal/vm"
	"github.com/quern-go/quern/kernels"
)

// longRow is the length from which rows are worth runs of their own.
const longRow = 64

// largeResult is how many bytes go past the caches.
const largeResult = 8 << 20

// mapProgram is a compiled Map.
type mapProgram struct{ body *vm.Program }

// CompileMap compiles a valid Map.
func CompileMap(table *simd.Table, m *kernels.Map) (Program, error) {
	body, err := vm.Compile(table, &m.Body)
	if err != nil {
		return nil, fmt.Errorf("map: %w", err)
	}
	return &mapProgram{body}, nil
}

// mapLaunch is one launch of a Map. The axes are brought into the order of the
// output's memory and merged; then the work is cut in units: pieces of rows, or
// tiles where an input lies across (see tiler).
type mapLaunch struct {
	site
	tiler
	again  again
	crew   *Crew
	fn     func(worker, lo, hi int)
	missed atomic.Bool

	streams bool // outputs go past the caches
	length  int  // points of a run's axes
	seg     int  // of these, points of one unit
	perRow  int  // units of a run
	units   int
}

func (p *mapProgram) NewLaunch() Launch {
	l := new(mapLaunch)
	l.site.init(p.body)
	l.fn = l.work
	return l
}

func (l *mapLaunch) Prepare(args *Args) {
	if l.again.applies(args) {
		l.bring(args)
		return
	}
	l.enter(args, args.Shape)
	l.inPlace = args.inPlace()
	for r, out := range args.Outs {
		l.nest.place(l.out(r), operand{base: out.Base, size: l.results[r].Size()}, out.Strides)
	}
	first := l.out(0)
	if len(l.nest.axes) > 1 {
		l.nest.flip(first, 0, len(l.nest.axes))
		l.nest.sort(first, 0, len(l.nest.axes))
	}
	rank := l.nest.simplify(0, len(l.nest.axes))
	lo := 0
	if rank > 1 && l.nest.axes[rank-1].n >= longRow {
		lo = rank - 1
	}
	l.choose(lo)
	l.tiler.plan(&l.site, 0, lo)
	l.streamOutputs()
	l.specialise()
	l.cut()
	if l.again.kind = 0; !l.streams { // what goes past the caches is decided by where it lies
		l.again.remember(args)
		l.site.remember(args)
	}
}

// streamOutputs lets large outputs go past the caches: a store that misses them
// would first read the line it overwrites.
func (l *mapLaunch) streamOutputs() {
	run := l.nest.size(l.lo, len(l.nest.axes))
	l.streams = false
	if l.inPlace || run < 4*longRow {
		return
	}
	points := run * l.nest.size(0, l.lo)
	for r := range l.results {
		o := l.out(r)
		if l.reach[o] == reachDirect && points*l.nest.ops[o].size >= largeResult {
			l.reach[o], l.streams = reachStream, true
			if l.aligned(o) {
				l.reach[o] = reachAligned
			}
		}
	}
}

// aligned reports whether every run of an output begins at a cache line, given
// that pieces of runs are whole blocks.
func (l *mapLaunch) aligned(o int) bool {
	const line = 64
	op := &l.nest.ops[o]
	if uintptr(op.base)%line != 0 || l.tiled && l.cols*op.size%line != 0 {
		return false
	}
	for _, a := range l.nest.axes[:l.lo] {
		if a.s[o]*op.size%line != 0 {
			return false
		}
	}
	return true
}

// cut divides the work into units.
func (l *mapLaunch) cut() {
	const most = 32 * simd.Block
	l.length = l.nest.size(l.lo, len(l.nest.axes))
	if l.tiled {
		l.units = l.tiler.count(&l.nest)
		return
	}
	l.seg = min(l.length, most)
	l.perRow = (l.length + l.seg - 1) / l.seg
	l.units = l.nest.size(0, l.lo) * l.perRow
}

func (l *mapLaunch) Forget(crew *Crew) {
	l.site.forget()
	crew.forget()
}

func (l *mapLaunch) Run(ctx context.Context, crew *Crew) error {
	l.crew = crew
	unit := l.seg
	if l.tiled {
		unit = l.rows * l.cols
	}
	grain := crew.grain(l.units, float64(unit)*l.code.Cost)
	err := crew.run(ctx, l.units, grain, l.fn)
	if l.missed.Load() {
		l.missed.Store(false)
		if err == nil {
			err = errMissed
		}
	}
	return err
}

// work computes the units lo to hi.
func (l *mapLaunch) work(worker, lo, hi int) {
	w := l.crew.worker(worker)
	c := &w.cursors[cursorMain]
	c.begin(l.crew, &l.site)
	if l.tiled {
		w.arena.reset()
		l.tiler.begin(w, c)
		for u := lo; u < hi; u++ {
			l.tiler.run(c, u)
		}
	} else {
		l.segments(c, lo, hi)
	}
	if l.streams {
		l.crew.table.StreamFence()
	}
	if c.frame.Missed {
		c.frame.Missed = false
		l.missed.Store(true)
	}
}

// segments computes pieces of rows.
func (l *mapLaunch) segments(c *cursor, lo, hi int) {
	row, piece := 0, 0
	if lo > 0 {
		row, piece = lo/l.perRow, lo%l.perRow
		c.move(row)
	}
	for range hi - lo {
		if piece == l.perRow {
			row, piece = row+1, 0
			c.move(row)
		}
		from := piece * l.seg
		end := min(from+l.seg, l.length)
		for ; from < end; from += l.code.Block {
			c.run(from, min(l.code.Block, end-from))
		}
		piece++
	}
}
