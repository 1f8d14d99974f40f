package ptx

import "github.com/quern-go/quern/kernels"

// sharedLimit is the shared memory that an entry point may declare.
const sharedLimit = 48 << 10

// tileCode writes what a thread block does for a tile: the chains of its outputs.
// Thread t is in row t/16 and column t%16 of the 16×16 threads.
type tileCode struct {
	k      *contractRender
	c      *code
	t      tile
	async  bool
	stages int
	a, b   *fetcher
	accs   [][]string // by accumulator, then output: registers that change
	step   *kernels.Body
	byK    stepReads
	norm   string // of the thread's row or column: see addNorms
}

// newTileCode declares shared memory and finds what the thread does.
func (k *contractRender) newTileCode(c *code, t tile) *tileCode {
	x := &tileCode{k: k, c: c, t: t, step: &k.contract.Step, stages: 2}
	for _, acc := range k.contract.Accs {
		x.accs = append(x.accs, c.regs(acc.Type, t.rows*t.cols))
	}
	sa := &slice{side: k.sideA, width: t.m(), depth: t.depth, tensor: t.tensor()}
	sb := &slice{side: k.sideB, width: t.n(), depth: t.depth, tensor: t.tensor()}
	if k.target.ampere() && sa.plain() && sb.plain() {
		x.async = true
		limit := sharedLimit - c.unit.entry.SharedBytes
		if least := t.leastDepth(); limit/(sa.bytes()+sb.bytes()) < 3 && t.depth/2 >= least {
			x.t.depth /= 2
			sa.depth, sb.depth = x.t.depth, x.t.depth
		}
		x.stages = min(6, limit/(sa.bytes()+sb.bytes()))
	}
	for _, s := range []*slice{sa, sb} {
		s.stages = x.stages
		s.array = c.unit.sharedArray("slices_"+s.name, s.t, s.stages*s.depth*s.pitch())
	}
	x.a, x.b = k.newFetcher(c, sa, x.async), k.newFetcher(c, sb, x.async)
	x.byK.reads = k.ops.readBy(x.step)
	x.byK.places = c.regs(u64, len(x.byK.reads))
	return x
}

// stepReads are the inputs that Step reads at each k. All threads read the same
// element, from the cache, at places that move along with k.
type stepReads struct {
	reads  []*operand
	bases  []string // of the operands, in the current batch
	places []string // registers that change: of the elements of the next step
}

// enter moves the operands to a batch.
func (x *tileCode) enter(batch string) {
	x.a.bases = x.k.enter(x.c, x.a.reads, batch)
	x.b.bases = x.k.enter(x.c, x.b.reads, batch)
	x.byK.bases = x.k.enter(x.c, x.byK.reads, batch)
}

// kStride is the stride along k of an operand of Step.
func (x *tileCode) kStride(o *operand) string { return x.c.load(i64, o.strides[ijk].at(2)) }

// startSteps moves what Step reads to where a chain begins.
func (x *tileCode) startSteps(k string) {
	for i, o := range x.byK.reads {
		x.c.set(u64, x.byK.places[i], x.c.mad(i64, x.c.widen(k), x.kStride(o), x.byK.bases[i]))
	}
}

// readStep loads what Step reads and moves on by one k.
func (x *tileCode) readStep() *point {
	p := x.c.read(x.byK.reads, x.byK.places)
	for i, o := range x.byK.reads {
		x.c.emit("add.s64", x.byK.places[i], x.byK.places[i], x.kStride(o))
	}
	return p
}

// resident is how many thread blocks a multiprocessor should hold, so that one
// computes while another waits. More than one fit without spilling registers only
// where copies pass these by and elements are short.
func (x *tileCode) resident() int {
	if x.async && x.t.rows*x.t.cols*accWords(x.k.contract.Accs) <= 64 && x.a.t.Size() == 4 && x.b.t.Size() == 4 {
		return 2
	}
	return 1
}

// row is the first of the thread's rows in the tile, col the first of its columns
// (U32). They are computed where they are needed, to save registers.
func (x *tileCode) row() string {
	switch {
	case x.t.tensor():
		return x.fragmentRow()
	case x.t.double():
		return x.doubleRow()
	}
	if x.t.lean {
		return x.c.mul(u32, x.leanRow(), integer(x.t.wideRows))
	}
	return x.c.mul(u32, x.c.to(u32, "shr.u32", x.c.thread(), "4"), integer(x.t.wideRows))
}

func (x *tileCode) col() string {
	switch {
	case x.t.tensor():
		return x.fragmentCol()
	case x.t.double():
		return x.doubleCol()
	}
	if x.t.lean {
		return x.c.mul(u32, x.leanCol(), integer(x.t.wideCols))
	}
	return x.c.mul(u32, x.c.to(u32, "and.b32", x.c.thread(), "15"), integer(x.t.wideCols))
}

// span is a tile's part of a chain: where it begins along i, j and k, and where
// k ends; all U32.
type span struct{ i, j, k, end string }

// run computes the chains of a tile.
func (x *tileCode) run(s span) {
	c := x.c
	x.startChains()
	m, n := c.load(u32, x.k.m), c.load(u32, x.k.n)
	x.a.start(s.i, s.k, m)
	x.b.start(s.j, s.k, n)
	x.startSteps(s.k)
	x.beginNorms()
	c.emit("bar.sync", "0") // of the tile before, all is read
	if x.async {
		x.runAsync(s)
	} else {
		x.runStaged(s)
	}
	x.addNorms()
}

// startChains sets the accumulators to what chains start from.
func (x *tileCode) startChains() {
	for n, acc := range x.k.contract.Accs {
		for _, r := range x.accs[n] {
			x.c.set(acc.Type, r, immediate(acc.Type, x.k.contract.Start[n]))
		}
	}
}

// runStaged fetches a slice into registers while the one before is computed.
func (x *tileCode) runStaged(s span) {
	c := x.c
	end, top, last := c.label("chained"), c.label("slice"), c.label("last")
	k := c.variable(u32, s.k)
	c.jumpIf(c.compare("ge", u32, k, s.end), end)
	x.fetch(k, s.end)
	stage := c.variable(u32, "0")
	x.store(stage)
	c.emit("bar.sync", "0")
	c.place(top)
	next := c.add(u32, k, integer(x.t.depth))
	more := c.compare("lt", u32, next, s.end)
	c.jumpUnless(more, last)
	x.fetch(next, s.end)
	c.place(last)
	x.compute(stage, c.sub(u32, s.end, k))
	c.jumpUnless(more, end)
	c.emit("xor.b32", stage, stage, "1")
	x.store(stage)
	c.emit("bar.sync", "0")
	c.set(u32, k, next)
	c.jump(top)
	c.place(end)
}

func (x *tileCode) fetch(k, end string) {
	x.a.fetch(k, end)
	x.b.fetch(k, end)
}

func (x *tileCode) store(stage string) {
	x.a.store(x.c.mul(u32, stage, integer(x.a.bytes())))
	x.b.store(x.c.mul(u32, stage, integer(x.b.bytes())))
}

// runAsync keeps copies of all stages but one under way.
func (x *tileCode) runAsync(s span) {
	c := x.c
	top, end := c.label("slice"), c.label("chained")
	copySlice := func(k, stage string) {
		none := c.label("none")
		c.jumpIf(c.compare("ge", u32, k, s.end), none)
		x.a.copy(k, s.end, c.mul(u32, stage, integer(x.a.bytes())))
		x.b.copy(k, s.end, c.mul(u32, stage, integer(x.b.bytes())))
		c.place(none)
		c.emit("cp.async.commit_group")
	}
	for stage := range x.stages - 1 {
		copySlice(c.add(u32, s.k, integer(stage*x.t.depth)), c.variable(u32, integer(stage)))
	}
	k, stage := c.variable(u32, s.k), c.variable(u32, "0")
	c.place(top)
	c.jumpIf(c.compare("ge", u32, k, s.end), end)
	c.emit("cp.async.wait_group", integer(x.stages-2))
	c.emit("bar.sync", "0")
	// The stage before this one is free.
	first := c.compare("eq", u32, stage, "0")
	free := c.to(u32, "selp.b32", integer(x.stages-1), c.sub(u32, stage, "1"), first)
	copySlice(c.add(u32, k, integer((x.stages-1)*x.t.depth)), free)
	x.compute(stage, c.sub(u32, s.end, k))
	c.emit("add.u32", stage, stage, "1")
	c.guarded(c.compare("eq", u32, stage, integer(x.stages)), "mov.b32", stage, "0")
	c.emit("add.u32", k, k, integer(x.t.depth))
	c.jump(top)
	c.place(end)
	c.emit("cp.async.wait_group", "0")
}

// unrolled is how many steps along k are written out, of so many instructions at most.
func (x *tileCode) unrolled(most int) int {
	n := x.t.depth
	for n > 1 && n*x.t.rows*x.t.cols*(x.k.stepCost+1) > most {
		n /= 2
	}
	return n
}

// compute adds a slice of at most depth positions (left, U32, more or less) to
// the chains.
func (x *tileCode) compute(stage, left string) {
	if x.t.tensor() {
		x.computeTensor(stage)
		return
	}
	c := x.c
	at := func(s *slice, first string) string {
		start := c.mad(u32, stage, integer(s.bytes()), c.to(u32, "mov.u32", s.array))
		return c.variable(u32, c.mad(u32, first, integer(s.t.Size()), start))
	}
	a, b := at(x.a.slice, x.row()), at(x.b.slice, x.col())
	full, top, one, end := c.label("full"), c.label("steps"), c.label("step"), c.label("computed")
	steps := c.variable(u32, left)
	c.jumpIf(c.compare("ge", u32, steps, integer(x.t.depth)), full)

	c.place(one)
	x.oneStep(a, b, 0)
	x.advance(a, b, 1)
	c.emit("sub.u32", steps, steps, "1")
	c.jumpIf(c.compare("ne", u32, steps, "0"), one)
	c.jump(end)

	c.place(full)
	unrolled := x.unrolled(2000)
	turns := x.t.depth / unrolled
	if turns > 1 {
		c.set(u32, steps, integer(turns))
		c.place(top)
	}
	for k := range unrolled {
		x.oneStep(a, b, k)
	}
	if turns > 1 {
		x.advance(a, b, unrolled)
		c.emit("sub.u32", steps, steps, "1")
		c.jumpIf(c.compare("ne", u32, steps, "0"), top)
	}
	c.place(end)
}

func (x *tileCode) advance(a, b string, steps int) {
	x.c.emit("add.u32", a, a, integer(steps*x.a.pitch()*x.a.t.Size()))
	x.c.emit("add.u32", b, b, integer(steps*x.b.pitch()*x.b.t.Size()))
}

// oneStep does Step at position k of the slices at a and b for all of the thread's
// outputs.
func (x *tileCode) oneStep(a, b string, k int) {
	as := x.fragment(x.a.slice, a, k, x.t.rows, x.t.wideRows)
	bs := x.fragment(x.b.slice, b, k, x.t.cols, x.t.wideCols)
	byK := x.readStep()
	for r := range x.t.rows {
		for col := range x.t.cols {
			x.stepOutput(as[r], bs[col], byK, r*x.t.cols+col)
		}
	}
}

func (x *tileCode) stepOutput(a, b string, byK *point, output int) {
	c := x.c
	results := c.body(x.step, &scope{leaf: func(in *kernels.Inst) string {
		switch {
		case in.Op == kernels.OpAcc:
			return x.accs[in.Imm][output]
		case in.Op == kernels.OpLoad:
			return byK.leaf(in)
		case in.Imm == 0:
			return a
		}
		return b
	}})
	for n, acc := range x.k.contract.Accs {
		// A result that is another accumulator must be saved from being overwritten.
		for m := range n {
			if results[n] == x.accs[m][output] {
				results[n] = c.variable(acc.Type, results[n])
			}
		}
	}
	for n, acc := range x.k.contract.Accs {
		c.set(acc.Type, x.accs[n][output], results[n])
	}
}

// fragment loads a thread's elements of one position of a slice.
func (x *tileCode) fragment(s *slice, at string, k, count, wide int) []string {
	c := x.c
	values := c.regs(s.t, count)
	for first := 0; first < count; first += wide {
		offset := (k*s.pitch() + first*tileSide) * s.t.Size()
		address := "[" + at + "+" + integer(offset) + "]"
		if wide == 1 {
			c.emit("ld.shared."+moveSuffix(s.t), values[first], address)
		} else {
			c.emit("ld.shared.v"+integer(wide)+"."+moveSuffix(s.t), vector(values[first:first+wide]), address)
		}
	}
	return values
}
