package contract

import (
	"context"
	"errors"
	"fmt"
	"unsafe"

	"github.com/quern-go/quern/cpu/internal/fold"
	"github.com/quern-go/quern/cpu/internal/simd"
	"github.com/quern-go/quern/cpu/internal/vm"
	"github.com/quern-go/quern/kernels"
)

// Steps without a name, on vm.

// maxAccs is the largest number of accumulators: a vm.Key has so many bits.
const maxAccs = 60

// maxKeyed is how many leaves a vm.Key has bits for.
const maxKeyed = 64

// stepProgram is a Step prepared for rows of columns: one of its arguments is a
// block, the other a scalar.
type stepProgram struct {
	code  [2]*vm.Code // [1]: of exchanged operands
	args  [2]int      // leaf of a and of b, or −1
	accs  []int       // leaf of each accumulator, or −1
	byK   []byK       // leaves that depend on k alone
	width [2]int      // columns of a block
	sizes [2]int      // bytes of an element of a and of b
	bytes int         // of all accumulators of one output
}

// byK is a leaf that is an input of which there is one element for each k.
type byK struct{ leaf, slot int }

func newStepProgram(table *simd.Table, c *kernels.Contract) (*stepProgram, error) {
	if len(c.Accs) > maxAccs {
		return nil, fmt.Errorf("contract: %d accumulators, the CPU takes %d: %w", len(c.Accs), maxAccs, errors.ErrUnsupported)
	}
	prog, err := vm.Compile(table, &c.Step)
	if err != nil {
		return nil, fmt.Errorf("contract: step: %w", err)
	}
	s := &stepProgram{args: [2]int{-1, -1}, accs: make([]int, len(c.Accs))}
	for i, acc := range c.Accs {
		s.accs[i] = -1
		s.bytes += acc.Type.Size()
	}
	key := vm.Key{Direct: 1<<len(c.Accs) - 1}
	for i, leaf := range prog.Leaves() {
		switch leaf.Op {
		case kernels.OpArg:
			s.args[leaf.Slot] = i
		case kernels.OpLoad:
			if i >= maxKeyed {
				return nil, fmt.Errorf("contract: a step that reads %d inputs or accumulators, the CPU takes %d: %w", i+1, maxKeyed, errors.ErrUnsupported)
			}
			s.byK = append(s.byK, byK{i, leaf.Slot})
			key.Uniform |= 1 << i
		default:
			s.accs[leaf.Slot] = i
		}
	}
	s.sizes = [2]int{c.PreA.ResultTypes()[0].Size(), c.PreB.ResultTypes()[0].Size()}
	for x := range s.code {
		own := key
		if leaf := s.args[x]; leaf >= 0 {
			own.Uniform |= 1 << leaf
		}
		s.code[x] = prog.Code(own)
		s.width[x] = s.blockWidth(s.code[x].Block, s.sizes[1-x])
	}
	return s, nil
}

// blockWidth is the number of columns for which the accumulators, before and after
// a step, and a row of b leave half of the L1 cache to the step's registers.
func (s *stepProgram) blockWidth(block, size int) int {
	const budget = 24 << 10
	width := min(block, simd.Block)
	for width > 256 && width*(2*s.bytes+size) > budget {
		width /= 2
	}
	return width
}

// stepState is a worker's memory for steps.
type stepState struct {
	frame vm.Frame
	chain buffer      // accumulators by row, of the chunk under way
	total buffer      // by row, of the chunks before it
	next  buffer      // accumulators after a step
	panel buffer      // rows of b
	row   buffer      // a
	trees []fold.Tree // by row
}

// stepPlan is how steps are cut.
type stepPlan struct {
	rows, width int // of a task's blocks
	ld          int // elements from one accumulator, or row of b, to the next
	depth       int // ks packed at a time
	group       int // columns of a task
	colSize     int // bytes of an element of the operand that is a block
	rowSize     int // of the one that is a scalar
	kept        int // rows whose accumulators are kept
}

// Memory budgets of a worker, in bytes.
const (
	panelBudget = 512 << 10 // packed rows of b
	chainBudget = 256 << 10 // accumulators, if the panel does not hold all k
)

// The rows for which a panel is packed once.
const fewestRows, mostRows = 32, 256

func (l *launch) planSteps(p part) stepPlan {
	x := 0
	if l.exchanged {
		x = 1
	}
	s := stepPlan{colSize: l.step.sizes[1-x], rowSize: l.step.sizes[x], kept: 1}
	s.width = min(l.step.width[x], p.cols.len())
	s.ld = ceilDiv(s.width, 16) * 16 // whole cache lines
	s.depth = max(1, min(l.depth, kernels.ChunkK, max(16, panelBudget/(s.width*s.colSize))))
	s.group = s.width
	if l.kernel.Fold != nil {
		s.group = kernels.TreeBlock
	}
	groups := ceilDiv(p.cols.len(), s.group)
	s.rows = max(fewestRows, ceilDiv(p.rows.len()*groups, 4*l.runner.Threads()))
	s.rows = min(s.rows, p.rows.len(), mostRows)
	if l.depth > s.depth {
		s.rows = max(1, min(s.rows, chainBudget/(s.ld*l.step.bytes)))
		s.kept = s.rows
	}
	return s
}

func ceilDiv(a, b int) int { return (a + b - 1) / b }

// runSteps computes a part of the result.
func (l *launch) runSteps(ctx context.Context, p part) error {
	plan := l.planSteps(p)
	rowBlocks := ceilDiv(p.rows.len(), plan.rows)
	tasks := rowBlocks * ceilDiv(p.cols.len(), plan.group)
	const small = 64 << 10 // steps that are not worth waking a worker
	grain := 1
	if work := float64(p.rows.len()) * float64(p.cols.len()) * float64(l.depth+1); work < small {
		grain = tasks
	}
	err := l.runner.Run(ctx, tasks, grain, func(id, lo, hi int) {
		w := l.worker(id)
		w.steps.begin(l, &plan)
		for t := lo; t < hi; t++ {
			r0 := p.rows.lo + t%rowBlocks*plan.rows
			c0 := p.cols.lo + t/rowBlocks*plan.group
			l.stepTask(ctx, w, &plan, part{
				rows: span{r0, min(r0+plan.rows, p.rows.hi)},
				cols: span{c0, min(c0+plan.group, p.cols.hi)},
			})
		}
	})
	if err == nil {
		err = ctx.Err() // tasks stop early without saying so
	}
	return err
}

// begin makes room and binds the step.
func (s *stepState) begin(l *launch, plan *stepPlan) {
	code := l.step.code[0]
	if l.exchanged {
		code = l.step.code[1]
	}
	s.frame.Bind(code, l.args.Params, nil)
	s.chain.reserve(plan.kept * plan.ld * l.step.bytes)
	s.next.reserve(plan.ld * l.step.bytes)
	s.panel.reserve(plan.depth * plan.ld * plan.colSize)
	s.row.reserve(plan.depth * plan.rowSize)
	if l.depth > kernels.ChunkK {
		s.total.reserve(plan.kept * plan.ld * l.step.bytes)
	}
	for f := l.kernel.Fold; f != nil && f.Top == 0 && len(s.trees) < plan.rows; {
		s.trees = append(s.trees, fold.Tree{})
		s.trees[len(s.trees)-1].Init(l.table, f.Accs, kernels.TreeBlock)
	}
}

// stepTask computes some rows of a group of columns.
func (l *launch) stepTask(ctx context.Context, w *worker, plan *stepPlan, p part) {
	var trees []fold.Tree
	if f := l.kernel.Fold; f != nil && f.Top == 0 {
		trees = w.steps.trees[:p.rows.len()]
	}
	for i := range trees {
		trees[i].ResetAt(int64(p.cols.lo))
	}
	for j := p.cols.lo; j < p.cols.hi; j += plan.width {
		l.stepBlock(ctx, w, plan, part{p.rows, span{j, min(j+plan.width, p.cols.hi)}})
	}
	for i := range trees {
		trees[i].Finish(l.fold.at(p.rows.lo+i, p.cols.lo/kernels.TreeBlock))
	}
}

// stepBlock takes a block of the result through all k.
func (l *launch) stepBlock(ctx context.Context, w *worker, plan *stepPlan, p part) {
	for k0 := 0; ctx.Err() == nil; {
		chunkEnd := min(l.depth, k0/kernels.ChunkK*kernels.ChunkK+kernels.ChunkK)
		ks := span{k0, min(k0+plan.depth, chunkEnd)}
		l.packPanel(w, plan, p.cols, ks)
		for i := p.rows.lo; i < p.rows.hi; i++ {
			l.stepRow(w, plan, i, i-p.rows.lo, p.cols, ks)
		}
		if k0 = ks.hi; k0 == l.depth {
			return
		}
	}
}

// packPanel sets the panel's row number k−ks.lo to b[k, cols].
func (l *launch) packPanel(w *worker, plan *stepPlan, cols, ks span) {
	panel := w.steps.panel.p
	if l.cols.operand >= 0 && l.col.leaves[0].outer == 1 {
		in := &l.col.leaves[0]
		src := unsafe.Add(in.base, (ks.lo+cols.lo*in.inner)*in.size)
		l.table.Transpose[in.size](panel, plan.ld, src, in.inner, ks.len(), cols.len())
		return
	}
	for k := ks.lo; k < ks.hi; k++ {
		dst := unsafe.Add(panel, (k-ks.lo)*plan.ld*plan.colSize)
		l.col.run(&w.col, &segment{outer: k, from: cols.lo, n: cols.len(), dst: dst})
	}
}

// stepRow takes row i, the task's number r, through ks, and finishes it if these
// are the last.
func (l *launch) stepRow(w *worker, plan *stepPlan, i, r int, cols, ks span) {
	n, s := cols.len(), &w.steps
	slot := r % plan.kept * plan.ld * l.step.bytes
	chain := unsafe.Add(s.chain.p, slot)
	if ks.lo%kernels.ChunkK == 0 {
		l.startChains(chain, plan.ld, n)
	}
	l.row.run(&w.row, &segment{outer: i, from: ks.lo, n: ks.len(), dst: s.row.p})
	l.advance(s, plan, chain, n, ks)
	if ks.hi < l.depth && ks.hi%kernels.ChunkK != 0 {
		return
	}
	if l.depth > kernels.ChunkK {
		total := unsafe.Add(s.total.p, slot)
		l.joinChunk(total, chain, plan.ld, n, ks.hi <= kernels.ChunkK)
		chain = total
	}
	if ks.hi < l.depth {
		return
	}
	seg := segment{outer: i, from: cols.lo, n: n, accs: w.accs}
	for a, acc := range l.kernel.Accs {
		seg.accs[a] = chain
		chain = unsafe.Add(chain, plan.ld*acc.Type.Size())
	}
	switch f := l.kernel.Fold; {
	case f == nil:
		l.finish.run(&w.finish, &seg)
	case f.Top > 0:
		l.feedTop(w, &seg)
	default:
		l.feedFold(w, &s.trees[r], &seg)
	}
}

// startChains sets the accumulators, one after another, to Start.
func (l *launch) startChains(p unsafe.Pointer, ld, n int) {
	for a, acc := range l.kernel.Accs {
		size := acc.Type.Size()
		l.table.Fill[size](p, unsafe.Pointer(&l.kernel.Start[a]), n)
		p = unsafe.Add(p, ld*size)
	}
}

// joinChunk combines a chunk's result with those of the chunks before.
func (l *launch) joinChunk(total, chain unsafe.Pointer, ld, n int, first bool) {
	for _, acc := range l.kernel.Accs {
		size := acc.Type.Size()
		if first {
			scatter(total, 1, chain, n, size)
		} else {
			l.table.AccumStrided[acc.Combine][acc.Type](total, chain, n, 1, n)
		}
		total, chain = unsafe.Add(total, ld*size), unsafe.Add(chain, ld*size)
	}
}

// advance makes the steps of ks. A step reads the accumulators in one place and
// writes them to another: the two change roles.
func (l *launch) advance(s *stepState, plan *stepPlan, chain unsafe.Pointer, n int, ks span) {
	scalar, block := l.step.args[0], l.step.args[1]
	if l.exchanged {
		scalar, block = block, scalar
	}
	from, to := chain, s.next.p
	for k := range ks.len() {
		for i, x := range l.step.byK {
			s.frame.SetLeaf(x.leaf, l.byK[i].at(ks.lo+k))
		}
		if scalar >= 0 {
			s.frame.SetLeaf(scalar, unsafe.Add(s.row.p, k*plan.rowSize))
		}
		if block >= 0 {
			s.frame.SetLeaf(block, unsafe.Add(s.panel.p, k*plan.ld*plan.colSize))
		}
		offset := 0
		for a, leaf := range l.step.accs {
			if leaf >= 0 {
				s.frame.SetLeaf(leaf, unsafe.Add(from, offset))
			}
			s.frame.SetOut(a, unsafe.Add(to, offset))
			offset += plan.ld * l.kernel.Accs[a].Type.Size()
		}
		s.frame.Run(n)
		from, to = to, from
	}
	if from != chain {
		bytes := plan.ld * l.step.bytes
		copy(unsafe.Slice((*byte)(chain), bytes), unsafe.Slice((*byte)(from), bytes))
	}
}
