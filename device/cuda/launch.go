package cuda

import (
	"fmt"
	"slices"

	"github.com/quern-go/quern/device"
	"github.com/quern-go/quern/kernels"
	"github.com/quern-go/quern/kernels/grid"
)

// launch is one launch of a module: the passes and the memory they take. It is
// reused for later launches of the module, with its plan if the arguments are equal.
type launch struct {
	module  *module
	args    grid.Args
	plan    grid.Plan
	planned bool // the plan is of args

	ins, outs []*block
	scratch   []*block

	pass  int // the next to queue
	group int // of that pass, the first group not yet queued
}

// prepare plans a launch and gets its scratch memory. The blocks are retained
// until the launch's release.
func (p *program) prepare(args *device.Args) (*launch, error) {
	m, err := p.module(len(args.Shape))
	if err != nil {
		return nil, err
	}
	l, ok := m.free.pop()
	if !ok {
		l = &launch{module: m}
	}
	if err := l.set(p, args); err != nil {
		l.release()
		return nil, err
	}
	return l, nil
}

// set retains the operands, plans and allocates.
func (l *launch) set(p *program, args *device.Args) error {
	l.pass, l.group = 0, 0
	if err := l.hold(&l.ins, args.Ins, p.types.ins); err != nil {
		return err
	}
	if err := l.hold(&l.outs, args.Outs, p.types.outs); err != nil {
		return err
	}
	if !l.planned || !same(&l.args, args) {
		l.planned = false
		l.copy(args)
		if err := l.module.rendered.Plan(&l.args, &l.plan); err != nil {
			return err
		}
		l.planned = true
	}
	for _, bytes := range l.plan.Scratch {
		if err := l.allocate(&l.scratch, bytes); err != nil {
			return err
		}
	}
	return nil
}

// hold retains operands' buffers.
func (l *launch) hold(blocks *[]*block, from []device.Operand, types []kernels.DType) error {
	if len(from) != len(types) {
		return fmt.Errorf("%d operands given, the kernel has %d", len(from), len(types))
	}
	for i := range from {
		b, err := l.module.device.own("operand", from[i].Buffer)
		if err != nil {
			return err
		}
		b.Retain()
		*blocks = append(*blocks, b)
	}
	return nil
}

// copy keeps the arguments, so that the next launch can tell whether they are the
// same.
func (l *launch) copy(args *device.Args) {
	to := &l.args
	to.Shape = append(to.Shape[:0], args.Shape...)
	to.Reduced = args.Reduced
	to.Params = append(to.Params[:0], args.Params...)
	to.Ins, to.Outs = copyOperands(to.Ins, args.Ins), copyOperands(to.Outs, args.Outs)
	to.Indices = slices.Grow(to.Indices[:0], len(args.Indices))[:len(args.Indices)]
	for i := range args.Indices {
		index := &to.Indices[i]
		index.Offset = args.Indices[i].Offset
		index.Strides = append(index.Strides[:0], args.Indices[i].Strides...)
	}
}

func copyOperands(to []grid.Operand, from []device.Operand) []grid.Operand {
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

// allocate gets memory of the launch's own.
func (l *launch) allocate(list *[]*block, bytes int) error {
	b, err := l.module.device.alloc(bytes)
	if err != nil {
		return err
	}
	b.Retain()
	b.Release() // the launch is its only user
	*list = append(*list, b)
	return nil
}

// memory is the address of a parameter.
func (l *launch) memory(ref grid.BufferRef) address {
	switch ref.Kind {
	case grid.InputBuffer:
		return l.ins[ref.Number].Memory()
	case grid.OutputBuffer:
		return l.outs[ref.Number].Memory()
	}
	return l.scratch[ref.Number].Memory()
}

// handOver appends the launch's blocks, which are to be dropped when the work is
// done, and makes the launch free for reuse.
func (l *launch) handOver(to []*block) []*block {
	for _, list := range []*[]*block{&l.ins, &l.outs, &l.scratch} {
		for i, b := range *list {
			to = append(to, b)
			(*list)[i] = nil
		}
		*list = (*list)[:0]
	}
	l.module.free.push(l)
	return to
}

// release drops the blocks of a launch of which nothing is queued.
func (l *launch) release() {
	for _, b := range l.handOver(nil) {
		b.Drop()
	}
}
