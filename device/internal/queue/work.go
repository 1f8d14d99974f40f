package queue

import (
	"encoding/binary"

	"github.com/quern-go/quern/device"
)

// Work is a launch that a runtime has prepared. It embeds a Launch.
type Work[M any] interface {
	// Entry is the pace of an entry point, and the most groups that it may be launched
	// with at once.
	Entry(number int) (pace *Pace, mostGroups int)
	// Enqueue queues a number of groups of a pass of the plan, whose argument block
	// says which is the first. If it is marked, the mark is that of this launch.
	Enqueue(pass, groups int, marked bool) (Mark, error)
	// Recycle makes the launch free for reuse: all its work has been queued, or dropped.
	Recycle()
	// Base is the Launch that the work embeds.
	Base() *Launch[M]
}

// Release drops what work holds of which nothing is queued.
func Release[M any](w Work[M]) {
	for _, b := range handOver(w, nil) {
		b.Drop()
	}
}

// handOver appends the launch's blocks, which are to be dropped when the work is
// done, and makes the launch free for reuse.
func handOver[M any](w Work[M], to []*device.Block[M]) []*device.Block[M] {
	l := w.Base()
	for _, list := range []*[]*device.Block[M]{&l.ins, &l.outs, &l.own} {
		to = append(to, *list...)
		clear(*list)
		*list = (*list)[:0]
	}
	w.Recycle()
	return to
}

// task is work that waits to be queued with the device: a launch, or a copy to the
// host.
type task[M any] struct {
	work Work[M] // nil for a copy
	dst  []byte
	src  *device.Block[M]
}

// drop lets go of a task of which nothing more will be queued. What has been
// queued of it may still run: its blocks stay until the device has finished.
func (t *task[M]) drop(s *Stream[M]) {
	if t.work != nil {
		s.loose.blocks = handOver(t.work, s.loose.blocks)
	} else {
		s.loose.blocks = append(s.loose.blocks, t.src)
	}
	*t = task[M]{}
}

// slice queues the next slice of a launch and reports whether it was the last.
func (s *Stream[M]) slice(w Work[M]) (done bool, err error) {
	l := w.Base()
	if l.pass == len(l.Plan.Passes) {
		return true, nil
	}
	pass := &l.Plan.Passes[l.pass]
	pace, most := w.Entry(pass.Entry)
	rate := pace.rate(s.owner.Guess)
	left := pass.Groups - l.group
	groups := sliceGroups(left, most, s.owner.Info.ComputeUnits, pass.Work, rate)
	work := max(pass.Work, 1) * float64(groups)
	s.looseSeconds += work / rate
	s.looseLaunches++
	marked := groups < left || s.looseSeconds > looseSeconds || s.looseLaunches >= looseLaunches
	if groups > 0 {
		binary.LittleEndian.PutUint64(pass.Block, uint64(l.group))
		mark, err := w.Enqueue(l.pass, groups, marked)
		if err != nil {
			return false, err
		}
		if marked {
			s.takeOff(mark, pace, work)
		}
	}
	if l.group += groups; l.group == pass.Groups {
		l.pass, l.group = l.pass+1, 0
	}
	return l.pass == len(l.Plan.Passes), nil
}
