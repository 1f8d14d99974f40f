package ptx

import "github.com/quern-go/quern/kernels"

// acrossCost and acrossWords are the most that a value may cost, and a lane may
// take in registers, for the entry in which a thread has 32 lanes.
const (
	acrossCost  = 16
	acrossWords = 2
)

// writeAcross writes the entry for rows that lie across the memory's: a thread
// block reduces a block of 4096 values of each of 32 points, which are neighbours
// in memory. Threads next to each other have neighbouring points; warp w has lanes
// 32w … 32w+31 of each.
func (r *reduceRender) writeAcross() (int, error) {
	c, err := r.start("tree_across", "Tree: one thread block reduces a block of each of 32 neighbouring points.", kernels.TreeLanes)
	if err != nil {
		return 0, err
	}
	thread := c.thread()
	column, w := c.to(u32, "and.b32", thread, "31"), c.to(u32, "shr.u32", thread, "5")
	group, block := r.divideBlocks(c, c.group())
	point := c.mad(u32, group, integer(warp), column)
	inside := c.compare("lt", u32, point, c.load(u32, r.points))
	s := r.newPreRow(c)
	s.begin(c.to(u32, "selp.b32", point, "0", inside)) // others read point 0, and do not keep it
	start := c.mul(u32, block, integer(kernels.TreeBlock))
	end := c.add(u32, start, c.to(u32, "min.u32", c.sub(u32, c.load(u32, r.length), start), integer(kernels.TreeBlock)))
	position := c.variable(u32, c.mad(u32, w, integer(warp), start))

	first := c.from(position, "1", warp, true)
	first.end = end
	lanes := make([]*lane, warp)
	for q, has := range first.present(c) {
		lanes[q] = r.accs.lane(c, first.list[q], has)
	}
	r.warpRows(c, s, &warpRow{position: position, end: end, threads: "1"}, lanes)
	states := make([]*partial, warp)
	for q, l := range lanes {
		states[q] = l.state()
	}
	r.accs.foldWarps(c, states, column, w)
	done := c.label("done")
	c.jumpUnless(inside, done)
	c.jumpIf(c.compare("ne", u32, w, "0"), done)
	r.finish(c, point, block, lanes[0].close(c, c.load(i64, r.first)))
	c.place(done)
	return r.end(c.unit), nil
}

// warp is the threads of a warp.
const warp = 32

// foldWarps folds in halves the lanes of 8 warps, of which each thread has 32: warp
// w takes those of warp w+4, then w+2 and w+1, at the same column; then the
// threads of warp 0 fold their own.
func (as accumulators) foldWarps(c *code, states []*partial, column, w string) {
	s := as.share(c, kernels.TreeLanes/2*warp, true)
	for half := kernels.TreeLanes / warp / 2; half > 0; half /= 2 {
		put, lower := c.label("put"), c.label("lower")
		c.jumpUnless(c.compare("ge", u32, w, integer(half)), put)
		c.jumpUnless(c.compare("lt", u32, w, integer(2*half)), put)
		upper := c.mad(u32, c.sub(u32, w, integer(half)), integer(warp*warp), column)
		as.eachLane(c, s, states, upper, func(t dtype, at, reg string) { c.emit("st.shared."+moveSuffix(t), at, reg) })
		c.place(put)
		c.emit("bar.sync", "0")
		c.jumpIf(c.compare("ge", u32, w, integer(half)), lower)
		others := make([]*partial, len(states))
		for q := range others {
			others[q] = as.emptyLane(c)
		}
		own := c.mad(u32, w, integer(warp*warp), column)
		as.eachLane(c, s, others, own, func(t dtype, at, reg string) { c.emit("ld.shared."+moveSuffix(t), reg, at) })
		for q, p := range states {
			as.combine(c, p, others[q])
		}
		c.place(lower)
		c.emit("bar.sync", "0") // all is read before the next is put
	}
	for half := warp / 2; half > 0; half /= 2 {
		for q := range half {
			as.combine(c, states[q], states[q+half])
		}
	}
}

// eachLane calls f for the registers of a thread's lanes and their places in
// shared memory: lane q at element first + 32q of each array.
func (as accumulators) eachLane(c *code, s *sharedPartials, states []*partial, first string, f func(t dtype, at, reg string)) {
	bases := make(map[string]string)
	for q, p := range states {
		as.each(s, p, func(t dtype, array, reg string) {
			if bases[array] == "" {
				bases[array] = c.element(t, array, first)
			}
			f(t, "["+bases[array]+"+"+integer(q*warp*t.Size())+"]", reg)
		})
	}
}
