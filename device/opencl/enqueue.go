package opencl

import (
	"bytes"
	"runtime"
	"unsafe"

	"github.com/quern-go/quern/device/internal/queue"
	"github.com/quern-go/quern/internal/dl"
	"github.com/quern-go/quern/kernels/grid"
)

// Enqueue queues a run of groups of a pass.
func (l *launch) Enqueue(number, groups int, marked bool) (m queue.Mark, err error) {
	s, pass := l.line, &l.Plan.Passes[number]
	info := &l.module.rendered.Entries[pass.Entry]
	block := l.inMemory[number]
	if block != nil {
		if err := s.sendBlock(block, pass.Block); err != nil {
			return m, err
		}
	}
	s.call.global = uintptr(groups) * uintptr(info.GroupSize)
	s.call.local = uintptr(info.GroupSize)
	e := &l.module.entries[pass.Entry]
	e.mu.Lock()
	defer e.mu.Unlock()
	kernel := l.module.exe.kernels[e.number]
	if err := s.setArguments(kernel, l, pass, block); err != nil {
		return m, err
	}
	if err := s.run(l.module.exe, e.number, marked); err != nil || !marked {
		return m, err
	}
	m.End = s.call.event
	if err := s.api.call(flush, s.queue); err != nil {
		s.Forget(m)
		return queue.Mark{}, err
	}
	return m, nil
}

// run launches a kernel whose arguments have been set.
func (s *line) run(x *executable, kernel int, marked bool) error {
	if x.markRun(kernel) {
		return s.firstRun(x, kernel, marked)
	}
	return s.enqueueRange(x.kernels[kernel], marked)
}

// firstRun is a launch that may still compile.
func (s *line) firstRun(x *executable, kernel int, marked bool) (err error) {
	dl.PreserveSignals(func() { err = s.enqueueRange(x.kernels[kernel], marked) })
	s.unsaved = append(s.unsaved, x)
	return err
}

// sendBlock queues the copy of an argument block to the memory it is read from.
func (s *line) sendBlock(to *block, block []byte) error {
	host := bytes.Clone(block)
	s.stream.Keep(host)
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

func (s *line) setArguments(kernel uintptr, l *launch, pass *grid.Pass, block *block) error {
	c := s.call
	n := 0
	set := func(size uintptr, value unsafe.Pointer) error {
		c.args = [9]uintptr{kernel, uintptr(n), size, uintptr(value)}
		n++
		return s.api.call(setKernelArg, c.args[:4]...)
	}
	for _, ref := range pass.Buffers {
		c.handle = l.Memory(ref)
		if err := set(unsafe.Sizeof(c.handle), unsafe.Pointer(&c.handle)); err != nil {
			return err
		}
	}
	if block != nil {
		c.handle = block.Memory()
		return set(unsafe.Sizeof(c.handle), unsafe.Pointer(&c.handle))
	}
	err := set(uintptr(len(pass.Block)), unsafe.Pointer(&pass.Block[0]))
	runtime.KeepAlive(pass)
	return err
}

func (s *line) enqueueRange(kernel uintptr, marked bool) error {
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
