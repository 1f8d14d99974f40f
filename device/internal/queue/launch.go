package queue

import (
	"fmt"
	"slices"

	"github.com/quern-go/quern/device"
	"github.com/quern-go/quern/kernels"
	"github.com/quern-go/quern/kernels/grid"
)

// Launch is one launch of a rendered kernel: the passes and the memory they take. It
// is reused for later launches of the kernel, with its plan if the arguments are equal.
type Launch[M any] struct {
	Plan grid.Plan

	args    grid.Args
	planned bool // the plan is of args

	ins, outs []*device.Block[M]
	own       []*device.Block[M] // the plan's scratch memory, then what Allocate gave

	pass  int // the next to queue
	group int // of that pass, the first group not yet queued
}

// Base is the launch.
func (l *Launch[M]) Base() *Launch[M] { return l }

// share is how much of the launch has been queued: of all passes alike.
func (l *Launch[M]) share() float64 {
	passes := l.Plan.Passes
	if l.pass == len(passes) {
		return 1
	}
	return (float64(l.pass) + float64(l.group)/float64(max(1, passes[l.pass].Groups))) / float64(len(passes))
}

// Planner is a rendered kernel.
type Planner interface {
	Plan(args *grid.Args, into *grid.Plan) error
}

// Operands are the numbers of a kernel's inputs and outputs.
type Operands struct{ Ins, Outs int }

// OperandsOf counts those of a kernel.
func OperandsOf(k kernels.Kernel) Operands { return Operands{len(k.Inputs().Ins), len(k.Outs())} }

// Prepare retains the operands, plans and allocates. The blocks are held until the
// work is done, or Release, which has to follow an error, too.
func (l *Launch[M]) Prepare(o *Owner[M], n Operands, p Planner, args *device.Args) error {
	l.pass, l.group = 0, 0
	if err := hold(o, &l.ins, args.Ins, n.Ins); err != nil {
		return err
	}
	if err := hold(o, &l.outs, args.Outs, n.Outs); err != nil {
		return err
	}
	if !l.planned || !same(&l.args, args) {
		l.planned = false
		keep(&l.args, args)
		if err := p.Plan(&l.args, &l.Plan); err != nil {
			return err
		}
		l.planned = true
	}
	for _, bytes := range l.Plan.Scratch {
		if _, err := l.Allocate(o, bytes); err != nil {
			return err
		}
	}
	return nil
}

// Absorb takes over the blocks that another launch holds, which is then free for
// reuse: the work of both is queued as this one's.
func (l *Launch[M]) Absorb(w Work[M]) { l.own = handOver(w, l.own) }

// Single makes the launch one pass of one group, of an entry number and so much work.
func (l *Launch[M]) Single(entry int, work float64) {
	l.pass, l.group, l.planned = 0, 0, false
	l.Plan.Reset()
	p := l.Plan.Add(entry, 8)
	p.Groups, p.Work = 1, work
}

// hold retains operands' buffers.
func hold[M any](o *Owner[M], blocks *[]*device.Block[M], from []device.Operand, want int) error {
	if len(from) != want {
		return fmt.Errorf("%d operands given, the kernel has %d", len(from), want)
	}
	for i := range from {
		b, err := o.block("operand", from[i].Buffer)
		if err != nil {
			return err
		}
		b.Retain()
		*blocks = append(*blocks, b)
	}
	return nil
}

// Allocate gets memory of the launch's own.
func (l *Launch[M]) Allocate(o *Owner[M], bytes int) (*device.Block[M], error) {
	b, err := o.Alloc(bytes)
	if err != nil {
		return nil, err
	}
	b.Retain()
	b.Release() // the launch is its only user
	l.own = append(l.own, b)
	return b, nil
}

// Memory is the memory of a parameter.
func (l *Launch[M]) Memory(ref grid.BufferRef) M {
	switch ref.Kind {
	case grid.InputBuffer:
		return l.ins[ref.Number].Memory()
	case grid.OutputBuffer:
		return l.outs[ref.Number].Memory()
	}
	return l.own[ref.Number].Memory()
}

// keep copies arguments, so that the next launch can tell whether its own are the
// same.
func keep(to *grid.Args, args *device.Args) {
	to.Shape = append(to.Shape[:0], args.Shape...)
	to.Reduced = args.Reduced
	to.Params = append(to.Params[:0], args.Params...)
	to.Ins, to.Outs = keepOperands(to.Ins, args.Ins), keepOperands(to.Outs, args.Outs)
	to.Indices = slices.Grow(to.Indices[:0], len(args.Indices))[:len(args.Indices)]
	for i := range args.Indices {
		index := &to.Indices[i]
		index.Offset = args.Indices[i].Offset
		index.Strides = append(index.Strides[:0], args.Indices[i].Strides...)
	}
}

func keepOperands(to []grid.Operand, from []device.Operand) []grid.Operand {
	to = slices.Grow(to[:0], len(from))[:len(from)]
	for i := range from {
		to[i].Offset = from[i].Offset
		to[i].Strides = append(to[i].Strides[:0], from[i].Strides...)
	}
	return to
}

// same reports whether a plan for one is a plan for the other.
func same(a *grid.Args, b *device.Args) bool {
	return a.Reduced == b.Reduced && slices.Equal(a.Shape, b.Shape) && slices.Equal(a.Params, b.Params) &&
		slices.EqualFunc(a.Ins, b.Ins, sameOperand) && slices.EqualFunc(a.Outs, b.Outs, sameOperand) &&
		slices.EqualFunc(a.Indices, b.Indices, func(a, b kernels.Layout) bool {
			return a.Offset == b.Offset && slices.Equal(a.Strides, b.Strides)
		})
}

func sameOperand(a grid.Operand, b device.Operand) bool {
	return a.Offset == b.Offset && slices.Equal(a.Strides, b.Strides)
}
