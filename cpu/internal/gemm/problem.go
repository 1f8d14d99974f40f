package gemm

import (
	"context"
	"fmt"
)

// Float is an element type.
type Float interface{ float32 | float64 }

// Runner spreads work over workers. Run calls fn for disjoint ranges that cover
// [0, n), each of at most about grain items, with 0 ≤ worker < Threads(); two
// calls with the same worker never overlap, and their ranges ascend. *sched.Pool is one.
type Runner interface {
	Threads() int
	Run(ctx context.Context, n, grain int, fn func(worker, lo, hi int)) error
}

// View is a strided matrix: element (i, j) is Data[Offset+i·RowStride+j·ColStride].
// Strides count elements and may be zero or negative.
type View[T Float] struct {
	Data                         []T
	Offset, RowStride, ColStride int
}

// Problem describes a contraction of A (M×K) with B (K×N) into an M×N result.
//
// The callbacks are called from several goroutines, never from two with the same
// worker number at once; worker is below the Runner's Threads().
type Problem[T Float] struct {
	M, N, K int
	Term    Term

	// Each operand is a view, or is computed while it is packed if one of its Fills is
	// not nil: by pieces of its rows or of its columns, whichever is quicker. An element may be
	// asked for more than once.
	A, B View[T]
	// FillA sets dst to a[row, k0:k1].
	FillA func(worker int, dst []T, row, k0, k1 int)
	// FillAColumn sets dst to a[i0:i1, k].
	FillAColumn func(worker int, dst []T, k, i0, i1 int)
	// FillB sets dst to b[k, j0:j1].
	FillB func(worker int, dst []T, k, j0, j1 int)
	// FillBColumn sets dst to b[k0:k1, column].
	FillBColumn func(worker int, dst []T, column, k0, k1 int)

	// W has the weights of a weighted term: w[k] is its element (0, k).
	W View[T]

	// C receives the result unless Fold is set. Its columns must be adjacent
	// (ColStride 1) and it must not overlap A or B.
	C View[T]
	// Post, if not nil, is called on every finished piece of a row of C,
	// c = C[row, col:col+len(c)], while it is in cache.
	Post func(worker, row, col int, c []T)

	// Fold, if not nil, takes the result in strips instead of C, so that an M×N
	// matrix never exists: the strip holds rows row0:row0+rows and columns
	// col0:col0+cols, where col0 is a multiple of StripColumns and cols is
	// StripColumns but for the last. Element (i, j) of it is strip[i·ld+j]. The
	// strips of a row come in ascending order of columns, one at a time. Of terms with two
	// accumulators, which need a Fold, row i is rows 2·i and 2·i+1 of the strip.
	Fold func(worker, row0, rows, col0, cols int, strip []T, ld int)
}

// StripColumns is the width of the strips handed to Fold.
const StripColumns = 4096

// ChunkK is the length of k after which a new chain is begun.
const ChunkK = 8192

func (p *Problem[T]) validate() error {
	if p.M < 0 || p.N < 0 || p.K < 0 {
		return fmt.Errorf("contract: negative size in %d×%d×%d (m×k×n)", p.M, p.K, p.N)
	}
	if p.Term >= numTerms {
		return fmt.Errorf("contract: unknown %v (want one of %v)", p.Term, termNames)
	}
	if p.FillA == nil && p.FillAColumn == nil {
		if err := p.A.check("a", p.M, p.K); err != nil {
			return err
		}
	}
	if p.FillB == nil && p.FillBColumn == nil {
		if err := p.B.check("b", p.K, p.N); err != nil {
			return err
		}
	}
	if p.Term.IsWeighted() {
		if err := p.W.check("weights", 1, p.K); err != nil {
			return err
		}
	}
	if p.Fold != nil {
		return nil
	}
	if p.Term.Accs() > 1 {
		return fmt.Errorf("contract: %v without Fold", p.Term)
	}
	if p.C.ColStride != 1 || p.M > 1 && p.C.RowStride < p.N && p.C.RowStride > -p.N {
		return fmt.Errorf("contract: result strides are %d, %d (want at least %d, and 1)", p.C.RowStride, p.C.ColStride, p.N)
	}
	return p.C.check("result", p.M, p.N)
}

// check reports whether every element of a rows×cols view is inside its data.
func (v View[T]) check(name string, rows, cols int) error {
	if rows == 0 || cols == 0 {
		return nil
	}
	r, c := (rows-1)*v.RowStride, (cols-1)*v.ColStride
	first := v.Offset + min(r, 0) + min(c, 0)
	last := v.Offset + max(r, 0) + max(c, 0)
	if first < 0 || last >= len(v.Data) {
		return fmt.Errorf("contract: %d×%d view of %s spans elements %d to %d of %d", rows, cols, name, first, last, len(v.Data))
	}
	return nil
}
