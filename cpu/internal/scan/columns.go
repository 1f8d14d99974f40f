package scan

import (
	"context"
	"unsafe"
)

// prefixColumns does lines whose elements do not lie one after another: some beside
// each other at a time, if those do.
func (j *job[T]) prefixColumns(ctx context.Context, mul bool) error {
	size := int(unsafe.Sizeof(T(0)))
	width := 1 // lines beside each other
	if last := len(j.args.Shape) - 2; last >= 0 && j.args.In.Strides[last] == 1 && j.args.Out.Strides[last] == 1 {
		width = j.args.Shape[last]
	}
	tiles := (width + lanes - 1) / lanes
	return j.pool.Run(ctx, j.lines/width*tiles, max(1, window/lanes/j.n), func(_, lo, hi int) {
		c := new(columns[T])
		for i := lo; i < hi; i++ {
			first := i % tiles * lanes
			l := j.line(i/tiles*width+first, size)
			c.run(&l, min(lanes, width-first), mul)
		}
	})
}

// columns are lines beside each other.
type columns[T number] struct {
	chains         [lanes]chain[T]
	inside, before [lanes]T
}

func (c *columns[T]) run(l *line[T], width int, mul bool) {
	for k := range width {
		c.chains[k].levels = c.chains[k].levels[:0]
	}
	size := int(unsafe.Sizeof(T(0)))
	for i := range l.length {
		x := unsafe.Slice((*T)(unsafe.Add(l.in, i*l.inStep*size)), width)
		y := unsafe.Slice((*T)(unsafe.Add(l.out, i*l.outStep*size)), width)
		if i%block == 0 {
			if i > 0 {
				c.turn(width, mul)
			}
			copy(c.inside[:width], x)
		} else {
			joinRow(c.inside[:width], c.inside[:width], x, mul)
		}
		if i < block {
			copy(y, c.inside[:width])
		} else {
			joinRow(y, c.before[:width], c.inside[:width], mul)
		}
	}
}

// turn begins the next block.
func (c *columns[T]) turn(width int, mul bool) {
	for k := range width {
		ch := &c.chains[k]
		ch.add(0, c.inside[k], mul)
		c.before[k] = ch.levels[0].prefix(mul)
	}
}

// joinRow is dst = x∘y.
func joinRow[T number](dst, x, y []T, mul bool) {
	x, y = x[:len(dst)], y[:len(dst)]
	if mul {
		for i := range dst {
			dst[i] = x[i] * y[i]
		}
		return
	}
	for i := range dst {
		dst[i] = x[i] + y[i]
	}
}
