package opencl

import (
	"fmt"

	"github.com/quern-go/quern/device"
	"github.com/quern-go/quern/kernels"
	"github.com/quern-go/quern/kernels/grid"
)

// launch is one launch of a module: the passes and the memory they take. It is
// reused for later launches of the module.
type launch struct {
	module *module
	args   grid.Args
	plan   grid.Plan

	ins, outs []*block
	scratch   []*block
	inMemory  []*block // argument blocks of passes that want theirs in memory, nil for others

	pass  int // the next to queue
	group int // of that pass, the first group not yet queued
}

// prepare plans a launch and gets its scratch memory. The blocks are retained
// until the launch's release.
func (p *program) prepare(m *module, args *device.Args) (*launch, error) {
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

// set copies the arguments, plans and allocates.
func (l *launch) set(p *program, args *device.Args) (err error) {
	l.pass, l.group = 0, 0
	l.args.Shape = append(l.args.Shape[:0], args.Shape...)
	l.args.Reduced = args.Reduced
	l.args.Indices = append(l.args.Indices[:0], args.Indices...)
	l.args.Params = append(l.args.Params[:0], args.Params...)
	if l.args.Ins, err = l.operands(l.args.Ins, &l.ins, args.Ins, p.types.ins); err != nil {
		return err
	}
	if l.args.Outs, err = l.operands(l.args.Outs, &l.outs, args.Outs, p.types.outs); err != nil {
		return err
	}
	if err := l.module.rendered.Plan(&l.args, &l.plan); err != nil {
		return err
	}
	for _, bytes := range l.plan.Scratch {
		if err := l.allocate(&l.scratch, bytes); err != nil {
			return err
		}
	}
	for i := range l.plan.Passes {
		e := l.module.rendered.Entries[l.plan.Passes[i].Entry]
		if !e.BlockInMemory {
			l.inMemory = append(l.inMemory, nil)
		} else if err := l.allocate(&l.inMemory, e.BlockBytes); err != nil {
			return err
		}
	}
	return nil
}

func (l *launch) operands(to []grid.Operand, blocks *[]*block, from []device.Operand, types []kernels.DType) ([]grid.Operand, error) {
	if len(from) != len(types) {
		return to, fmt.Errorf("%d operands given, the kernel has %d", len(from), len(types))
	}
	to = to[:0]
	for i := range from {
		b, err := l.module.device.own("operand", from[i].Buffer)
		if err != nil {
			return to, err
		}
		b.Retain()
		*blocks = append(*blocks, b)
		if len(to) < cap(to) {
			to = to[:len(to)+1]
		} else {
			to = append(to, grid.Operand{})
		}
		to[i].Offset = from[i].Offset
		to[i].Strides = append(to[i].Strides[:0], from[i].Strides...)
	}
	return to, nil
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

// memory is the memory object of a parameter.
func (l *launch) memory(ref grid.BufferRef) uintptr {
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
	for _, list := range []*[]*block{&l.ins, &l.outs, &l.scratch, &l.inMemory} {
		for i, b := range *list {
			if b != nil {
				to = append(to, b)
			}
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
