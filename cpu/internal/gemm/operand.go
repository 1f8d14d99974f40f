package gemm

// operand is A or B as the packing sees it: x is a row of A or a column of B.
type operand[T Float] struct {
	data   []T
	off    int
	xs, ks int // strides of x and k

	fillK func(worker int, dst []T, x, k0, k1 int) // along k, or
	fillX func(worker int, dst []T, k, x0, x1 int) // along x, or nil
}

// isView says that the operand lies in memory.
func (o *operand[T]) isView() bool { return o.fillK == nil && o.fillX == nil }

func operands[T Float](p *Problem[T]) (a, b operand[T]) {
	a = operand[T]{data: p.A.Data, off: p.A.Offset, xs: p.A.RowStride, ks: p.A.ColStride, fillK: p.FillA, fillX: p.FillAColumn}
	b = operand[T]{data: p.B.Data, off: p.B.Offset, xs: p.B.ColStride, ks: p.B.RowStride, fillK: p.FillBColumn, fillX: p.FillB}
	return a, b
}

// panels describes a packed block: x0 … x1 cut into count panels whose rows,
// stride elements each, follow one another for k0 … k1.
type panels struct {
	x0, x1, k0, k1 int
	stride, count  int
	even           bool // panels differ by at most one x; else all but the last are full
}

// bounds returns the x range of panel i.
func (s panels) bounds(i int) (x0, x1 int) {
	if s.even {
		least, more := s.rows()
		return s.x0 + i*least + min(i, more), s.x0 + (i+1)*least + min(i+1, more)
	}
	return s.x0 + i*s.stride, min(s.x1, s.x0+(i+1)*s.stride)
}

// rows is the least that an even panel has, and how many of the panels, the first, have
// one more.
func (s panels) rows() (least, more int) {
	n := s.x1 - s.x0
	return n / s.count, n % s.count
}

// size is the number of elements of one panel.
func (s panels) size() int { return (s.k1 - s.k0) * s.stride }

// A fill along x makes groups of fillRows rows of up to fillColumns elements before
// they are dealt to the panels.
const (
	fillRows    = 8
	fillColumns = 512
)

// tmpLength is the length of the buffer that packing of a filled operand needs.
func (o *operand[T]) tmpLength(kc, lanes int) int {
	switch {
	case o.fillK != nil:
		return kc * lanes
	case o.fillX != nil:
		return fillRows * fillColumns
	default:
		return 0
	}
}

// packer packs panels of one operand for one worker.
type packer[T Float] struct {
	operand[T]
	panels
	kern   *kernels[T]
	copyX  packFunc[T] // for the width of these panels
	dst    []T         // the whole block
	tmp    []T
	worker int
}

// pack packs panels lo … hi.
func (p *packer[T]) pack(lo, hi int) {
	if p.fillX != nil {
		p.packFilled(lo, hi)
		return
	}
	for i := lo; i < hi; i++ {
		dst := p.dst[i*p.size():][:p.size()]
		x0, x1 := p.bounds(i)
		switch {
		case p.fillK != nil || p.ks == 1:
			p.packAlongK(dst, x0, x1)
		case p.xs == 1:
			p.copyX(&dst[0], p.stride, &p.data[p.off+x0+p.k0*p.ks], p.ks, x1-x0, p.k1-p.k0)
		default:
			p.packStrided(dst, x0, x1)
		}
	}
}

// packWeights puts the weight of every k where no row of a panel reaches.
func (p *packer[T]) packWeights(w *View[T]) {
	for k := p.k0; k < p.k1; k++ {
		x := w.Data[w.Offset+k*w.ColStride]
		for i := range p.count {
			p.dst[i*p.size()+(k-p.k0+1)*p.stride-1] = x
		}
	}
}

// packAlongK interleaves rows of adjacent k, as many at a time as are transposed at
// once.
func (p *packer[T]) packAlongK(dst []T, x0, x1 int) {
	kb := p.k1 - p.k0
	for x := x0; x < x1; x += p.kern.lanes {
		rows := min(p.kern.lanes, x1-x)
		if p.fillK == nil {
			p.kern.transpose(&dst[x-x0], p.stride, &p.data[p.off+x*p.xs+p.k0], p.xs, rows, kb)
			continue
		}
		for r := range rows {
			p.fillK(p.worker, p.tmp[r*kb:][:kb], x+r, p.k0, p.k1)
		}
		p.kern.transpose(&dst[x-x0], p.stride, &p.tmp[0], kb, rows, kb)
	}
}

func (p *packer[T]) packStrided(dst []T, x0, x1 int) {
	for k := p.k0; k < p.k1; k++ {
		src := p.off + k*p.ks + x0*p.xs
		row := dst[(k-p.k0)*p.stride:][:x1-x0]
		for i := range row {
			row[i] = p.data[src]
			src += p.xs
		}
	}
}

// packFilled fills rows that span several panels: one call for many elements.
func (p *packer[T]) packFilled(lo, hi int) {
	for lo < hi {
		x0, x1 := p.bounds(lo)
		next := lo + 1
		for ; next < hi; next++ {
			_, end := p.bounds(next)
			if end-x0 > fillColumns {
				break
			}
			x1 = end
		}
		width := x1 - x0
		for k := p.k0; k < p.k1; k += fillRows {
			rows := min(fillRows, p.k1-k)
			for r := range rows {
				p.fillX(p.worker, p.tmp[r*width:][:width], k+r, x0, x1)
			}
			for i := lo; i < next; i++ {
				a, b := p.bounds(i)
				p.copyX(&p.dst[i*p.size()+(k-p.k0)*p.stride], p.stride, &p.tmp[a-x0], width, b-a, rows)
			}
		}
		lo = next
	}
}
