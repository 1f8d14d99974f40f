package cuda

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math"

	"github.com/quern-go/quern/device"
	"github.com/quern-go/quern/device/cuda/internal/cu"
	"github.com/quern-go/quern/device/cuda/internal/cublas"
	"github.com/quern-go/quern/device/internal/queue"
	"github.com/quern-go/quern/internal/reuse"
	"github.com/quern-go/quern/kernels"
	"github.com/quern-go/quern/kernels/grid"
	"github.com/quern-go/quern/kernels/term"
)

// gemm computes a matrix product that need not be exact by cuBLAS: in TF32, which
// BF16 allows too. A launch that does not suit cuBLAS is left to the kernel.
type gemm struct {
	device *Device
	a, b   int // numbers of the inputs
	pace   queue.Pace
	free   reuse.Stack[*gemmLaunch]
}

// tensorCapability is the first compute capability with TF32.
const tensorCapability = 80

// newGemm is for a product of two inputs as they are, with nothing done to it
// afterwards; nil for other kernels, and where there is no cuBLAS.
func (d *Device) newGemm(k kernels.Kernel) *gemm {
	c, ok := k.(*kernels.Contract)
	if !ok || c.Precision == kernels.Exact || c.Fold != nil || d.found.facts.capability < tensorCapability {
		return nil
	}
	if step, t := term.Match(c); step != term.FMA || t != kernels.F32 {
		return nil
	}
	a, loadsA := c.PreA.IsLoad()
	b, loadsB := c.PreB.IsLoad()
	if !loadsA || !loadsB || c.Ins[a] != kernels.F32 || c.Ins[b] != kernels.F32 || !isAcc(&c.Post) {
		return nil
	}
	if _, err := d.blas(); err != nil {
		return nil
	}
	return &gemm{device: d, a: a, b: b}
}

// isAcc says that a body gives the first accumulator.
func isAcc(b *kernels.Body) bool {
	return len(b.Results) == 1 && b.Insts[b.Results[0]].Op == kernels.OpAcc && b.Insts[b.Results[0]].Imm == 0
}

// The smallest product for which cuBLAS is asked, the most of one launch, and how many
// rows of the result a group is.
const (
	leastSide  = 17
	leastDepth = 8
	mostGemms  = 64
	gemmRows   = 256
)

// matrix is where a matrix lies: strides in elements along its own axis, i or j, and
// along k.
type matrix struct{ along, deep int }

// stored is the distance between its columns as cuBLAS has them, and whether it is
// transposed there; the first of the factors has columns along its own axis, the second
// along k.
func (x matrix) stored(first bool, length, k int) (ld int, transposed, ok bool) {
	switch {
	case x.along == 1 && x.deep >= length:
		return x.deep, !first, x.deep <= math.MaxInt32
	case x.deep == 1 && x.along >= k:
		return x.along, first, x.along <= math.MaxInt32
	}
	return 0, false, false
}

// errNotGemm is that of a launch that does not suit cuBLAS.
var errNotGemm = fmt.Errorf("no product for cuBLAS: %w", errors.ErrUnsupported)

// Plan makes a pass of each product of a launch.
//
// Matrices are stored by columns there. One that is stored by rows is its transpose
// stored by columns, and cᵀ = bᵀ·aᵀ: so the factor that has the axis along which c's
// neighbours lie comes first.
func (g *gemm) Plan(args *grid.Args, into *grid.Plan) error {
	into.Reset()
	axes := len(args.Shape)
	m, n, k := args.Shape[axes-3], args.Shape[axes-2], args.Shape[axes-1]
	a, b, c := &args.Ins[g.a], &args.Ins[g.b], &args.Outs[0]
	if min(m, n) < leastSide || k < leastDepth || max(m, n, k) > math.MaxInt32 {
		return errNotGemm
	}
	p := gemmPass{
		inner: n, outer: m, k: k, ofInner: g.b, ofOuter: g.a,
		first: matrix{b.Strides[axes-2], b.Strides[axes-1]}, second: matrix{a.Strides[axes-3], a.Strides[axes-1]},
		row: c.Strides[axes-3], column: c.Strides[axes-2],
	}
	if p.column != 1 {
		p.inner, p.outer, p.ofInner, p.ofOuter = p.outer, p.inner, p.ofOuter, p.ofInner
		p.first, p.second, p.row, p.column = p.second, p.first, p.column, p.row
	}
	if p.column != 1 || p.row < p.inner || p.row > math.MaxInt32 {
		return errNotGemm
	}
	return g.planBatches(args, &p, into)
}

// gemmPass is a product of cuBLAS's: of inner columns by outer rows of c, as the
// program sees them.
type gemmPass struct {
	inner, outer, k  int
	ofInner, ofOuter int    // numbers of the inputs
	first, second    matrix // the factors that have the inner and the outer axis
	row, column      int    // strides of c
}

// planBatches appends a pass for each point of the batch axes.
func (g *gemm) planBatches(args *grid.Args, p *gemmPass, into *grid.Plan) error {
	ld1, trans1, ok1 := p.first.stored(true, p.inner, p.k)
	ld2, trans2, ok2 := p.second.stored(false, p.outer, p.k)
	batch := args.Shape[:len(args.Shape)-3]
	count := 1
	for _, d := range batch {
		count *= d
	}
	if !ok1 || !ok2 || count > mostGemms {
		return errNotGemm
	}
	offset := func(o *grid.Operand, number int) int {
		at := o.Offset
		for axis := len(batch) - 1; axis >= 0; axis-- {
			at += number % batch[axis] * o.Strides[axis]
			number /= batch[axis]
		}
		return 4 * at
	}
	for number := range count {
		pass := into.Add(0, 8*numGemmFields)
		pass.Groups = (p.outer + gemmRows - 1) / gemmRows
		pass.Work = 2 * float64(p.inner) * float64(min(p.outer, gemmRows)) * float64(p.k)
		pass.Buffers = append(pass.Buffers, grid.Input(p.ofInner), grid.Input(p.ofOuter), grid.Output(0))
		putFields(pass.Block, [numGemmFields]int{
			gemmAt1: offset(&args.Ins[p.ofInner], number), gemmAt2: offset(&args.Ins[p.ofOuter], number),
			gemmAtC: offset(&args.Outs[0], number), gemmInner: p.inner, gemmOuter: p.outer, gemmK: p.k,
			gemmLD1: ld1, gemmLD2: ld2, gemmLDC: p.row, gemmTrans1: truth(trans1), gemmTrans2: truth(trans2),
			gemmStep2: 4 * gemmRows * p.second.along,
		})
	}
	return nil
}

// The fields of a pass's block: the first group, and the product's measures; places
// and steps in bytes.
const (
	gemmFirst = iota
	gemmAt1
	gemmAt2
	gemmAtC
	gemmInner
	gemmOuter
	gemmK
	gemmLD1
	gemmLD2
	gemmLDC
	gemmTrans1
	gemmTrans2
	gemmStep2
	numGemmFields
)

func putFields(p []byte, fields [numGemmFields]int) {
	for i, v := range fields {
		binary.LittleEndian.PutUint64(p[8*i:], uint64(v))
	}
}

func truth(c bool) int {
	if c {
		return 1
	}
	return 0
}

// gemmLaunch is one launch by cuBLAS.
type gemmLaunch struct {
	queue.Launch[address]
	gemm *gemm
	line *line
	call cublas.Gemm
}

// prepare plans a launch. The error wraps errors.ErrUnsupported if it is one for the
// kernel.
func (g *gemm) prepare(n queue.Operands, args *device.Args) (*gemmLaunch, error) {
	l, ok := g.free.Pop()
	if !ok {
		l = &gemmLaunch{gemm: g}
	}
	if err := l.Prepare(&g.device.owner, n, g, args); err != nil {
		queue.Release(l)
		return nil, err
	}
	return l, nil
}

// Entry is what slices depend on.
func (l *gemmLaunch) Entry(int) (pace *queue.Pace, most int) { return &l.gemm.pace, mostGroups }

// Recycle makes the launch free for reuse.
func (l *gemmLaunch) Recycle() {
	l.line = nil
	l.gemm.free.Push(l)
}

// Enqueue queues a run of groups of a product: so many times gemmRows of c's outer axis.
func (l *gemmLaunch) Enqueue(number, groups int, marked bool) (queue.Mark, error) {
	s, pass := l.line, &l.Plan.Passes[number]
	field := func(i int) int { return int(binary.LittleEndian.Uint64(pass.Block[8*i:])) }
	place := func(i, at int) cu.Address { return l.Memory(pass.Buffers[i]) + cu.Address(at) }
	group := field(gemmFirst)
	c := &l.call
	c.M, c.K, c.TransA, c.TransB = field(gemmInner), field(gemmK), field(gemmTrans1) != 0, field(gemmTrans2) != 0
	c.N = min(groups*gemmRows, field(gemmOuter)-group*gemmRows)
	c.LDA, c.LDB, c.LDC = field(gemmLD1), field(gemmLD2), field(gemmLDC)
	c.A = place(0, field(gemmAt1))
	c.B = place(1, field(gemmAt2)+group*field(gemmStep2))
	c.C = place(2, field(gemmAtC)+group*gemmRows*4*c.LDC)
	api, err := s.device.blas()
	if err != nil {
		return queue.Mark{}, err
	}
	m, err := s.around(marked, func() error { return api.Sgemm(s.blas, c) })
	if err != nil {
		s.device.withoutBLAS.Store(true) // the kernel does the next
	}
	return m, err
}

// launchGemm queues a launch by cuBLAS; done says that it has been, or has failed, and
// otherwise the kernel has to do it.
func (s *stream) launchGemm(prog *program, args *device.Args) (done bool, err error) {
	d := s.line.device
	if prog.gemm == nil || d.withoutBLAS.Load() {
		return false, nil
	}
	l, err := prog.gemm.prepare(prog.operands, args)
	if errors.Is(err, errors.ErrUnsupported) {
		return false, nil
	}
	if err != nil {
		return true, d.owner.Error("launch", err)
	}
	err = s.Use("launch", func() error {
		_, err := s.line.handle()
		return err
	})
	if err != nil {
		d.withoutBLAS.Store(true)
		queue.Release(l)
		return d.owner.Usable("launch") != nil, d.owner.Usable("launch")
	}
	l.line = s.line
	return true, s.Enqueue(l)
}
