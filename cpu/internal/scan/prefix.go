package scan

import (
	"context"
	"unsafe"

	"github.com/quern-go/quern/internal/meter"
	"github.com/quern-go/quern/kernels"
)

const (
	block = kernels.ScanBlock
	// abreast is how many blocks are combined at a time, because one addition waits for
	// the one before it.
	abreast = 8
	group   = abreast * block
	// window is how many values of a line each thread takes at a time: 512 KiB of
	// float64.
	window = 128 * group
	// lanes is how many lines beside each other are combined at a time.
	lanes = 64
)

// prefix combines every value with those before it.
func (j *job[T]) prefix(ctx context.Context, combine kernels.Combine) error {
	last := len(j.args.Shape) - 1
	mul := combine == kernels.CombineMul
	inRow, outRow := j.args.In.Strides[last] == 1, j.args.Out.Strides[last] == 1
	if j.n > 1 && !(inRow && outRow) {
		return j.prefixColumns(ctx, mul)
	}
	if j.lines >= 4*j.pool.Threads() || j.n <= group || j.pool.Threads() == 1 {
		return j.pool.Run(ctx, j.lines, max(1, window/j.n), func(_, lo, hi int) {
			for i := lo; i < hi; i++ {
				l := j.line(i, int(unsafe.Sizeof(T(0))))
				prefixRow(unsafe.Slice((*T)(l.in), j.n), unsafe.Slice((*T)(l.out), j.n), mul)
			}
		})
	}
	for i := range j.lines {
		l := j.line(i, int(unsafe.Sizeof(T(0))))
		if err := j.prefixLong(j.forLine(ctx, i), unsafe.Slice((*T)(l.in), j.n), unsafe.Slice((*T)(l.out), j.n), mul); err != nil {
			return err
		}
	}
	return nil
}

// prefixRow does a line on one thread.
func prefixRow[T number](in, out []T, mul bool) {
	var c chain[T]
	var before [abreast]T
	for lo := 0; lo < len(in); lo += group {
		hi := min(lo+group, len(in))
		inBlocks(in[lo:hi], out[lo:hi], mul)
		count := c.push(out[lo:hi], &before, mul)
		combineBefore(out[lo:hi], before[:], count, mul)
	}
}

// prefixLong does a line on all threads, window by window.
func (j *job[T]) prefixLong(ctx context.Context, in, out []T, mul bool) error {
	step := window * j.pool.Threads()
	befores := make([][abreast]T, (step+group-1)/group)
	firsts := make([]int, len(befores))
	var c chain[T]
	for lo := 0; lo < len(in); lo += step {
		hi := min(lo+step, len(in))
		x, y := in[lo:hi], out[lo:hi]
		groups := (len(x) + group - 1) / group
		part := func(g int) (int, int) { return g * group, min((g+1)*group, len(x)) }
		err := j.forChunks(ctx, groups, func(_, from, to int) {
			for g := from; g < to; g++ {
				a, b := part(g)
				inBlocks(x[a:b], y[a:b], mul)
			}
		})
		if err != nil {
			return err
		}
		for g := range groups {
			a, b := part(g)
			firsts[g] = c.push(y[a:b], &befores[g], mul)
		}
		err = j.forChunks(ctx, groups, func(_, from, to int) {
			for g := from; g < to; g++ {
				a, b := part(g)
				combineBefore(y[a:b], befores[g][:], firsts[g], mul)
			}
		})
		if err != nil {
			return err
		}
		meter.Of(ctx).Set(float64(hi) / float64(len(in)))
	}
	return nil
}

// inBlocks combines within the blocks of up to one group.
func inBlocks[T number](in, out []T, mul bool) {
	if len(in) == group {
		if mul {
			mulGroup((*[group]T)(in), (*[group]T)(out))
		} else {
			addGroup((*[group]T)(in), (*[group]T)(out))
		}
		return
	}
	for lo := 0; lo < len(in); lo += block {
		x, y := in[lo:min(lo+block, len(in))], out[lo:min(lo+block, len(in))]
		acc := x[0]
		y[0] = acc
		for i := 1; i < len(x); i++ {
			acc = join(acc, x[i], mul)
			y[i] = acc
		}
	}
}

func join[T number](x, y T, mul bool) T {
	if mul {
		return x * y
	}
	return x + y
}

// addGroup combines within the blocks of a group, all blocks abreast.
func addGroup[T number](x, y *[group]T) {
	a, b, c, d := x[0], x[block], x[2*block], x[3*block]
	e, f, g, h := x[4*block], x[5*block], x[6*block], x[7*block]
	y[0], y[block], y[2*block], y[3*block] = a, b, c, d
	y[4*block], y[5*block], y[6*block], y[7*block] = e, f, g, h
	for i := 1; i < block; i++ {
		a, b, c, d = a+x[i], b+x[block+i], c+x[2*block+i], d+x[3*block+i]
		e, f, g, h = e+x[4*block+i], f+x[5*block+i], g+x[6*block+i], h+x[7*block+i]
		y[i], y[block+i], y[2*block+i], y[3*block+i] = a, b, c, d
		y[4*block+i], y[5*block+i], y[6*block+i], y[7*block+i] = e, f, g, h
	}
}

// mulGroup is addGroup for products.
func mulGroup[T number](x, y *[group]T) {
	a, b, c, d := x[0], x[block], x[2*block], x[3*block]
	e, f, g, h := x[4*block], x[5*block], x[6*block], x[7*block]
	y[0], y[block], y[2*block], y[3*block] = a, b, c, d
	y[4*block], y[5*block], y[6*block], y[7*block] = e, f, g, h
	for i := 1; i < block; i++ {
		a, b, c, d = a*x[i], b*x[block+i], c*x[2*block+i], d*x[3*block+i]
		e, f, g, h = e*x[4*block+i], f*x[5*block+i], g*x[6*block+i], h*x[7*block+i]
		y[i], y[block+i], y[2*block+i], y[3*block+i] = a, b, c, d
		y[4*block+i], y[5*block+i], y[6*block+i], y[7*block+i] = e, f, g, h
	}
}

// combineBefore puts before each block of up to one group what before says; the first
// blocks of a line, as many as first says, have nothing before them.
func combineBefore[T number](y []T, before []T, first int, mul bool) {
	for b := first; b*block < len(y); b++ {
		x, part := before[b], y[b*block:min((b+1)*block, len(y))]
		if mul {
			for i := range part {
				part[i] = x * part[i]
			}
			continue
		}
		for i := range part {
			part[i] = x + part[i]
		}
	}
}

// chain holds what stands before the next block: the prefixes, by the same rule, of
// the last values of the blocks so far.
type chain[T number] struct{ levels []level[T] }

// level is where the prefixes of one depth have got to.
type level[T number] struct {
	count   int // values of the present block, so far
	inside  T   // their combination
	before  T   // what stands before the block
	started bool
}

// push takes the blocks of a group, combined within, gives what stands before each
// and says how many, none or one, have nothing before them.
func (c *chain[T]) push(y []T, before *[abreast]T, mul bool) (first int) {
	for b := 0; b*block < len(y); b++ {
		if len(c.levels) == 0 {
			first = 1
		} else {
			before[b] = c.levels[0].prefix(mul)
		}
		if end := (b + 1) * block; end <= len(y) {
			c.add(0, y[end-1], mul)
		}
	}
	return first
}

// add takes the next value at a depth. A full block is begun anew, after what has
// become of it at the next depth.
func (c *chain[T]) add(depth int, x T, mul bool) {
	if depth == len(c.levels) {
		c.levels = append(c.levels, level[T]{})
	}
	l := &c.levels[depth]
	if l.count == block {
		c.add(depth+1, l.inside, mul)
		l = &c.levels[depth]
		l.before, l.started, l.count = c.levels[depth+1].prefix(mul), true, 0
	}
	if l.count == 0 {
		l.inside = x
	} else {
		l.inside = join(l.inside, x, mul)
	}
	l.count++
}

// prefix is the combination of all values so far.
func (l *level[T]) prefix(mul bool) T {
	if l.started {
		return join(l.before, l.inside, mul)
	}
	return l.inside
}
