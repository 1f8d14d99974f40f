package opencl

import (
	"github.com/quern-go/quern/device"
	"github.com/quern-go/quern/device/internal/queue"
)

// launch is one launch of a module.
type launch struct {
	queue.Launch[uintptr]
	module   *module
	line     *line    // that it is for
	inMemory []*block // by pass: its argument block, if it wants that in memory
}

// prepare plans a launch and gets its memory, which is held until the work is done.
func (p *program) prepare(m *module, args *device.Args) (*launch, error) {
	l, ok := m.free.Pop()
	if !ok {
		l = &launch{module: m}
	}
	if err := l.set(p, args); err != nil {
		queue.Release(l)
		return nil, err
	}
	return l, nil
}

func (l *launch) set(p *program, args *device.Args) error {
	owner := &p.device.owner
	if err := l.Prepare(owner, p.operands, l.module.rendered, args); err != nil {
		return err
	}
	for i := range l.Plan.Passes {
		var b *block
		if e := l.module.rendered.Entries[l.Plan.Passes[i].Entry]; e.BlockInMemory {
			var err error
			if b, err = l.Allocate(owner, e.BlockBytes); err != nil {
				return err
			}
		}
		l.inMemory = append(l.inMemory, b)
	}
	return nil
}

// Entry is what slices of an entry point's launches depend on.
func (l *launch) Entry(number int) (pace *queue.Pace, mostGroups int) {
	return &l.module.entries[number].pace, max(1, mostItems/l.module.rendered.Entries[number].GroupSize)
}

// Recycle makes the launch free for reuse.
func (l *launch) Recycle() {
	clear(l.inMemory)
	l.inMemory, l.line = l.inMemory[:0], nil
	l.module.free.Push(l)
}
