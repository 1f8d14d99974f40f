package exec

import "unsafe"

// Runs that go on from row to row of the last axis: where rows are short, a run
// of many rows keeps the blocks long.

// seek sets index to the coordinates of a run's start.
func (c *cursor) seek(from int) {
	for i := len(c.nest.axes) - 1; i >= c.lo; i-- {
		n := c.nest.axes[i].n
		c.index[i] = from % n
		from /= n
	}
}

// start puts walk at index and returns operand o's offset there, in elements.
func (c *cursor) start(o int) (offset int) {
	for i := c.lo; i < len(c.nest.axes); i++ {
		c.walk[i] = c.index[i]
		offset += c.index[i] * c.nest.axes[i].s[o]
	}
	return offset
}

// advance moves walk by count along the given axis, carrying into the axes
// before it, and returns the new offset of operand o.
func (c *cursor) advance(o, axis, count, offset int) int {
	for {
		a := &c.nest.axes[axis]
		c.walk[axis] += count
		offset += count * a.s[o]
		if c.walk[axis] < a.n || axis == c.lo {
			return offset
		}
		c.walk[axis] = 0
		offset -= a.n * a.s[o]
		axis, count = axis-1, 1
	}
}

// loadAxes stages n elements of a leaf from index on.
func (c *cursor) loadAxes(leaf, n int) {
	last := len(c.nest.axes) - 1
	at := &c.at[leaf]
	dst, offset := c.frame.Stage(leaf), c.start(leaf)
	for n > 0 {
		rows, row := 0, 0
		if last >= c.lo {
			row = c.nest.axes[last].n
		}
		if last > c.lo && c.walk[last] == 0 && at.base != nil {
			rows = min(n/row, c.nest.axes[last-1].n-c.walk[last-1])
		}
		if rows > 1 && c.loadRows(leaf, dst, unsafe.Add(at.base, offset*at.size), rows) {
			offset = c.advance(leaf, last-1, rows, offset)
			if n -= rows * row; n > 0 {
				dst = unsafe.Add(dst, rows*row*at.size)
			}
			continue
		}
		m, stride := n, 0
		if last >= c.lo {
			m, stride = min(n, row-c.walk[last]), c.nest.axes[last].s[leaf]
		}
		if at.base == nil {
			count(dst, at.first+uint64(offset), stride, m)
		} else {
			c.copyStrided(dst, unsafe.Add(at.base, offset*at.size), stride, m, at.size)
		}
		if n -= m; n > 0 {
			dst = unsafe.Add(dst, m*at.size)
			offset = c.advance(leaf, last, m, offset)
		}
	}
}

// loadRows stages whole rows of the last two axes at once, where there is a
// quick way: elements that lie side by side along the other axis, or one row
// again and again.
func (c *cursor) loadRows(leaf int, dst, src unsafe.Pointer, rows int) bool {
	last := len(c.nest.axes) - 1
	row, size := c.nest.axes[last].n, c.at[leaf].size
	along, across := c.nest.axes[last].s[leaf], c.nest.axes[last-1].s[leaf]
	switch across {
	case 1:
		c.table.Transpose[size](dst, row, src, along, rows, row)
		return true
	case 0:
		c.copyStrided(dst, src, along, row, size)
		all := unsafe.Slice((*byte)(dst), rows*row*size)
		for have := row * size; have < len(all); have *= 2 {
			copy(all[have:], all[:have])
		}
		return true
	}
	return false
}

// copyStrided copies n elements that lie stride apart.
func (c *cursor) copyStrided(dst, src unsafe.Pointer, stride, n, size int) {
	const few = 16
	switch {
	case stride == 1 && n*size > 8*few:
		copy(unsafe.Slice((*byte)(dst), n*size), unsafe.Slice((*byte)(src), n*size))
	case n > few:
		c.table.Gather[size](dst, src, stride, n)
	case size == 4:
		for i := range n {
			*(*uint32)(unsafe.Add(dst, 4*i)) = *(*uint32)(unsafe.Add(src, 4*i*stride))
		}
	default:
		for i := range n {
			*(*uint64)(unsafe.Add(dst, 8*i)) = *(*uint64)(unsafe.Add(src, 8*i*stride))
		}
	}
}

// count writes first, first+stride, ….
func count(dst unsafe.Pointer, first uint64, stride, n int) {
	d := unsafe.Slice((*uint64)(dst), n)
	for i := range d {
		d[i] = first
		first += uint64(stride)
	}
}

// storeAxes writes n elements to an output from index on.
func (c *cursor) storeAxes(o int, src unsafe.Pointer, n int) {
	last := len(c.nest.axes) - 1
	at := &c.at[o]
	offset := c.start(o)
	for n > 0 {
		m, stride := n, 0
		if last >= c.lo {
			m, stride = min(n, c.nest.axes[last].n-c.walk[last]), c.nest.axes[last].s[o]
		}
		scatter(unsafe.Add(at.base, offset*at.size), stride, src, m, at.size)
		if n -= m; n > 0 { // src may be a caller's slice: no pointer past its end
			src = unsafe.Add(src, m*at.size)
			offset = c.advance(o, last, m, offset)
		}
	}
}
