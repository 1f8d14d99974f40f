package ptx

// Copies from global to shared memory that pass the registers by (cp.async of
// sm_80): several slices are under way while one is computed.

// wideFetcher is what a thread knows to copy 16 bytes at a time of slices whose
// elements are neighbours along i (or j).
type wideFetcher struct {
	main, k string // U32: where the thread's first 16 bytes are in a slice
	at      string // U32: their address in shared memory
	place   string // their address in the next slice; it changes
	turn    string // I64: from one slice to the next
	step    string // I64: from one copy to the next, which is further along k
	left    string // U32: bytes of the tile's row that there are at them, at most 16
}

// perCopy is the elements of a copy.
func (s *slice) perCopy() int { return 16 / s.t.Size() }

// copies is how many copies of 16 bytes make a thread's share of a slice, rounded
// up: where there are fewer than threads, some have none.
func (s *slice) copies() int { return ceil(s.width*s.depth, tileThreads*s.perCopy()) }

// rowsPerTurn is how many rows of a slice the threads copy at once.
func (s *slice) rowsPerTurn() int { return tileThreads * s.perCopy() / s.width }

// newWide prepares the copies of 16 bytes.
func (f *fetcher) newWide() {
	c := f.c
	w := &wideFetcher{}
	perRow := f.width / f.perCopy()
	thread := c.thread()
	w.main = c.mul(u32, c.to(u32, "rem.u32", thread, integer(perRow)), integer(f.perCopy()))
	w.k = c.to(u32, "div.u32", thread, integer(perRow))
	size := integer(f.t.Size())
	w.at = c.mad(u32, c.mad(u32, w.k, integer(f.pitch()), w.main), size, c.to(u32, "mov.u32", f.array))
	_, deep := f.strides(c, f.reads[0])
	w.turn = c.mul(i64, deep, integer(f.depth))
	w.step = c.mul(i64, deep, integer(f.rowsPerTurn()))
	w.place = c.reg(u64)
	w.left = c.reg(u32)
	f.wideOnes = w
}

// startWide goes to the first slice of a tile: see start.
func (f *fetcher) startWide(tile, k, extent string) {
	c, w := f.c, f.wideOnes
	first := c.add(u32, tile, w.main)
	along, deep := f.strides(c, f.reads[0])
	p := c.mad(i64, c.widen(first), along, f.bases[0])
	c.emit("mad.lo.s64", w.place, c.widen(c.add(u32, k, w.k)), deep, p)
	// min(max(extent − first, 0), elements of a copy) in bytes.
	rest := c.sub(u32, c.to(u32, "max.u32", extent, first), first)
	rest = c.to(u32, "min.u32", rest, integer(f.perCopy()))
	c.emit("mul.lo.u32", w.left, rest, integer(f.t.Size()))
}

// copy starts copying the slice at k to a stage (an offset, U32), and turns to the
// next. Where there is no element, zeros are written.
func (f *fetcher) copy(k, end, stage string) {
	c := f.c
	one, done := c.label("single"), c.label("copied")
	c.jumpIf(c.compare("eq", u32, c.load(u32, f.wide), "0"), one)
	f.copyWide(k, end, stage)
	c.jump(done)
	c.place(one)
	at, place := c.add(u32, f.at, stage), f.places
	size := integer(f.t.Size())
	for e, guard := range f.present(k, end) {
		bytes := c.to(u32, "selp.b32", size, "0", guard)
		c.emit("cp.async.ca.shared.global", "["+at+"]", "["+place[0]+"]", size, bytes)
		if e+1 < f.elements() {
			at, place = c.add(u32, at, f.atStep), f.addAll(place, f.steps)
		}
	}
	f.turn()
	c.place(done)
}

func (f *fetcher) copyWide(k, end, stage string) {
	c, w := f.c, f.wideOnes
	at, place, deep := c.add(u32, w.at, stage), w.place, c.add(u32, k, w.k)
	row := w.k
	for n := range f.copies() {
		bytes := c.to(u32, "selp.b32", w.left, "0", c.compare("lt", u32, deep, end))
		skip := ""
		if f.rowsPerTurn() > f.depth {
			skip = c.label("outside")
			c.jumpIf(c.compare("ge", u32, row, integer(f.depth)), skip)
		}
		c.emit("cp.async.cg.shared.global", "["+at+"]", "["+place+"]", "16", bytes)
		if skip != "" {
			c.place(skip)
		}
		if n+1 < f.copies() {
			at = c.add(u32, at, integer(f.rowsPerTurn()*f.pitch()*f.t.Size()))
			place = c.add(i64, place, w.step)
			deep = c.add(u32, deep, integer(f.rowsPerTurn()))
			row = c.add(u32, row, integer(f.rowsPerTurn()))
		}
	}
	c.emit("add.s64", w.place, w.place, w.turn)
}
