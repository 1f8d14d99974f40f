package contract

import (
	"context"
	"errors"
	"slices"
	"unsafe"

	"github.com/quern-go/quern/cpu/internal/exec"
	"github.com/quern-go/quern/cpu/internal/gemm"
	"github.com/quern-go/quern/cpu/internal/vm"
	"github.com/quern-go/quern/internal/meter"
	"github.com/quern-go/quern/kernels"
)

// launch is the state of one launch, or of one worker's batches of a launch.
type launch struct {
	*Program
	args   *exec.Args
	runner gemm.Runner
	work   *gemm.Workspace

	batch      []int
	rows, cols axis // of the result as it is computed
	exchanged  bool // they are n and m
	depth      int  // k

	// row runs along k at rows, col along the columns at ks, or if they are turned the other
	// way round; finish runs along the columns at rows, last along the rows.
	row, col, finish, last line
	byK                    []vector // what the step reads for each k, in the batch
	fold                   rowFold
	workers                []*worker

	problem32 gemm.Problem[float32]
	problem64 gemm.Problem[float64]
}

// axis is one side of the result.
type axis struct {
	n       int
	index   int // in the shape
	operand int // input of PreA or PreB, if that is a plain load of it; else −1
}

// begin makes the state ready for a launch.
func (l *launch) begin(p *Program, args *exec.Args, runner gemm.Runner) {
	l.Program, l.args, l.runner = p, args, runner
	for len(l.workers) < runner.Threads() {
		l.workers = append(l.workers, nil)
	}
	batches := len(args.Shape) - 3
	l.batch = slices.Grow(l.batch[:0], batches)[:batches]
	l.rows = axis{args.Shape[batches], batches, plainLoad(&l.kernel.PreA)}
	l.cols = axis{args.Shape[batches+1], batches + 1, plainLoad(&l.kernel.PreB)}
	l.depth = args.Shape[batches+2]
	if l.exchanged = l.worthExchanging(); l.exchanged {
		l.rows, l.cols = l.cols, l.rows
	}
}

// worthExchanging reports whether to compute the transposed result, because the
// outputs lie along m or because there are too few columns to make blocks of.
func (l *launch) worthExchanging() bool {
	const few = 256 // columns, for steps on vm
	if l.kernel.Fold != nil || l.rows.n == 1 {
		return false
	}
	if l.cols.n == 1 || !l.named && l.cols.n < min(few, l.rows.n) {
		return true
	}
	return !l.anyAlong(l.cols.index) && l.anyAlong(l.rows.index)
}

// anyAlong reports whether the elements of any output are adjacent along an axis.
func (l *launch) anyAlong(axis int) bool {
	for _, out := range l.args.Outs {
		if out.Strides[axis] == 1 {
			return true
		}
	}
	return false
}

// plainLoad is the input that a body only hands on, or −1.
func plainLoad(b *kernels.Body) int {
	if slot, ok := b.IsLoad(); ok {
		return slot
	}
	return -1
}

// smallWork is the work, in steps, below which a batch is not shared out among
// the workers: some 20 µs of one core in gemm.
const smallWork = 2 << 20

// Run computes a launch. It stops between blocks with ctx's error when ctx ends.
func (p *Program) Run(ctx context.Context, args *exec.Args) error {
	axes := len(args.Shape)
	batches, steps := 1, 1.0
	for _, n := range args.Shape[:axes-3] {
		batches *= n
	}
	for _, n := range args.Shape[axes-3:] {
		steps *= float64(n)
	}
	if batches > 1 && p.pool.Threads() > 1 && steps < smallWork {
		return p.runShared(ctx, args, batches, steps)
	}
	l := p.memory.take()
	defer p.memory.give(l)
	l.begin(p, args, p.pool)
	return l.run(ctx, 0, batches)
}

// runShared deals the batches to the workers.
func (p *Program) runShared(ctx context.Context, args *exec.Args, batches int, steps float64) error {
	grain := max(1, min(batches/(4*p.pool.Threads()), int(smallWork/(steps+1))))
	errs := make([]error, p.pool.Threads())
	err := p.pool.Run(ctx, batches, grain, func(id, lo, hi int) {
		if errs[id] != nil {
			return
		}
		l := p.memory.take()
		defer p.memory.give(l)
		l.begin(p, args, alone{})
		errs[id] = l.run(meter.Off(ctx), lo, hi)
	})
	if err != nil {
		return err
	}
	return errors.Join(errs...)
}

// alone is a Runner without helpers.
type alone struct{}

func (alone) Threads() int { return 1 }

func (alone) Run(ctx context.Context, n, grain int, fn func(worker, lo, hi int)) error {
	for lo := 0; lo < n; lo += grain {
		if err := ctx.Err(); err != nil {
			return err
		}
		fn(0, lo, min(n, lo+grain))
	}
	return nil
}

// run computes batches lo … hi.
func (l *launch) run(ctx context.Context, lo, hi int) error {
	for b := lo; b < hi; b++ {
		rest := b
		for i := len(l.batch) - 1; i >= 0; i-- {
			l.batch[i] = rest % l.args.Shape[i]
			rest /= l.args.Shape[i]
		}
		if err := l.runBatch(meter.Part(ctx, float64(b-lo)/float64(hi-lo), float64(b+1-lo)/float64(hi-lo))); err != nil {
			return err
		}
	}
	return l.missed()
}

// runBatch computes one batch.
func (l *launch) runBatch(ctx context.Context) error {
	rowProg, colProg, k := l.preA, l.preB, len(l.args.Shape)-1
	if l.exchanged {
		rowProg, colProg = colProg, rowProg
	}
	l.putOperand(&l.row, rowProg, l.rows, axes{l.batch, l.rows.index, k})
	l.putOperand(&l.col, colProg, l.cols, axes{l.batch, k, l.cols.index})
	l.placeByK(k)
	across := axes{l.batch, l.rows.index, l.cols.index}
	if l.kernel.Fold != nil {
		l.finish.put(l.post, l.table, l.args, across, results{})
		l.last.put(l.foldPost, l.table, l.args, axes{l.batch, -1, l.rows.index}, results{arrays: l.args.Outs})
		for o := range l.last.outs {
			if l.kernel.Fold.Top > 0 { // one value of a row after another: only the outputs change
				l.last.outs[o].outer = l.args.Outs[o].Strides[l.cols.index]
			}
		}
		return l.runFold(ctx)
	}
	l.finish.put(l.post, l.table, l.args, across, results{arrays: l.args.Outs, inPlace: l.named})
	all := part{rows: span{0, l.rows.n}, cols: span{0, l.cols.n}}
	if l.named {
		return l.runGemm(ctx, all)
	}
	return l.runSteps(ctx, all)
}

// putOperand places the line of an operand, turned if gemm computes it and most of what it
// is computed of lies along the other axis.
func (l *launch) putOperand(ln *line, prog *vm.Program, of axis, at axes) {
	ln.turned = l.named && of.operand < 0 && l.lies(prog, at.outer) > l.lies(prog, at.inner)
	if ln.turned {
		at.outer, at.inner = at.inner, at.outer
	}
	ln.put(prog, l.table, l.args, at, results{dst: true})
}

// lies is how much is gained if a program runs along an axis: what counts up by one there
// need not be gathered, and random words that do are drawn many at a time.
func (l *launch) lies(prog *vm.Program, axis int) (gain int) {
	const index = 16 // in loads: one random word is ten rounds of scalar code
	for _, leaf := range prog.Leaves() {
		switch {
		case leaf.Op == kernels.OpLoad && l.args.Ins[leaf.Slot].Strides[axis] == 1:
			gain++
		case leaf.Op == kernels.OpIndex && l.args.Indices[leaf.Slot].Strides[axis] == 1:
			gain += index
		}
	}
	return gain
}

// vector is an input of which there is one element for each k.
type vector struct {
	base         unsafe.Pointer // of element 0
	stride, size int            // in elements, and bytes of an element
}

// at is where element k is.
func (v *vector) at(k int) unsafe.Pointer { return unsafe.Add(v.base, k*v.stride*v.size) }

// placeByK finds what the step reads for each k, which is an axis of the shape.
func (l *launch) placeByK(k int) {
	l.byK = l.byK[:0]
	for _, slot := range l.loads {
		in := &l.args.Ins[slot]
		at := axes{batch: l.batch}
		size := l.kernel.Ins[slot].Size()
		l.byK = append(l.byK, vector{unsafe.Add(in.Base, at.offset(in.Strides)*size), in.Strides[k], size})
	}
}

// missed reports, and forgets, positions that gathers did not find.
func (l *launch) missed() error {
	missed := false
	for _, w := range l.workers {
		if w != nil {
			missed = missed || w.row.Missed || w.col.Missed
			w.row.Missed, w.col.Missed = false, false
		}
	}
	if missed {
		return errMissed
	}
	return nil
}

// span is positions lo … hi of an axis.
type span struct{ lo, hi int }

func (s span) len() int { return s.hi - s.lo }

// part is a part of the result.
type part struct{ rows, cols span }
