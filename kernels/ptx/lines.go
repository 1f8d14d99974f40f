package ptx

// lines is a side's slices of float64 in shared memory, in lines along k or across, and
// what a thread knows to copy its share of them: some elements of every so many lines.
type lines struct {
	*side
	c            *code
	width, depth int
	along        bool   // lines lie along k
	offset       int    // bytes, in a stage
	array        string // U32: where stage 0 begins, with all slices of a stage
	base         string // of the operand, in the current batch
	place        string // U64: of the first element in the next slice; it changes
	to           string // U32: the address of that in stage 0
	line, inner  string // U32: its line, and where it is along that
	rest         string // U32: from there to the end of the operand, along i (or j)
	apart, back  string // I64: from a copy of 16 bytes to the next; from the last to the next slice
	from         string // U64: where copyOne copies from
}

// length and count are the elements of a line, and the lines.
func (l *lines) length() int {
	if l.along {
		return l.depth
	}
	return l.width
}

func (l *lines) count() int { return l.width * l.depth / l.length() }

// pitch is the elements from one line to the next. Two lines along k, or one across, are
// 32 bytes from a multiple of 128 apart, so that groups of threads that read 128 bytes at
// once, of four such lines, find them in different banks.
func (l *lines) pitch() int {
	if l.along {
		return l.length() + 2
	}
	return l.length() + 4
}

func (l *lines) bytes() int { return l.count() * l.pitch() * l.t.Size() }

// at is where an element lies, in bytes from the first.
func (l *lines) at(main, k int) int {
	if l.along {
		main, k = k, main
	}
	return (k*l.pitch() + main) * l.t.Size()
}

// address is where an element lies in stage 0; all U32.
func (l *lines) address(main, k string) string {
	if l.along {
		main, k = k, main
	}
	c := l.c
	first := c.add(u32, l.array, integer(l.offset))
	return c.mad(u32, c.mad(u32, k, integer(l.pitch()), main), integer(l.t.Size()), first)
}

func (l *lines) declare(array string) {
	l.array = l.c.to(u32, "mov.u32", array)
	l.place, l.to, l.rest = l.c.reg(u64), l.c.reg(u32), l.c.reg(u32)
	l.line, l.inner = l.c.reg(u32), l.c.reg(u32)
	l.apart, l.back = l.c.reg(i64), l.c.reg(i64)
}

// isWide is the predicate that 16 bytes are copied at once, rather than 8.
func (l *lines) isWide() string {
	return l.c.compare("ne", u32, l.c.load(u32, l.wide), "0")
}

// perLine is how many copies make a line, with so many elements each, and step how many
// lines the threads copy at once.
func (l *lines) perLine(each int) int { return l.length() / each }
func (l *lines) step(each int) int    { return tileThreads / l.perLine(each) }

// start goes to the first slice of a tile, which begins at a position along i (or j) and
// k; extent is the length along i (or j).
func (l *lines) start(tile, k, extent string) {
	c := l.c
	wide, thread := l.isWide(), c.thread()
	perLine := c.pick(wide, l.perLine(2), l.perLine(1))
	c.emit("div.u32", l.line, thread, perLine)
	c.emit("and.b32", l.inner, thread, c.sub(u32, perLine, "1"))
	c.emit("shl.b32", l.inner, l.inner, c.pick(wide, 1, 0))
	main, deep := l.inner, l.line
	if l.along {
		main, deep = deep, main
	}
	c.set(u32, l.to, l.address(main, deep))
	first := c.add(u32, tile, main)
	c.emit("sub.u32", l.rest, c.to(u32, "max.u32", extent, first), first)
	along, alongK := l.strides(c, l.reads[0])
	p := c.mad(i64, c.widen(first), along, l.base)
	c.emit("mad.lo.s64", l.place, c.widen(c.add(u32, k, deep)), alongK, p)
	if !l.along {
		along = alongK
	}
	c.emit("mul.lo.s64", l.apart, along, integer(l.step(2)))
	c.emit("mul.lo.s64", l.back, along, integer(l.step(2)-l.count()))
	c.emit("mad.lo.s64", l.back, alongK, integer(l.depth), l.back)
}

// copies is how many copies of 16 bytes make a thread's share of a slice.
func (l *lines) copies() int { return l.count() / l.step(2) }

// copyOne makes copy number n of those, if the predicate holds: that all elements are
// there, and that 16 bytes may be copied at once. The last turns to the next slice.
func (l *lines) copyOne(p, to string, n int) {
	c := l.c
	if n == 0 {
		l.from = l.place
	}
	address := "[" + to + "+" + integer(n*l.step(2)*l.pitch()*l.t.Size()) + "]"
	c.guarded(p, "cp.async.cg.shared.global", address, "["+l.from+"]", "16")
	if n+1 == l.copies() {
		c.guarded(p, "add.s64", l.place, l.from, l.back)
		return
	}
	l.from = c.add(i64, l.from, l.apart)
}

// copy starts copying the slice at k to a stage (an offset, U32), and turns to the next.
// Where there is no element, zeros are written: of rows that nobody stores, and of a part
// of a slice that nobody reads.
func (l *lines) copy(k, end, stage string) {
	c := l.c
	wide, done := c.label("wide"), c.label("copied")
	main, deep := l.rest, c.add(u32, k, l.inner)
	if !l.along {
		deep = c.add(u32, k, l.line)
	}
	deep = c.sub(u32, c.to(u32, "max.u32", end, deep), deep)
	inner, line := deep, main // how many elements there are along a line, and how many lines
	if !l.along {
		inner, line = main, deep
	}
	to := c.add(u32, l.to, stage)
	c.jumpIf(l.isWide(), wide)
	l.copyLines(to, inner, line, 1)
	c.jump(done)
	c.place(wide)
	l.copyLines(to, inner, line, 2)
	c.place(done)
	_, alongK := l.strides(c, l.reads[0])
	c.emit("add.s64", l.place, l.place, c.to(i64, "shl.b64", alongK, integer(log2(l.depth))))
}

// copyLines copies the thread's share of a slice, so many elements at a time.
func (l *lines) copyLines(to, inner, line string, each int) {
	c := l.c
	size := each * l.t.Size()
	bytes := c.mul(u32, c.to(u32, "min.u32", inner, integer(each)), integer(l.t.Size()))
	along, alongK := l.strides(c, l.reads[0])
	if !l.along {
		along = alongK
	}
	step := l.step(each)
	apart := c.to(i64, "shl.b64", along, integer(log2(step)))
	how := "ca"
	if size == 16 {
		how = "cg"
	}
	place := l.place
	for n := 0; n < l.count(); n += step {
		some := c.to(u32, "selp.b32", bytes, "0", c.compare("gt", u32, line, integer(n)))
		address := "[" + to + "+" + integer(n*l.pitch()*l.t.Size()) + "]"
		c.emit("cp.async."+how+".shared.global", address, "["+place+"]", integer(size), some)
		if n+step < l.count() {
			place = c.add(i64, place, apart)
		}
	}
}
