package arrayfile

// fortranOrder maps the elements of a file in Fortran order (first axis contiguous) to
// their places in C order (last axis contiguous).
//
// The file is a sequence of planes, one for each index along the last axis; a plane is a sequence of
// runs along the first axis, one for each combination of the axes between:
//
//	file position = i + rows·(middle + middles·j)
//	C position    = i·rowStride + middleOffset(middle) + j
//
// So for every middle combination a rows × columns matrix is transposed.
type fortranOrder struct {
	rows      int   // length of the first axis
	columns   int   // length of the last axis
	middle    []int // lengths of the axes between, first varies fastest in the file
	middles   int   // their product
	rowStride int   // distance of neighbours along the first axis in C order
}

// newFortranOrder leaves out axes of length 1, which both orders share.
func newFortranOrder(shape []int) *fortranOrder {
	var axes []int
	for _, n := range shape {
		if n != 1 {
			axes = append(axes, n)
		}
	}
	o := &fortranOrder{rows: 1, columns: 1, middles: 1, rowStride: 1}
	if len(axes) < 2 {
		return o
	}
	last := len(axes) - 1
	o.rows, o.columns, o.middle = axes[0], axes[last], axes[1:last]
	for _, n := range o.middle {
		o.middles *= n
	}
	o.rowStride = o.columns * o.middles
	return o
}

// trivial reports that Fortran and C order are the same, or that there is nothing to order.
func (o *fortranOrder) trivial() bool {
	return o.rowStride == 1 || o.plane() == 0 || o.columns == 0
}

// plane is the number of elements with the same index along the last axis.
func (o *fortranOrder) plane() int { return o.rows * o.middles }

// block is how many elements to read at a time, at most about the given number: as many whole
// planes as fit, so that neighbours along the last axis are written together, or a part of
// one. Beyond 64 planes the strided reads cost more than the writes gain.
func (o *fortranOrder) block(elements int) int {
	if o.plane() > elements {
		return elements
	}
	return o.plane() * min(elements/o.plane(), 64)
}

// middleOffset is the C-order offset of the m-th combination of the middle axes.
func (o *fortranOrder) middleOffset(m int) int {
	offset, stride := 0, o.columns*o.middles
	for _, n := range o.middle {
		stride /= n
		offset += m % n * stride
		m /= n
	}
	return offset
}

// scatter puts the elements src, those of the file from position start on, into their places in dst.
func scatter[T float](o *fortranOrder, dst, src []T, start int) {
	plane := o.plane()
	for len(src) > 0 {
		within, columns := start%plane, 1
		n := min(plane-within, len(src))
		if n == plane {
			columns = len(src) / plane
			n = columns * plane
		}
		o.runs(within, min(within+n, plane), func(pos, rows, offset int) {
			transpose(dst[offset+start/plane:], o.rowStride, src[pos-within:], plane, rows, columns)
		})
		src, start = src[n:], start+n
	}
}

// runs cuts the positions from pos to end of a plane into pieces of runs along the first axis, and
// calls f with the position and length of each, and its C-order offset.
func (o *fortranOrder) runs(pos, end int, f func(pos, rows, offset int)) {
	for pos < end {
		row := pos % o.rows
		n := min(o.rows-row, end-pos)
		f(pos, n, row*o.rowStride+o.middleOffset(pos/o.rows))
		pos += n
	}
}

// transpose sets dst[i·dstStride + j] = src[j·srcStride + i] in tiles of 8×8, one cache line of
// float64 each way.
func transpose[T float](dst []T, dstStride int, src []T, srcStride, rows, columns int) {
	const tile = 8
	for i0 := 0; i0 < rows; i0 += tile {
		i1 := min(i0+tile, rows)
		for j0 := 0; j0 < columns; j0 += tile {
			j1 := min(j0+tile, columns)
			for i := i0; i < i1; i++ {
				row := dst[i*dstStride+j0 : i*dstStride+j1]
				for j := range row {
					row[j] = src[(j0+j)*srcStride+i]
				}
			}
		}
	}
}
