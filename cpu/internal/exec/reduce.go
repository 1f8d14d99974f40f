package exec

import (
	"context"
	"fmt"
	"slices"
	"sync/atomic"
	"unsafe"

	"github.com/quern-go/quern/cpu/internal/fold"
	"github.com/quern-go/quern/cpu/internal/simd"
	"github.com/quern-go/quern/cpu/internal/vm"
	"github.com/quern-go/quern/internal/meter"
	"github.com/quern-go/quern/kernels"
)

// reduceProgram is a compiled Reduce.
type reduceProgram struct {
	order     kernels.Order
	accs      []kernels.Acc
	pre, post *vm.Program
}

// CompileReduce compiles a valid Reduce.
func CompileReduce(table *simd.Table, r *kernels.Reduce) (Program, error) {
	pre, err := vm.Compile(table, &r.Pre)
	if err != nil {
		return nil, fmt.Errorf("reduce: pre: %w", err)
	}
	post, err := vm.Compile(table, &r.Post)
	if err != nil {
		return nil, fmt.Errorf("reduce: post: %w", err)
	}
	return &reduceProgram{r.Order, r.Accs, pre, post}, nil
}

// reduceLaunch is one launch of a Reduce: n points are reduced for each of K kept
// ones. Post runs over the kept points in row-major order, Pre in the way that
// suits the order and the sizes.
type reduceLaunch struct {
	*reduceProgram
	pre, post site
	tiler
	again    again
	kept, n  int // K and n
	keptAxes int // of pre, after merging

	decided      bool // the way and all that belongs to it
	way          int
	units, grain int // of the way

	ctx    context.Context
	crew   *Crew
	states []*reduceState // by worker
	missed atomic.Bool
	fns    [numWays]func(worker, lo, hi int)

	factors [2]int      // leaves of a plain Pre
	hits    []fold.Hits // by accumulator: of Pre, where its values are added to trees
	rowKind plain       // of Tree's runs
	// adjacent says that rows follow each other in memory, sumBlocks that each is summed by
	// one call.
	adjacent, sumBlocks bool
	streams             bool // results go past the caches

	point int               // alongBlocks: the kept point at hand
	super int               // alongBlocks: the first block at hand
	parts []kernels.Partial // alongBlocks: results of blocks
	columns
}

// The ways in which the points of a Reduce are taken.
const (
	byRows    = iota // Tree: each kept point's run by one worker
	byBlocks         // Tree: few kept points, whose blocks are shared out
	byShort          // Tree: few reduced points, kept points side by side
	byFolds          // Tree: few reduced points, which lie one after the other
	byColumns        // Strided: kept points side by side
	numWays
)

// shortRow is the length up to which rows of a Tree are reduced side by side.
const shortRow = 64

func (p *reduceProgram) NewLaunch() Launch {
	l := &reduceLaunch{reduceProgram: p, hits: make([]fold.Hits, len(p.accs))}
	l.pre.init(p.pre)
	l.post.init(p.post)
	l.fns = [numWays]func(worker, lo, hi int){
		byRows: l.rowsWork, byBlocks: l.blocksWork, byShort: l.shortWork, byFolds: l.foldsWork, byColumns: l.columnsWork,
	}
	return l
}

func (l *reduceLaunch) Prepare(args *Args) {
	if l.again.applies(args) && slices.Equal(l.pre.params, args.Params) { // by which hits are counted
		l.pre.bring(args)
		l.post.bring(args)
		return
	}
	l.decided = false
	kept := len(args.Shape) - args.Reduced
	l.pre.enter(args, args.Shape)
	l.pre.hits = 0
	l.post.enter(args, args.Shape[:kept])
	for r, out := range args.Outs {
		op := operand{base: out.Base, size: l.post.results[r].Size()}
		l.post.nest.place(l.post.out(r), op, out.Strides)
	}
	l.kept, l.n = l.pre.nest.size(0, kept), l.pre.nest.size(kept, len(args.Shape))
	l.arrangeKept(kept)
	l.keptAxes = l.pre.nest.simplify(0, kept)
	l.pre.nest.simplify(l.keptAxes, len(l.pre.nest.axes))
	l.post.nest.simplify(0, kept)
	l.preparePost()
	l.again.remember(args)
	l.pre.remember(args)
	l.post.remember(args)
}

// arrangeKept brings the kept axis along which an input's elements are adjacent
// to the end, in both programs: that is the way to go side by side.
func (l *reduceLaunch) arrangeKept(kept int) {
	for o, leaf := range l.pre.leaves {
		if leaf.Op != kernels.OpLoad {
			continue
		}
		for i := kept - 2; i >= 0; i-- {
			if a := l.pre.nest.axes[i]; a.n > 1 && a.s[o] == 1 {
				l.pre.nest.toEnd(i, kept)
				l.post.nest.toEnd(i, kept)
				return
			}
		}
	}
}

// preparePost lets Post's runs cover kept points in row-major order; it finds the
// accumulators where setResults says.
func (l *reduceLaunch) preparePost() {
	l.post.choose(0)
	for o, leaf := range l.post.leaves {
		if leaf.Op == kernels.OpAcc || leaf.Op == kernels.OpAccIndex {
			l.post.nest.ops[o].size = leaf.Type.Size()
			l.post.reach[o] = reachTile
		}
	}
	l.streamResults()
	l.post.specialise()
}

// streamResults lets results go past the caches where they are many, of few values each:
// a store that misses the caches would first read the line it overwrites.
func (l *reduceLaunch) streamResults() {
	l.streams = false
	if l.n > shortRow {
		return
	}
	for r := range l.post.results {
		if o := l.post.out(r); l.post.reach[o] == reachDirect && l.kept*l.post.nest.ops[o].size >= largeResult {
			l.post.reach[o], l.streams = reachStream, true
		}
	}
}

// placeOf returns where the results of kept points from number first on go if Post only
// hands on what the accumulator has, else nil; and whether past the caches.
func (l *reduceLaunch) placeOf(first int) (dst unsafe.Pointer, past bool) {
	if !l.post.prog.PlainLoad() || l.post.leaves[0].Op != kernels.OpAcc {
		return nil, false
	}
	o := l.post.out(0)
	dst = unsafe.Add(l.post.nest.ops[o].base, first*l.post.nest.ops[o].size)
	switch {
	case l.post.reach[o] == reachDirect:
		return dst, false
	case l.post.reach[o] == reachStream && uintptr(dst)%cacheLine == 0:
		return dst, true
	}
	return nil, false
}

// reduceState is one worker's state in a launch.
type reduceState struct {
	trees    []fold.Tree
	strided  []fold.Strided // by accumulator
	partials []kernels.Partial
	src      []unsafe.Pointer // by accumulator: what Pre gave
	values   []unsafe.Pointer // by accumulator: results of some kept points
	index    []unsafe.Pointer // likewise, positions
}

// Forget lets go of the launch's memory.
func (l *reduceLaunch) Forget(crew *Crew) {
	l.pre.forget()
	l.post.forget()
	for _, s := range l.states {
		if s != nil {
			clear(s.src)
		}
	}
	crew.forget()
}

func (l *reduceLaunch) state(worker int) *reduceState {
	if l.states[worker] == nil {
		k := len(l.accs)
		l.states[worker] = &reduceState{
			strided:  make([]fold.Strided, k),
			partials: make([]kernels.Partial, k),
			src:      make([]unsafe.Pointer, k),
			values:   make([]unsafe.Pointer, k),
			index:    make([]unsafe.Pointer, k),
		}
	}
	return l.states[worker]
}

// Run chooses a strategy for the crew at hand, whose size is that of its device.
func (l *reduceLaunch) Run(ctx context.Context, crew *Crew) error {
	l.ctx, l.crew = ctx, crew
	if len(l.states) < crew.threads() {
		l.states = make([]*reduceState, crew.threads())
	}
	if !l.decided {
		l.decide()
		l.decided = true
	}
	err := l.reduce()
	l.ctx = nil
	if l.missed.Load() {
		l.missed.Store(false)
		if err == nil {
			err = errMissed
		}
	}
	return err
}

// decide chooses runs and the division of the work.
func (l *reduceLaunch) decide() {
	const wide = 16 // kept points side by side that beat one at a time
	switch {
	case l.order == kernels.Strided:
		l.way = byColumns
		l.decideColumns()
	case l.kept >= wide && l.decideFolds():
		l.way = byFolds
	case l.n <= shortRow && l.kept >= wide:
		l.way = byShort
		l.decideShort()
	default:
		l.way = byRows
		l.decideRows()
	}
}

// decideRows is for runs along the reduced points, which may be so many that a row is
// work for several.
func (l *reduceLaunch) decideRows() {
	lo := l.keptAxes
	l.pre.choose(lo)
	l.tiler.plan(&l.pre, max(lo-1, 0), lo)
	l.leaveInFrame()
	l.leaveHits()
	l.pre.specialise()
	l.rowKind = l.plainKind()
	l.decideAdjacent()
	const long = 16 * kernels.TreeBlock
	if l.n >= 64*long || l.n >= long && l.kept < 4*l.crew.threads() {
		l.way = byBlocks
		return
	}
	cost := float64(l.n)*(l.pre.code.Cost+float64(len(l.accs))) + 2*kernels.TreeLanes
	l.divide(l.kept, cost)
}

// divide is for work of so many units, each of a cost.
func (l *reduceLaunch) divide(units int, cost float64) {
	l.units, l.grain = units, l.crew.grain(units, cost)
}

// reduce does what has been decided.
func (l *reduceLaunch) reduce() error {
	switch {
	case l.way == byBlocks:
		return l.runBlocks()
	case l.way == byColumns && l.columns.grouped:
		return l.runGroups()
	}
	return l.crew.run(l.ctx, l.units, l.grain, l.fns[l.way])
}

// share is the context of n of all the equal parts of a launch, those from first on.
func (l *reduceLaunch) share(first, n, all int) context.Context {
	return meter.Part(l.ctx, float64(first)/float64(all), float64(first+n)/float64(all))
}

// leaveInFrame keeps Pre's results in the frame, for the accumulators.
func (l *reduceLaunch) leaveInFrame() {
	for r := range l.pre.results {
		l.pre.reach[l.pre.out(r)] = reachFrame
	}
}

// leaveHits lets sums of one value be counts.
func (l *reduceLaunch) leaveHits() {
	for k, a := range l.accs {
		value, ok := l.pre.prog.Hit(k, l.pre.params)
		if l.hits[k] = (fold.Hits{}); ok && k < 64 && fold.Countable(a, value) {
			l.hits[k] = fold.Hits{On: true, Value: value}
			l.pre.hits |= 1 << k
		}
	}
}

// begin binds a worker to Pre and Post.
func (l *reduceLaunch) begin(worker int) (*cursor, *reduceState) {
	w := l.crew.worker(worker)
	w.arena.reset()
	c := &w.cursors[cursorMain]
	c.begin(l.crew, &l.pre)
	w.cursors[cursorPost].begin(l.crew, &l.post)
	return c, l.state(worker)
}

// takeResults makes room for the results of some kept points.
func (l *reduceLaunch) takeResults(worker int, s *reduceState, points int) {
	arena := &l.crew.worker(worker).arena
	for k, a := range l.accs {
		s.values[k] = arena.take(points * a.Type.Size())
		if a.Combine.HasIndex() {
			s.index[k] = arena.take(points * 8)
		}
	}
}

// keep sets the results of kept point number i of those that there is room for.
func (l *reduceLaunch) keep(s *reduceState, i int, p []kernels.Partial) {
	for k, a := range l.accs {
		fold.Store(s.values[k], i, a.Type.Size(), p[k].Bits)
		if a.Combine.HasIndex() {
			fold.Store(s.index[k], i, 8, uint64(p[k].Index))
		}
	}
}

// finish runs Post over points kept points from number first on, whose results
// are in s.
func (l *reduceLaunch) finish(worker int, s *reduceState, first, points int) {
	c := &l.crew.worker(worker).cursors[cursorPost]
	for o, leaf := range l.post.leaves {
		switch leaf.Op {
		case kernels.OpAcc:
			c.tiles[o] = tile{s.values[leaf.Slot], first}
		case kernels.OpAccIndex:
			c.tiles[o] = tile{s.index[leaf.Slot], first}
		}
	}
	block := l.post.code.Block
	for from := first; from < first+points; from += block {
		c.run(from, min(block, first+points-from))
	}
}

// end notes a gather that missed.
func (l *reduceLaunch) end(worker int) {
	if l.streams {
		l.crew.table.StreamFence()
	}
	for i := range l.crew.worker(worker).cursors {
		if f := &l.crew.worker(worker).cursors[i].frame; f.Missed {
			f.Missed = false
			l.missed.Store(true)
		}
	}
}
