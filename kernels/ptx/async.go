package ptx

// Copies from global to shared memory that pass the registers by (cp.async of
// sm_80): several slices are under way while one is computed. Where a slice's
// elements are neighbours along i (or j), threads copy 16 bytes of them at a time,
// in rows of the slice one after the other.

// perCopy is the elements of a copy of 16 bytes.
func (s *slice) perCopy() int { return 16 / s.t.Size() }

// rowsAtOnce is how many rows of a slice the threads copy at once.
func (s *slice) rowsAtOnce() int { return tileThreads * s.perCopy() / s.width }

// copies is how many copies make a thread's share of a slice; where they are fewer
// than threads, some have none.
func (s *slice) copies() int { return ceil(s.depth, s.rowsAtOnce()) }

// startWide sets count, where 16 bytes are copied at a time, to how many of the
// bytes at the thread's position lie within the tile.
func (f *fetcher) startWide(first, extent string) {
	c := f.c
	rest := c.sub(u32, c.to(u32, "max.u32", extent, first), first)
	rest = c.to(u32, "min.u32", rest, integer(f.perCopy()))
	c.guarded(f.isWide(), "mul.lo.u32", f.count, rest, integer(f.t.Size()))
}

// copy starts copying the slice at k to a stage (an offset, U32), and turns to the
// next. Where there is no element, zeros are written.
func (f *fetcher) copy(k, end, stage string) {
	c := f.c
	wide, done := c.label("wide"), c.label("copied")
	c.jumpIf(f.isWide(), wide)
	f.copySingle(k, end, stage)
	c.jump(done)
	c.place(wide)
	f.copyWide(k, end, stage)
	c.place(done)
	f.turn()
}

func (f *fetcher) copySingle(k, end, stage string) {
	c := f.c
	at, place := c.add(u32, f.at, stage), f.places
	sharedStep, steps := f.sharedStep(), f.steps()
	size := integer(f.t.Size())
	for e, guard := range f.present(k, end) {
		bytes := c.to(u32, "selp.b32", size, "0", guard)
		c.emit("cp.async.ca.shared.global", "["+at+"]", "["+place[0]+"]", size, bytes)
		if e+1 < f.elements() {
			at, place = c.add(u32, at, sharedStep), f.addAll(place, steps)
		}
	}
}

func (f *fetcher) copyWide(k, end, stage string) {
	c := f.c
	at, place, deep, row := c.add(u32, f.at, stage), f.places[0], c.add(u32, k, f.k), f.k
	skip := c.label("outside")
	if f.rowsAtOnce() > f.depth {
		c.jumpIf(c.compare("ge", u32, row, integer(f.depth)), skip)
	}
	for n := range f.copies() {
		bytes := c.to(u32, "selp.b32", f.count, "0", c.compare("lt", u32, deep, end))
		c.emit("cp.async.cg.shared.global", "["+at+"]", "["+place+"]", "16", bytes)
		if n+1 < f.copies() {
			_, stride := f.strides(c, f.reads[0])
			at = c.add(u32, at, integer(f.rowsAtOnce()*f.pitch()*f.t.Size()))
			place = c.add(i64, place, c.to(i64, "shl.b64", stride, integer(log2(f.rowsAtOnce()))))
			deep = c.add(u32, deep, integer(f.rowsAtOnce()))
		}
	}
	c.place(skip)
}
