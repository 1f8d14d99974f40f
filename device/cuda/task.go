package cuda

import (
	"encoding/binary"

	"github.com/quern-go/quern/device/cuda/internal/cu"
	"github.com/quern-go/quern/kernels/grid"
)

// task is work that waits to be queued with the device: a launch, or a copy to the
// host.
type task struct {
	launch *launch // nil for a copy
	dst    []byte
	src    *block
}

// drop lets go of a task of which nothing more will be queued. What has been
// queued of it may still run: its blocks stay until the device has finished.
func (t *task) drop(s *stream) {
	if t.launch != nil {
		s.loose.blocks = t.launch.handOver(s.loose.blocks)
	} else {
		t.src.Drop()
	}
	*t = task{}
}

// slice queues the next slice of a launch and reports whether it was the last.
func (s *stream) slice(l *launch) (done bool, err error) {
	if l.pass == len(l.plan.Passes) {
		return true, nil
	}
	pass := &l.plan.Passes[l.pass]
	e := &l.module.entries[pass.Entry]
	rate := e.pace.rate(s.device.guess)
	left := pass.Groups - l.group
	groups := sliceGroups(left, s.device.info.ComputeUnits, pass.Work, rate)
	work := max(pass.Work, 1) * float64(groups)
	s.looseSeconds += work / rate
	s.looseLaunches++
	marked := groups < left || s.looseSeconds > looseSeconds || s.looseLaunches >= looseLaunches
	if groups > 0 {
		if err := s.enqueue(e, l, pass, groups, marked, work); err != nil {
			return false, err
		}
	}
	if l.group += groups; l.group == pass.Groups {
		l.pass, l.group = l.pass+1, 0
	}
	return l.pass == len(l.plan.Passes), nil
}

// enqueue queues a run of groups of a pass. If it is marked, events before and after
// it tell how long it took.
func (s *stream) enqueue(e *entry, l *launch, pass *grid.Pass, groups int, marked bool, work float64) error {
	source := &l.module.rendered.Entries[pass.Entry]
	function, err := e.ready(s.device, source)
	if err != nil {
		return err
	}
	binary.LittleEndian.PutUint64(pass.Block, uint64(l.group))
	s.call.set(l, pass)
	k := &s.call.launch
	k.Function, k.Stream = function, s.queue
	k.Grid, k.Block = uint32(groups), uint32(source.GroupSize)
	if !marked {
		return s.api.LaunchKernel(k)
	}
	start, err := s.mark()
	if err != nil {
		return err
	}
	if err := s.api.LaunchKernel(k); err != nil {
		s.putEvent(start)
		return err
	}
	return s.takeOff(start, e, work)
}

// call is the memory that a launch's arguments are passed in, on the heap and
// reused: launching allocates nothing.
type call struct{ launch cu.Launch }

// set puts the parameters of a pass one after the other: addresses, then the
// argument block.
func (c *call) set(l *launch, pass *grid.Pass) {
	p := c.launch.Params[:0]
	for _, ref := range pass.Buffers {
		p = binary.LittleEndian.AppendUint64(p, uint64(l.memory(ref)))
	}
	c.launch.Params = append(p, pass.Block...)
}
