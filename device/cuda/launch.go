package cuda

import (
	"encoding/binary"

	"github.com/quern-go/quern/device"
	"github.com/quern-go/quern/device/cuda/internal/cu"
	"github.com/quern-go/quern/device/internal/queue"
	"github.com/quern-go/quern/kernels/grid"
)

// launch is one launch of a module.
type launch struct {
	queue.Launch[address]
	module *module
	line   *line // that it is for
}

// prepare plans a launch and gets its memory, which is held until the work is done.
func (p *program) prepare(args *device.Args) (*launch, error) {
	m, err := p.module(len(args.Shape))
	if err != nil {
		return nil, err
	}
	l, ok := m.free.Pop()
	if !ok {
		l = &launch{module: m}
	}
	if err := l.Prepare(&p.device.owner, p.operands, m.rendered, args); err != nil {
		queue.Release(l)
		return nil, err
	}
	return l, nil
}

// Entry is what slices of an entry point's launches depend on.
func (l *launch) Entry(number int) (pace *queue.Pace, most int) {
	return &l.module.entries[number].pace, mostGroups
}

// Recycle makes the launch free for reuse.
func (l *launch) Recycle() {
	l.line = nil
	l.module.free.Push(l)
}

// Enqueue queues a run of groups of a pass. If it is marked, events before and after
// it tell how long it took.
func (l *launch) Enqueue(number, groups int, marked bool) (queue.Mark, error) {
	s, pass := l.line, &l.Plan.Passes[number]
	source := &l.module.rendered.Entries[pass.Entry]
	function, err := l.module.entries[pass.Entry].ready(s.device, source)
	if err != nil {
		return queue.Mark{}, err
	}
	s.call.set(l, pass)
	k := &s.call.launch
	k.Function, k.Stream = function, s.queue
	k.Grid, k.Block, k.Shared = uint32(groups), uint32(source.GroupSize), uint32(source.DynamicBytes)
	return s.around(marked, func() error { return s.api.LaunchKernel(k) })
}

// call is the memory that a launch's arguments are passed in, on the heap and
// reused: launching allocates nothing.
type call struct{ launch cu.Launch }

// set puts the parameters of a pass one after the other: addresses, then the
// argument block.
func (c *call) set(l *launch, pass *grid.Pass) {
	p := c.launch.Params[:0]
	for _, ref := range pass.Buffers {
		p = binary.LittleEndian.AppendUint64(p, uint64(l.Memory(ref)))
	}
	c.launch.Params = append(p, pass.Block...)
}
