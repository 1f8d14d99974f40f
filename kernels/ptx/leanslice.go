package ptx

// leanSlice is a side's slices in shared memory, and the thread's copies to them.
type leanSlice struct {
	*side
	deep         bool
	width, depth int
	offset       int      // in a stage, in bytes
	bases        []string // of the operand, in the current batch
	place        string   // U64, changes: where the thread's first copy of the next slice is from
	to           string   // U32, changes: where it goes
	lane         string   // U32, changes: the thread's first row (or column) in the stage to compute
}

// pitch is the elements from a row in shared memory to the next. The pad keeps the
// threads of a load from the same bank.
func (s *leanSlice) pitch() int {
	if s.deep {
		return s.depth + leanChunk
	}
	return s.width + leanChunk
}

// quarter is the elements from one part of a deep slice to the next. Its rows are in the
// order 0, 4, 8, …, 1, 5, 9, …, so that threads next to each other load rows next to each
// other, in four parts with as much between them that the threads of a copy do not write
// to the same bank.
func (s *leanSlice) quarter() int { return s.width/4*s.pitch() + s.depth }

// elements is the size of a stage.
func (s *leanSlice) elements() int {
	if s.deep {
		return 4 * s.quarter()
	}
	return s.depth * s.pitch()
}

func (s *leanSlice) bytes() int { return s.elements() * s.t.Size() }

// copies is how many copies a thread makes of a slice.
func (s *leanSlice) copies() int { return s.width * s.depth / leanChunk / tileThreads }

// start finds the thread's copies of the slices of a tile, which begins at a position
// along i (or j) and k, and its first row (or column), of its number. Copies go to the
// first stage.
func (s *leanSlice) start(c *code, array, tile, k, number string) {
	main, deep := s.first(c)
	along, alongK := s.strides(c, s.reads[0])
	at := c.mad(i64, c.widen(c.add(u32, tile, main)), along, s.bases[0])
	s.place = c.variable(u64, c.mad(i64, c.widen(c.add(u32, k, deep)), alongK, at))

	size := s.t.Size()
	begin := c.add(u32, array, integer(s.offset))
	element, pitch := c.mad(u32, deep, integer(s.pitch()), main), leanChunk
	if s.deep {
		quarter, row := c.to(u32, "and.b32", main, "3"), c.to(u32, "shr.u32", main, "2")
		element, pitch = c.mad(u32, quarter, integer(s.quarter()), c.mad(u32, row, integer(s.pitch()), deep)), s.pitch()
	}
	s.to = c.variable(u32, c.mad(u32, element, integer(size), begin))
	s.lane = c.variable(u32, c.mad(u32, number, integer(pitch*size), begin))
}

// first is the position of the thread's first copy in a slice, along i (or j) and k.
func (s *leanSlice) first(c *code) (main, k string) {
	n := s.perRow()
	chunk := c.mul(u32, c.to(u32, "and.b32", c.thread(), integer(n-1)), integer(leanChunk))
	row := c.to(u32, "shr.u32", c.thread(), integer(log2(n)))
	if s.deep {
		return row, chunk
	}
	return chunk, row
}

// perRow is how many copies make a row in shared memory.
func (s *leanSlice) perRow() int {
	if s.deep {
		return s.depth / leanChunk
	}
	return s.width / leanChunk
}

// rowsAtOnce is how many rows (of a deep slice), or steps along k, the threads copy at
// once.
func (s *leanSlice) rowsAtOnce() int { return tileThreads / s.perRow() }

// alongK is an operand's stride along k times 2^shift.
func (s *leanSlice) alongK(c *code, shift int) string {
	if s.deep {
		return integer(s.t.Size() << shift)
	}
	_, stride := s.strides(c, s.reads[0])
	return c.to(i64, "shl.b64", stride, integer(shift))
}

// copy starts copying a slice. Sizes are the bytes of each copy; nil stands for whole
// ones.
func (s *leanSlice) copy(c *code, sizes []string) {
	at, place := s.to, s.place
	for n := range s.copies() {
		if n > 0 {
			step, rows := "", s.rowsAtOnce()
			if s.deep {
				along, _ := s.strides(c, s.reads[0])
				step, rows = c.to(i64, "shl.b64", along, integer(log2(rows))), rows/4
			} else {
				step = s.alongK(c, log2(rows))
			}
			at, place = c.add(u32, at, integer(rows*s.pitch()*s.t.Size())), c.add(i64, place, step)
		}
		operands := []string{"[" + at + "]", "[" + place + "]", integer(leanChunk * s.t.Size())}
		if sizes != nil {
			operands = append(operands, sizes[n])
		}
		c.emit("cp.async.cg.shared.global", operands...)
	}
	c.emit("add.s64", s.place, s.place, s.alongK(c, log2(s.depth)))
}

// sizes are how many bytes there are of the copies of a slice of a tile at a position
// along i (or j) and k: of those before extent and end. They are found anew for each
// slice, to save registers.
func (s *leanSlice) sizes(c *code, tile, extent, k, end string) []string {
	main, deep := s.first(c)
	outer, inner := c.rest(k, deep, end), c.rest(tile, main, extent)
	if s.deep {
		outer, inner = inner, outer
	}
	most := c.to(u32, "min.u32", c.mul(u32, inner, integer(s.t.Size())), integer(leanChunk*s.t.Size()))
	sizes := make([]string, s.copies())
	for n := range sizes {
		sizes[n] = c.to(u32, "selp.b32", most, "0", c.exceeds(outer, n*s.rowsAtOnce()))
	}
	return sizes
}

// advance goes so many steps along k.
func (s *leanSlice) advance(c *code, at string, steps int) {
	if !s.deep {
		steps *= s.pitch()
	}
	c.emit("add.u32", at, at, integer(steps*s.t.Size()))
}

// load loads the thread's first rows (or columns) of `steps` positions from k on, one
// or, of a deep slice, also two or four: by row, then position.
func (s *leanSlice) load(c *code, at string, k, steps, rows int) [][]string {
	out := make([][]string, rows)
	for r := range rows {
		if s.deep {
			out[r] = s.loadRow(c, at, k, steps, r)
		} else if r%leanChunk == 0 {
			values := c.regs(s.t, leanChunk)
			offset := (k*s.pitch() + r*tileSide) * s.t.Size()
			c.emit("ld.shared.v4."+moveSuffix(s.t), vector(values), "["+at+"+"+integer(offset)+"]")
			for n, v := range values {
				out[r+n] = []string{v}
			}
		}
	}
	return out
}

// loadRow loads one row of a deep slice.
func (s *leanSlice) loadRow(c *code, at string, k, steps, r int) []string {
	values := c.regs(s.t, steps)
	element := r%4*s.quarter() + r/4*tileSide*s.pitch() + k
	address := "[" + at + "+" + integer(element*s.t.Size()) + "]"
	if steps == 1 {
		c.emit("ld.shared."+moveSuffix(s.t), values[0], address)
	} else {
		c.emit("ld.shared.v"+integer(steps)+"."+moveSuffix(s.t), vector(values), address)
	}
	return values
}

// at is position first+i of the thread's rows (or columns): of what is loaded, or, of a
// wide slice, loaded now.
func (s *leanSlice) at(c *code, lane string, loaded [][]string, first, i, rows int) []string {
	if !s.deep {
		loaded, i = s.load(c, lane, first+i, 1, rows), 0
	}
	values := make([]string, rows)
	for r := range values {
		values[r] = loaded[r][i]
	}
	return values
}
