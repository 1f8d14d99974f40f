package gemm

import (
	"context"
	"fmt"
	"math"
	"math/rand/v2"
	"sync"
	"testing"
)

// goroutines is a Runner that starts a goroutine per worker.
type goroutines int

func (g goroutines) Threads() int { return int(g) }

func (g goroutines) Run(ctx context.Context, n, grain int, fn func(worker, lo, hi int)) error {
	next := make(chan int)
	var wg sync.WaitGroup
	for w := range int(g) {
		wg.Go(func() {
			for lo := range next {
				fn(w, lo, min(n, lo+grain))
			}
		})
	}
	for lo := 0; lo < n; lo += grain {
		next <- lo
	}
	close(next)
	wg.Wait()
	return ctx.Err()
}

// reference computes one element of a contraction as the package comment says.
func reference[T Float](t Term, k int, a, b func(k int) T) T {
	var total T
	for k0 := 0; k0 < k || k0 == 0; k0 += ChunkK {
		var acc T
		for i := k0; i < min(k, k0+ChunkK); i++ {
			acc = refStep(t, acc, a(i), b(i))
		}
		switch {
		case k0 == 0:
			total = acc
		case t == MaxAbsDiff:
			total = max(total, acc)
		default:
			total += acc
		}
	}
	return total
}

func refStep[T Float](t Term, acc, a, b T) T {
	d := a - b
	if t >= AbsDiff {
		d = T(math.Abs(float64(d)))
	}
	switch t {
	case FMA:
		return refFMA(a, b, acc)
	case SqDiff:
		return refFMA(d, d, acc)
	case AbsDiff:
		return acc + d
	case MaxAbsDiff:
		return max(acc, d)
	case NotEqual:
		if a == b {
			return acc
		}
		return acc + 1
	case Canberra:
		size := T(math.Abs(float64(a))) + T(math.Abs(float64(b)))
		if size == 0 {
			return acc
		}
		return acc + d/size
	default:
		return refFMA(T(d*d), d, acc)
	}
}

func refFMA[T Float](x, y, z T) T {
	if _, ok := any(x).(float32); ok {
		return T(fma32(float32(x), float32(y), float32(z))) // tested by itself in TestFMA32
	}
	return T(math.FMA(float64(x), float64(y), float64(z)))
}

// sameBits is equality of bits, all NaN being equal.
func sameBits[T Float](x, y T) bool {
	return x == y && math.Signbit(float64(x)) == math.Signbit(float64(y)) || x != x && y != y
}

// A filler makes test values.
type filler[T Float] func(r *rand.Rand) T

func uniform[T Float](r *rand.Rand) T { return T(r.Float64()*2 - 1) }

// special mixes in the values that arithmetic treats specially.
func special[T Float](r *rand.Rand) T {
	if r.IntN(3) > 0 {
		return uniform[T](r)
	}
	tiny := math.SmallestNonzeroFloat64
	if _, ok := any(T(0)).(float32); ok {
		tiny = math.SmallestNonzeroFloat32
	}
	values := []float64{0, math.Copysign(0, -1), tiny, -tiny, tiny * 12345, 1, -1, 3e38, -3e38, 1e-20, 1e-38}
	if r.IntN(40) == 0 {
		values = []float64{math.Inf(1), math.Inf(-1), math.NaN(), -math.NaN()}
	}
	return T(values[r.IntN(len(values))])
}

// guardElements is the number of NaN before and after every matrix: reading one
// shows in the result, and writing one is noticed.
const guardElements = 37

// matrix is a strided matrix inside a larger slice whose other elements are NaN.
type matrix[T Float] struct {
	View[T]
	rows, cols int
	before     []T
}

// newMatrix lays out a matrix: layout is one of row, col, gap (strides with gaps),
// neg (both strides negative).
func newMatrix[T Float](layout string, rows, cols int, fill func() T) matrix[T] {
	m := matrix[T]{rows: rows, cols: cols}
	r, c := max(rows, 1), max(cols, 1)
	m.Offset = guardElements
	switch layout {
	case "row":
		m.RowStride, m.ColStride = c+3, 1
	case "col":
		m.RowStride, m.ColStride = 1, r+2
	case "gap":
		m.RowStride, m.ColStride = 2*c+5, 2
	case "neg":
		m.RowStride, m.ColStride = -(c + 1), -1
		m.Offset += (r-1)*(c+1) + c - 1
	default:
		panic(fmt.Sprintf("unknown layout %q", layout))
	}
	span := (r-1)*abs1(m.RowStride) + (c-1)*abs1(m.ColStride) + 1
	m.Data = make([]T, span+2*guardElements)
	for i := range m.Data {
		m.Data[i] = T(math.NaN())
	}
	for i := range rows {
		for j := range cols {
			m.Data[m.index(i, j)] = fill()
		}
	}
	m.before = append([]T(nil), m.Data...)
	return m
}

func abs1(x int) int { return max(x, -x) }

func (m *matrix[T]) index(i, j int) int { return m.Offset + i*m.RowStride + j*m.ColStride }

func (m *matrix[T]) at(i, j int) T { return m.Data[m.index(i, j)] }

// checkUntouched fails if elements outside the matrix, or inside it unless inside
// is allowed, have changed.
func (m *matrix[T]) checkUntouched(t *testing.T, name string, insideToo bool) {
	t.Helper()
	inside := make([]bool, len(m.Data))
	if !insideToo {
		for i := range m.rows {
			for j := range m.cols {
				inside[m.index(i, j)] = true
			}
		}
	}
	for i, x := range m.Data {
		if !inside[i] && !sameBits(x, m.before[i]) {
			t.Fatalf("%s: element %d of its memory changed from %v to %v", name, i, m.before[i], x)
		}
	}
}
