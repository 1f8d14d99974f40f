package ops

import (
	"context"
	"fmt"
	"runtime"
	"sync"
	"unsafe"

	"github.com/quern-go/quern/internal/meter"
	"github.com/quern-go/quern/ops/internal/expr"
)

// TopK finds the k smallest elements along an axis, in ascending order, and their
// positions on it. Of equal elements the first comes first; NaN comes last. Both
// results have the array's shape with k in the place of the axis' length, in
// row-major order. The k largest are those of Neg.
//
// The array is computed piece by piece, so that a matrix of distances is never
// stored; the elements are chosen by the CPU, whichever device computes them.
func (a Array[T]) TopK(ctx context.Context, k, axis int, opts ...Option) (values []T, positions []int, err error) {
	n := a.node()
	if n.Err != nil {
		return nil, nil, n.Err
	}
	rank := len(n.Shape)
	if axis < -rank || axis >= rank {
		return nil, nil, fmt.Errorf("top k: axis %d of shape %v, expected %d to %d", axis, n.Shape, -rank, rank-1)
	}
	if axis < 0 {
		axis += rank
	}
	if length := n.Shape[axis]; k < 1 || k > length {
		return nil, nil, fmt.Errorf("top k: k = %d along axis %d of shape %v, expected 1 to %d", k, axis, n.Shape, length)
	}
	if err := checkRoom(n.Size()/n.Shape[axis]*k, n.Type.Size()+int(unsafe.Sizeof(k))); err != nil {
		return nil, nil, fmt.Errorf("top k: %w", err)
	}
	ctx, finish := watch(ctx, opts)
	defer func() { finish(&err) }()
	t := newTop[T](n, k, axis)
	if err := t.run(ctx, opts); err != nil {
		return nil, nil, fmt.Errorf("top k: %w", err)
	}
	return t.values, t.positions, nil
}

// CountBelow is how many elements along axes are less than r; without axes, of all.
// NaN does not count. Up to 2²⁴ the count is exact in float32 too.
func (a Array[T]) CountBelow(r T, axes ...int) Array[T] {
	return a.withAxes("count below", axes).LessScalar(r).Sum(axes...)
}

// top is a search under way.
type top[T Float] struct {
	rows      *expr.Node // (rows, length)
	k         int
	inner     int // rows that lie between neighbours on the axis, in the results
	values    []T
	positions []int
}

func newTop[T Float](n *expr.Node, k, axis int) *top[T] {
	perm := make([]int, 0, len(n.Shape))
	t := &top[T]{k: k, inner: 1}
	for i, d := range n.Shape {
		if i != axis {
			perm = append(perm, i)
		}
		if i > axis {
			t.inner *= d
		}
	}
	length := n.Shape[axis]
	t.rows = n
	if axis != len(n.Shape)-1 {
		t.rows = expr.Transpose(n, append(perm, axis))
	}
	if len(n.Shape) != 2 {
		t.rows = expr.ReshapeTo(t.rows, []int{n.Size() / length, length})
	}
	size := t.rows.Shape[0] * k
	t.values, t.positions = make([]T, size), make([]int, size)
	return t
}

// blockRows is how many rows are searched together: enough that what a piece needs
// of the other operand is worth preparing.
const blockRows = 1024

// run goes through the rows in blocks, and each block in pieces along the axis.
func (t *top[T]) run(ctx context.Context, opts []Option) error {
	p := &cutter[T]{n: t.rows, opts: opts}
	rows, length := t.rows.Shape[0], t.rows.Shape[1]
	block := min(rows, max(blockRows, pieceBytes/(length*t.rows.Type.Size())))
	block = min(block, max(1, pieceBytes/(t.k*int(unsafe.Sizeof(candidate[T]{})))))
	found := make([]nearest[T], block)
	for r0 := 0; r0 < rows; r0 += block {
		height := min(block, rows-r0)
		width := max(1, min(length, pieceBytes/(height*t.rows.Type.Size())))
		for i := range height {
			found[i].reset(t.k)
		}
		for c0 := 0; c0 < length; c0 += width {
			count := min(width, length-c0)
			done := float64(r0) + float64(height)*float64(c0)/float64(length)
			part := meter.Part(ctx, done/float64(rows), (done+float64(height)*float64(count)/float64(length))/float64(rows))
			piece, err := p.at(part, []expr.Span{{Start: r0, Step: 1, Count: height}, {Start: c0, Step: 1, Count: count}})
			if err != nil {
				return err
			}
			inParallel(height, height*count, func(i int) { found[i].add(piece[i*count:(i+1)*count], c0) })
		}
		inParallel(height, height*t.k, func(i int) { t.store(r0+i, &found[i]) })
	}
	return ctx.Err()
}

// store puts the result of a row where its axis lies.
func (t *top[T]) store(row int, found *nearest[T]) {
	at := row/t.inner*t.k*t.inner + row%t.inner
	for _, c := range found.sorted() {
		t.values[at], t.positions[at] = c.value, c.position
		at += t.inner
	}
}

// inParallel calls f for every row below n, by as many goroutines as may run if
// there is work, in elements, for them.
func inParallel(n, work int, f func(row int)) {
	const grain = 64 << 10
	workers := min(runtime.GOMAXPROCS(0), n, max(1, work/grain))
	var wg sync.WaitGroup
	for w := range workers {
		wg.Go(func() {
			for row := w * n / workers; row < (w+1)*n/workers; row++ {
				f(row)
			}
		})
	}
	wg.Wait()
}
