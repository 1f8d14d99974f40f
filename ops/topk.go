package ops

import (
	"context"
	"fmt"
	"math"
	"runtime"
	"slices"
	"sync"
	"unsafe"

	"github.com/quern-go/quern/internal/meter"
	"github.com/quern-go/quern/kernels"
	"github.com/quern-go/quern/ops/internal/expr"
)

// TopK finds the k smallest elements along an axis, in ascending order, and their
// positions on it. Of equal elements the first comes first; NaN comes last. Both
// results have the array's shape with k in the place of the axis' length, in
// row-major order. The k largest are those of Neg.
//
// A matrix of distances is never stored: up to kernels.MaxTop (64) elements of each row
// are kept as it is computed; for more, or where the array would have to be stored to be
// searched, it is computed piece by piece, and the CPU chooses the elements, whichever
// device computes them.
func (a Array[T]) TopK(ctx context.Context, k, axis int, opts ...Option) (values []T, positions []int, err error) {
	n, axis, err := checkTop("top k", a.node(), k, axis)
	if err != nil {
		return nil, nil, err
	}
	if err := checkRoom(n.Size()/n.Shape[axis]*k, n.Type.Size()+int(unsafe.Sizeof(k))); err != nil {
		return nil, nil, fmt.Errorf("top k: %w", err)
	}
	ctx, finish := watch(ctx, opts)
	defer func() { finish(&err) }()
	t := newTop[T](n, k, axis)
	run := t.run
	if t.fused(n, axis, opts) {
		run = t.runFused
	}
	if err := run(ctx, opts); err != nil {
		return nil, nil, fmt.Errorf("top k: %w", err)
	}
	return t.values, t.positions, nil
}

// Smallest is the k smallest elements along an axis, in ascending order: the array's
// shape with k, at most kernels.MaxTop (64), in the place of the axis' length. Of equal
// elements the first comes first; NaN comes last. A matrix of distances is not stored
// for that. The k largest are those of Neg. See TopK, which finds more, and the
// positions at the same time.
func (a Array[T]) Smallest(k, axis int) Array[T] {
	n, axis, err := checkFused("smallest", a.n, k, axis)
	if err != nil {
		return Array[T]{expr.Fail(err)}
	}
	if n.Size() == 0 {
		return Array[T]{expr.NewConst(n.Type, 0, withLength(n.Shape, axis, k))}
	}
	return Array[T]{expr.TopValues(expr.NewTop(n, k, axis), n.Type, axis)}
}

// ArgSmallest is the positions, along an axis, of the elements that Smallest gives.
func (a Array[T]) ArgSmallest(k, axis int) IntArray {
	n, axis, err := checkFused("argsmallest", a.n, k, axis)
	if err != nil {
		return IntArray{expr.Fail(err)}
	}
	if n.Size() == 0 {
		return IntArray{expr.NewConst(kernels.I64, 0, withLength(n.Shape, axis, k))}
	}
	return IntArray{expr.TopPositions(expr.NewTop(n, k, axis), axis)}
}

// checkTop makes the axis one of 0, 1, … and checks that there are k elements along it.
func checkTop(op string, n *expr.Node, k, axis int) (*expr.Node, int, error) {
	if n = expr.Check(n); n.Err != nil {
		return n, 0, n.Err
	}
	rank := len(n.Shape)
	if axis < -rank || axis >= rank {
		return n, 0, fmt.Errorf("%s: axis %d of shape %v, expected %d to %d", op, axis, n.Shape, -rank, rank-1)
	}
	if axis < 0 {
		axis += rank
	}
	if length := n.Shape[axis]; k < 1 || k > length {
		return n, 0, fmt.Errorf("%s: k = %d along axis %d of shape %v, expected 1 to %d", op, k, axis, n.Shape, length)
	}
	return n, axis, nil
}

// mostTopAxes are those of an array of which one kernel finds the smallest elements:
// positions and values lie along one more.
const mostTopAxes = expr.MaxAxes - 1

// checkFused is checkTop for what one kernel keeps.
func checkFused(op string, n *expr.Node, k, axis int) (*expr.Node, int, error) {
	n, axis, err := checkTop(op, n, k, axis)
	switch {
	case err != nil:
	case k > kernels.MaxTop:
		err = fmt.Errorf("%s: k = %d, expected at most %d; TopK and Sort find more", op, k, kernels.MaxTop)
	case len(n.Shape) > mostTopAxes:
		err = fmt.Errorf("%s: shape %v, expected at most %d axes", op, n.Shape, mostTopAxes)
	}
	return n, axis, err
}

// withLength is a shape with one length changed.
func withLength(shape []int, axis, length int) []int {
	out := slices.Clone(shape)
	out[axis] = length
	return out
}

// CountBelow is how many elements along axes are less than r; without axes, of all.
// NaN does not count. Up to 2²⁴ the count is exact in float32 too.
func (a Array[T]) CountBelow(r T, axes ...int) Array[T] {
	return a.withAxes("count below", axes).LessScalar(r).Sum(axes...)
}

// top is a search under way.
type top[T Float] struct {
	node      *expr.Node // of all that is found, if that takes one kernel and little memory
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

// fused reports whether the search is one evaluation that stores little, and prepares
// it.
func (t *top[T]) fused(n *expr.Node, axis int, opts []Option) bool {
	if t.k > kernels.MaxTop || len(n.Shape) > mostTopAxes || n.Size() == 0 {
		return false
	}
	t.node = expr.NewTop(n, t.k, axis)
	o := merge(opts)
	b, err := o.engineOrDefault().bind(t.node, &o)
	return err == nil && b.entry.held <= b.smallBudget()
}

// runFused evaluates the search as a whole. Of each line there are the positions, then
// the values.
func (t *top[T]) runFused(ctx context.Context, opts []Option) error {
	found := make([]int64, t.node.Size())
	if err := into(ctx, t.node, kernels.I64, bytesOf(found), opts); err != nil {
		return err
	}
	rows := t.rows.Shape[0]
	inParallel(rows, len(found), func(row int) {
		positions := found[row*2*t.k:][:t.k]
		values := found[(row*2+1)*t.k:][:t.k]
		at := t.first(row)
		for i := range t.k {
			t.positions[at] = int(positions[i])
			t.values[at] = fromBits[T](values[i])
			at += t.inner
		}
	})
	return nil
}

// fromBits is what expr.FromBits computes.
func fromBits[T Float](bits int64) T {
	if typeOf[T]() == kernels.F32 {
		return T(math.Float32frombits(uint32(bits)))
	}
	return T(math.Float64frombits(uint64(bits)))
}

// first is where the first of a row's results goes, those after it inner further.
func (t *top[T]) first(row int) int { return row/t.inner*t.k*t.inner + row%t.inner }

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
	at := t.first(row)
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
