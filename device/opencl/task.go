package opencl

import (
	"bytes"
	"encoding/binary"
	"runtime"
	"unsafe"

	"github.com/quern-go/quern/internal/dl"
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
	size := l.module.rendered.Entries[pass.Entry].GroupSize
	left := pass.Groups - l.group
	groups := sliceGroups(left, size, s.device.info.ComputeUnits, pass.Work, rate)
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

// enqueue queues a run of groups of a pass.
func (s *stream) enqueue(e *entry, l *launch, pass *grid.Pass, groups int, marked bool, work float64) error {
	binary.LittleEndian.PutUint64(pass.Block, uint64(l.group))
	info := &l.module.rendered.Entries[pass.Entry]
	if info.BlockInMemory {
		if err := s.sendBlock(l.inMemory[l.pass], pass.Block); err != nil {
			return err
		}
	}
	s.call.global = uintptr(groups) * uintptr(info.GroupSize)
	s.call.local = uintptr(info.GroupSize)
	e.mu.Lock()
	defer e.mu.Unlock()
	kernel := l.module.exe.kernels[e.number]
	if err := s.setArguments(kernel, l, pass, info.BlockInMemory); err != nil {
		return err
	}
	run := func() error { return s.enqueueRange(kernel, marked) }
	if l.module.exe.markRun(e.number) {
		run = func() (err error) { // a first launch may still compile
			dl.PreserveSignals(func() { err = s.enqueueRange(kernel, marked) })
			s.unsaved = append(s.unsaved, l.module.exe)
			return err
		}
	}
	if err := run(); err != nil {
		return err
	}
	if !marked {
		return nil
	}
	s.takeOff(s.call.event, e, work)
	return s.api.call(flush, s.queue)
}

// sendBlock queues the copy of an argument block to the memory it is read from.
func (s *stream) sendBlock(to *block, block []byte) error {
	host := bytes.Clone(block)
	s.loose.hosts = append(s.loose.hosts, host)
	return s.api.call(enqueueWrite, s.queue, to.Memory(), 0, 0, uintptr(len(host)),
		uintptr(unsafe.Pointer(&host[0])), 0, 0, 0)
}

// call is the memory that a launch's arguments are passed in, on the heap and
// reused: a call of OpenCL then allocates nothing.
type call struct {
	args   [9]uintptr
	handle uintptr
	global uintptr
	local  uintptr
	event  uintptr
}

func (s *stream) setArguments(kernel uintptr, l *launch, pass *grid.Pass, blockInMemory bool) error {
	c := s.call
	n := 0
	set := func(size uintptr, value unsafe.Pointer) error {
		c.args = [9]uintptr{kernel, uintptr(n), size, uintptr(value)}
		n++
		return s.api.call(setKernelArg, c.args[:4]...)
	}
	for _, ref := range pass.Buffers {
		c.handle = l.memory(ref)
		if err := set(unsafe.Sizeof(c.handle), unsafe.Pointer(&c.handle)); err != nil {
			return err
		}
	}
	if blockInMemory {
		c.handle = l.inMemory[l.pass].Memory()
		return set(unsafe.Sizeof(c.handle), unsafe.Pointer(&c.handle))
	}
	err := set(uintptr(len(pass.Block)), unsafe.Pointer(&pass.Block[0]))
	runtime.KeepAlive(pass)
	return err
}

func (s *stream) enqueueRange(kernel uintptr, marked bool) error {
	c := s.call
	event := uintptr(0)
	if marked {
		event = uintptr(unsafe.Pointer(&c.event))
	}
	c.args = [9]uintptr{s.queue, kernel, 1, 0, uintptr(unsafe.Pointer(&c.global)), uintptr(unsafe.Pointer(&c.local)), 0, 0, event}
	err := s.api.call(enqueueKernel, c.args[:]...)
	if err == nil && marked {
		s.api.alive[events].Add(1)
	}
	return err
}
