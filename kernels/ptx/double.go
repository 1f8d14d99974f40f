package ptx

import (
	"slices"

	"github.com/quern-go/quern/kernels"
	"github.com/quern-go/quern/kernels/term"
)

// Tiles of exact products of float64 that tensor units do, by a Target's Product64. A
// thread block has 16·rows by 16·cols outputs; its eight warps lie in two rows of four, and
// a warp has 8·rows by 4·cols of them. With g the thread's number in the warp divided by 4
// and q the remainder, fragment f of a pair of fragments of a has rows 2g + f of 16, and
// one of b columns 2g + f of 16: so the two elements of a pair are neighbours, and a thread
// has, of each 16 columns of the result, the neighbours 4q to 4q + 3.
//
// Slices lie in shared memory as in global memory, in lines along k or across, so that
// 16 bytes are copied at once either way, with as much between lines that no two threads
// read from one bank. A tensor unit's chain ascends: so a thread must have the elements at
// k = q, and reads two at once only of lines across.
//
// What is left of a chain that is no whole slice is added by fma.rn: nothing stands for
// elements that are not there.

// fragmentDepth is how many elements along k, or pairs of columns of a result, the
// threads of a warp hold beside each other.
const fragmentDepth = 4

// double says that tensor units do the tile's exact products.
func (t tile) double() bool { return t.product64 != NoProduct64 }

// along says whether a side's slices lie in lines along k.
func (t tile) along(s *side) bool { return s.axis == 0 && t.alongA || s.axis == 1 && t.alongB }

// layout is along which axes the lines of a and b lie.
func (t tile) layout() string {
	name := []byte("ij")
	if t.alongA {
		name[0] = 'k'
	}
	if t.alongB {
		name[1] = 'k'
	}
	return string(name)
}

// UsesProduct64 says whether the texts of a kernel depend on the Target's Product64: those
// of products of float64 elements as they lie in memory, with nothing else that depends on
// k.
func UsesProduct64(k kernels.Kernel) bool {
	c, ok := k.(*kernels.Contract)
	if !ok || c.Fold != nil {
		return false
	}
	step, t := term.Match(c)
	if step != term.FMA || t != f64 || c.PreA.ResultTypes()[0] != f64 || c.PreB.ResultTypes()[0] != f64 {
		return false
	}
	_, plainA := c.PreA.IsLoad()
	_, plainB := c.PreB.IsLoad()
	weighted := slices.ContainsFunc(c.Step.Insts, func(in kernels.Inst) bool { return in.Op == kernels.OpLoad })
	return plainA && plainB && !weighted
}

// Product64 is the form of tensor units' products that large launches use.
func (m *Module) Product64() Product64 {
	if k, ok := m.plan.(*contractRender); ok && k.double {
		return k.target.Product64
	}
	return NoProduct64
}

// doubleTiles are the tiles of one size for all ways that slices lie. A slice is an even
// number of products deep, for which elements of b have registers in turn.
func (k *contractRender) doubleTiles(rows, cols int) []tile {
	t := tile{rows: rows, cols: cols, depth: 16, wideRows: 2, wideCols: 4, product64: k.target.Product64}
	var list []tile
	for _, t.alongA = range []bool{true, false} {
		for _, t.alongB = range []bool{false, true} {
			list = append(list, t)
		}
	}
	return list
}

// isFor says whether a tile's slices lie as a launch's operands do.
func (k *contractRender) isFor(t tile, x *contraction) bool {
	return !t.double() || t.alongA == k.kFirst(k.sideA, x) && t.alongB == k.kFirst(k.sideB, x)
}

// doubleCode writes what a thread block does for such a tile.
type doubleCode struct {
	*tileCode
	a, b       *lines
	stageBytes int
	fragments  [2][]string   // registers of two fragments of a, in turn
	columns    [2][][]string // registers of all fragments of b, in turn
	wholeEnd   string        // see findWholeEnd
	copying    copying
}

func (k *contractRender) newDoubleCode(c *code, t tile) *doubleCode {
	x := &doubleCode{tileCode: &tileCode{k: k, c: c, t: t, stages: 4}}
	x.a = &lines{side: k.sideA, c: c, width: t.m(), depth: t.depth, along: t.alongA}
	x.b = &lines{side: k.sideB, c: c, width: t.n(), depth: t.depth, along: t.alongB, offset: x.a.bytes()}
	x.stageBytes = x.a.bytes() + x.b.bytes()
	array := c.unit.dynamicArray(x.stages * x.stageBytes)
	c.unit.hopper = t.product64 != M8N8K4
	x.a.declare(array)
	x.b.declare(array)
	x.accs = [][]string{c.regs(f64, t.rows*t.cols)}
	for turn := range 2 {
		x.fragments[turn] = c.regs(f64, 2*t.product64.Depth()/fragmentDepth)
		for range t.cols / 2 {
			x.columns[turn] = append(x.columns[turn], c.regs(f64, t.product64.Depth()/fragmentDepth))
		}
	}
	return x
}

// resident is how many thread blocks a multiprocessor should hold.
func (x *doubleCode) resident() int {
	if x.t.rows*x.t.cols <= 16 {
		return 2
	}
	return 1
}

func (x *doubleCode) enter(batch string) {
	x.a.base = x.k.enter(x.c, x.a.reads, batch)[0]
	x.b.base = x.k.enter(x.c, x.b.reads, batch)[0]
}

// warpRow and warpCol of the thread's warp; its group and quarter: see above.
func (x *tileCode) doubleWarpRow() string { return x.c.to(u32, "shr.u32", x.c.thread(), "7") }

func (x *tileCode) group() string {
	return x.c.to(u32, "and.b32", x.c.to(u32, "shr.u32", x.c.thread(), "2"), "7")
}

func (x *tileCode) quarter() string { return x.c.to(u32, "and.b32", x.c.thread(), "3") }

// doubleRow and doubleCol are the first of the thread's rows and columns.
func (x *tileCode) doubleRow() string {
	c := x.c
	return c.mad(u32, x.doubleWarpRow(), integer(x.t.m()/warpRows), c.mul(u32, x.group(), "2"))
}

func (x *tileCode) doubleCol() string {
	c := x.c
	return c.mad(u32, x.warpCol(), integer(x.t.n()/warpCols), c.mul(u32, x.quarter(), "4"))
}

// run computes the chains of a tile.
func (x *doubleCode) run(s span) {
	c := x.c
	for _, r := range x.accs[0] {
		c.set(f64, r, immediate(f64, x.k.contract.Start[0]))
	}
	x.a.start(s.i, s.k, c.load(u32, x.k.m))
	x.b.start(s.j, s.k, c.load(u32, x.k.n))
	x.wholeEnd = x.findWholeEnd(s)
	ahead := c.variable(u32, s.k) // where the next slice to be copied begins
	for stage := range x.stages - 1 {
		x.copySlice(ahead, s.end, integer(stage*x.stageBytes))
		c.emit("cp.async.commit_group")
		c.emit("add.u32", ahead, ahead, integer(x.t.depth))
	}
	stage := c.variable(u32, "0")
	length := c.sub(u32, s.end, s.k)
	left := c.variable(u32, c.to(u32, "div.u32", length, integer(x.t.depth)))
	x.runSlices(s, ahead, stage, left)
	c.emit("cp.async.wait_group", "0")
	x.runRest(stage, c.to(u32, "rem.u32", length, integer(x.t.depth)))
}

// findWholeEnd is up to where along k (U32) slices are copied by copyOne: nowhere if some
// rows or columns of the tile are not there.
func (x *doubleCode) findWholeEnd(s span) string {
	c := x.c
	rows := c.compare("le", u32, c.add(u32, s.i, integer(x.t.m())), c.load(u32, x.k.m))
	cols := c.compare("le", u32, c.add(u32, s.j, integer(x.t.n())), c.load(u32, x.k.n))
	inside := c.to(boolean, "and.pred", rows, cols)
	inside = c.to(boolean, "and.pred", inside, c.to(boolean, "and.pred", x.a.isWide(), x.b.isWide()))
	return c.variable(u32, c.to(u32, "selp.b32", s.end, "0", inside))
}

// copySlice starts copying a slice, if there is one, and turns to the next.
func (x *doubleCode) copySlice(k, end, stage string) {
	none := x.c.label("none")
	x.c.jumpIf(x.c.compare("ge", u32, k, end), none)
	x.a.copy(k, end, stage)
	x.b.copy(k, end, stage)
	x.c.place(none)
}

// runSlices adds whole slices to the chains, as many as left says. Elements are read into
// registers before they are needed, across slices too: halfway through the products of
// one, the next has arrived, and another is copied to where the one before was.
func (x *doubleCode) runSlices(s span, ahead, stage, left string) {
	c := x.c
	top, end := c.label("slice"), c.label("slices")
	c.jumpIf(c.compare("eq", u32, left, "0"), end)
	rowAt, colAt := x.fragmentPlaces()
	c.emit("cp.async.wait_group", integer(x.stages-2))
	c.emit("bar.sync", "0")
	x.readFragment(0, "", rowAt, 0, 0)
	x.readColumns(0, "", colAt, 0)
	c.place(top)
	more := c.compare("gt", u32, left, "1")
	next := c.add(u32, stage, integer(x.stageBytes))
	next = c.to(u32, "selp.b32", "0", next, c.compare("eq", u32, next, integer(x.stages*x.stageBytes)))
	a, b := c.add(u32, rowAt, stage), c.add(u32, colAt, stage)
	nextA, nextB := c.add(u32, rowAt, next), c.add(u32, colAt, next)
	pairs, depth := x.t.rows/2, x.t.product64.Depth()
	steps := x.t.depth / depth
	for step := range steps {
		last := step == steps-1
		if last {
			c.comment("The next slice is there; where the one before was is free.")
			c.emit("cp.async.wait_group", integer(x.stages-3))
			c.emit("bar.sync", "0")
			x.beginCopy(ahead, s.end, x.stageBefore(stage))
			x.readColumns((step+1)%2, more, nextB, 0)
		} else {
			x.readColumns((step+1)%2, "", b, (step+1)*depth)
		}
		for pair := range pairs {
			turn := (step*pairs + pair) % 2
			switch {
			case pair+1 < pairs:
				x.readFragment(1-turn, "", a, pair+1, step*depth)
			case !last:
				x.readFragment(1-turn, "", a, 0, (step+1)*depth)
			default:
				x.readFragment(1-turn, more, nextA, 0, 0)
			}
			if last {
				x.copyPart(pair, pairs)
			}
			x.multiplyPair(pair, x.fragments[turn], x.columns[step%2])
		}
	}
	c.emit("cp.async.commit_group")
	c.set(u32, stage, next)
	c.emit("sub.u32", left, left, "1")
	c.jumpIf(c.compare("ne", u32, left, "0"), top)
	c.place(end)
}

// copying is a slice that copyPart copies.
type copying struct {
	whole    string // predicate: it is for copyPart
	toA, toB string // U32: the thread's addresses
}

// beginCopy starts copying a slice, if there is one, to a stage, and turns to the next;
// whole ones are left to copyPart.
func (x *doubleCode) beginCopy(k, end, stage string) {
	c := x.c
	begin, done := c.variable(u32, k), c.label("begun")
	c.emit("add.u32", k, k, integer(x.t.depth))
	x.copying = copying{
		whole: c.compare("le", u32, k, x.wholeEnd),
		toA:   c.add(u32, x.a.to, stage), toB: c.add(u32, x.b.to, stage),
	}
	c.jumpIf(x.copying.whole, done)
	x.copySlice(begin, end, stage)
	c.place(done)
}

// copyPart makes one of some parts of the copies of a slice, so that they lie between
// products: tensor units do not wait for them.
func (x *doubleCode) copyPart(part, parts int) {
	for _, side := range []struct {
		*lines
		to string
	}{{x.a, x.copying.toA}, {x.b, x.copying.toB}} {
		for n := range side.copies() {
			if n*parts/side.copies() == part {
				side.copyOne(x.copying.whole, side.to, n)
			}
		}
	}
}

// stageBefore is the stage before one, in turn.
func (x *doubleCode) stageBefore(stage string) string {
	c := x.c
	first := c.compare("eq", u32, stage, "0")
	return c.to(u32, "selp.b32", integer((x.stages-1)*x.stageBytes), c.sub(u32, stage, integer(x.stageBytes)), first)
}

// fragmentPlaces are the addresses, in stage 0, of the thread's first elements of a and b.
func (x *doubleCode) fragmentPlaces() (a, b string) {
	c := x.c
	firstOfB := c.mad(u32, x.warpCol(), integer(x.t.n()/warpCols), c.mul(u32, x.group(), "2"))
	return x.a.address(x.doubleRow(), x.quarter()), x.b.address(firstOfB, x.quarter())
}

// readIf writes a load that happens where a predicate holds; always if that is "".
func (x *doubleCode) readIf(p, op string, operands ...string) {
	if p == "" {
		x.c.emit(op, operands...)
		return
	}
	x.c.guarded(p, op, operands...)
}

// readPair reads elements of two fragments, at a position from a place.
func (x *doubleCode) readPair(guard string, l *lines, at string, main, k int, first, second string) {
	if l.along {
		x.readIf(guard, "ld.shared.f64", first, "["+at+"+"+integer(l.at(main, k))+"]")
		x.readIf(guard, "ld.shared.f64", second, "["+at+"+"+integer(l.at(main+1, k))+"]")
		return
	}
	x.readIf(guard, "ld.shared.v2.f64", vector([]string{first, second}), "["+at+"+"+integer(l.at(main, k))+"]")
}

// readFragment reads a pair of fragments of a, from k on.
func (x *doubleCode) readFragment(turn int, guard, at string, pair, k int) {
	to := x.fragments[turn]
	for i := 0; i < len(to); i += 2 {
		x.readPair(guard, x.a, at, pair*2*fragmentSide, k+i/2*fragmentDepth, to[i], to[i+1])
	}
}

// readColumns reads all fragments of b, from k on.
func (x *doubleCode) readColumns(turn int, guard, at string, k int) {
	to := x.columns[turn]
	for col := 0; col < len(to); col += 2 {
		for i := range to[col] {
			x.readPair(guard, x.b, at, col*columns64, k+i*fragmentDepth, to[col][i], to[col+1][i])
		}
	}
}

// multiplyPair does the products of a pair of fragments of a with all of b.
func (x *doubleCode) multiplyPair(pair int, a []string, b [][]string) {
	c, p := x.c, x.t.product64
	for col, fb := range b {
		var ds []string
		for row := range 2 {
			first := (2*pair+row)*x.t.cols + col/2*x.t.wideCols + col%2
			ds = append(ds, x.accs[0][first], x.accs[0][first+2])
		}
		if p.Rows() > fragmentSide {
			c.emit(p.instruction(), vector(ds), vector(a), vector(fb), vector(ds))
			continue
		}
		for row := range 2 {
			d := vector(ds[2*row : 2*row+2])
			c.emit(p.instruction(), d, vector(a[row:row+1]), vector(fb), d)
		}
	}
}

// runRest adds the elements of a slice that is not whole to the chains.
func (x *doubleCode) runRest(stage, left string) {
	c := x.c
	top, end := c.label("step"), c.label("chained")
	c.jumpIf(c.compare("eq", u32, left, "0"), end)
	c.emit("bar.sync", "0")
	a := c.variable(u32, c.add(u32, x.a.address(x.doubleRow(), "0"), stage))
	b := c.variable(u32, c.add(u32, x.b.address(x.doubleCol(), "0"), stage))
	rest := c.variable(u32, left)
	as, bs := c.regs(f64, x.t.rows), c.regs(f64, x.t.cols)
	c.place(top)
	for r := 0; r < x.t.rows; r += 2 {
		x.readPair("", x.a, a, x.t.row(r), 0, as[r], as[r+1])
	}
	for col := 0; col < x.t.cols; col += 2 {
		x.readPair("", x.b, b, x.t.col(col), 0, bs[col], bs[col+1])
	}
	for r, av := range as {
		for col, bv := range bs {
			acc := x.accs[0][r*x.t.cols+col]
			c.emit("fma.rn.f64", acc, av, bv, acc)
		}
	}
	c.emit("add.u32", a, a, integer(x.a.at(0, 1)))
	c.emit("add.u32", b, b, integer(x.b.at(0, 1)))
	c.emit("sub.u32", rest, rest, "1")
	c.jumpIf(c.compare("ne", u32, rest, "0"), top)
	c.place(end)
}
