package gemm

import (
	"context"
	"fmt"
	"math"
	"math/rand/v2"
	"testing"

	"github.com/quern-go/quern/cpu/internal/simd"
)

// TestWeightsAndPairs has the terms with weights, two accumulators or both, around the
// edges of tiles, blocks and chunks, in C and in strips.
func TestWeightsAndPairs(t *testing.T) {
	for _, level := range simd.Levels() {
		for term := BrayCurtis; term < numTerms; term++ {
			if !Supports(level, term) {
				continue
			}
			t.Run(fmt.Sprintf("%v/%v", level, term), func(t *testing.T) {
				for i, s := range [][3]int{
					{1, 1, 1}, {2, 3, 0}, {7, 16, 5}, {8, 33, 17}, {29, 31, 40}, {40, 7, 9}, {300, 2, 6}, {5, 4200, 3}, {43, 65, 33}, {3, 5, 8200},
				} {
					workers := []int{1, 2, 7}[i%3]
					checkWeighted[float32](t, level, term, s, workers, i)
					checkWeighted[float64](t, level, term, s, workers, i)
				}
			})
		}
	}
}

func checkWeighted[T Float](t *testing.T, level simd.Level, term Term, s [3]int, workers, number int) {
	t.Helper()
	m, n, k := s[0], s[1], s[2]
	r := rand.New(rand.NewPCG(uint64(number), 8))
	next := func() T { return uniform[T](r) }
	if k < 40 && number%2 == 1 {
		next = func() T { return special[T](r) }
	}
	layouts := []string{"row", "col", "gap", "neg"}
	a, b := newMatrix(layouts[number%4], m, k, next), newMatrix(layouts[number/2%4], k, n, next)
	weights := newMatrix(layouts[number%4], 1, k, next)
	c := newMatrix("row", m*term.Accs(), n, next)
	p := &Problem[T]{M: m, N: n, K: k, Term: term, A: a.View, B: b.View, W: weights.View, C: c.View}
	if term.Accs() == 2 || number%2 == 0 {
		p.Fold = func(_, row0, rows, col0, cols int, strip []T, ld int) {
			for i := range rows * term.Accs() {
				copy(c.Data[c.index(row0*term.Accs()+i, col0):][:cols], strip[i*ld:])
			}
		}
	}
	w := NewWorkspace(tinyCaches)
	w.eager = true
	if err := Run(context.Background(), goroutines(workers), level, w, p); err != nil {
		t.Fatal(err)
	}
	for i := range m {
		for j := range n {
			want := weightedReference(term, k, func(k int) (x, y, w T) { return a.at(i, k), b.at(k, j), weights.at(0, k) })
			for acc := range term.Accs() {
				if got := c.at(i*term.Accs()+acc, j); !sameBits(got, want[acc]) {
					t.Fatalf("%T, %v: accumulator %d of (%d,%d) = %v, want %v", got, s, acc, i, j, got, want[acc])
				}
			}
		}
	}
	for _, x := range []matrix[T]{a, b, weights} {
		x.checkUntouched(t, "an operand", true)
	}
	c.checkUntouched(t, "c", false)
}

// weightedReference computes the accumulators of one output.
func weightedReference[T Float](t Term, k int, at func(k int) (a, b, w T)) (total [2]T) {
	for k0 := 0; k0 < k; k0 += ChunkK {
		var acc [2]T
		for i := k0; i < min(k, k0+ChunkK); i++ {
			a, b, w := at(i)
			acc = weightedStep(t, acc, a, b, w)
		}
		if k0 == 0 {
			total = acc
			continue
		}
		total[0] += acc[0]
		total[1] += acc[1]
	}
	return total
}

func weightedStep[T Float](t Term, acc [2]T, a, b, w T) [2]T {
	size := func(x T) T { return T(math.Abs(float64(x))) }
	d, s := size(a-b), size(a+b)
	add := func(x T, acc T) T { return refFMA(w, x, acc) }
	switch t {
	case BrayCurtis:
		return [2]T{acc[0] + d, acc[1] + s}
	case WeightedBrayCurtis:
		return [2]T{add(d, acc[0]), add(s, acc[1])}
	case WeightedSqDiff:
		d *= d
	case WeightedCubeDiff:
		d = T(d*d) * d
	case WeightedNotEqual:
		if a == b {
			return acc
		}
		return [2]T{acc[0] + w, 0}
	case WeightedCanberra:
		whole := size(a) + size(b)
		if d /= whole; whole == 0 {
			d = 0
		}
	}
	return [2]T{add(d, acc[0]), 0}
}
