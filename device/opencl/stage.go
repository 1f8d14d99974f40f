package opencl

import (
	"fmt"
	"unsafe"

	"github.com/quern-go/quern/device/internal/queue"
)

// stageBytes is the size of one half of a stage: large enough for the link's full
// speed.
const stageBytes = 8 << 20

// stage is a stage whose halves are buffers of the host, mapped (drivers then pin
// them).
type stage struct {
	queue.Stage
	device   *Device
	commands uintptr // for mapping
	memory   [2]uintptr
}

// staged is the stream's stage, nil if there is no memory for one, when transfers go
// without. It stays the stream's until its transfers are over: of a half only the last
// one's event is kept, which tells of those before it in the same queue alone.
func (s *line) staged() *stage {
	if s.stage != nil {
		return s.stage
	}
	if st, ok := s.device.stages.Pop(); ok {
		s.stage = st
		return st
	}
	st := &stage{device: s.device}
	if err := st.open(); err != nil {
		st.close()
		return nil
	}
	s.stage = st
	return st
}

// giveStageBack lets other streams have the stage.
func (s *line) giveStageBack() {
	if s.stage != nil {
		s.device.stages.Push(s.stage)
		s.stage = nil
	}
}

func (st *stage) open() (err error) {
	d := st.device
	if st.commands, err = d.newQueue(); err != nil {
		return err
	}
	for i := range st.Halves {
		h := &st.Halves[i]
		var code int32
		mem := d.api.invoke(createBuffer, &code, d.context, memReadWrite|memAllocHostPtr, stageBytes, 0, uintptr(unsafe.Pointer(&code)))
		if st.memory[i], err = d.api.created(buffers, createBuffer, mem, code); err != nil {
			return err
		}
		if h.Base, err = d.mapMemory(st.commands, st.memory[i], 0, stageBytes, mapRead|mapWrite); err != nil {
			return err
		}
		h.Bytes = unsafe.Slice((*byte)(h.Base), stageBytes)
	}
	return nil
}

// close releases what open has made. The answers change nothing any more.
func (st *stage) close() {
	d := st.device
	for i := range st.Halves {
		h := &st.Halves[i]
		if h.Pending {
			_ = d.awaitHalf(h)
		}
		if h.Base != nil {
			_ = d.unmapMemory(st.commands, st.memory[i], h.Base)
		}
	}
	if st.commands != 0 {
		_ = d.api.call(finish, st.commands)
	}
	for i := range st.memory {
		_ = d.api.release(buffers, st.memory[i])
	}
	_ = d.api.release(queues, st.commands)
}

// Send queues a copy of part of a half to a buffer.
func (s *line) Send(h *queue.Half, from, n int, dst uintptr, at int) error {
	return s.transfer(enqueueWrite, h, from, n, dst, at)
}

// Fetch queues a copy of part of a buffer to a half.
func (s *line) Fetch(h *queue.Half, n int, src uintptr, at int) error {
	return s.transfer(enqueueRead, h, 0, n, src, at)
}

func (s *line) transfer(f function, h *queue.Half, from, n int, mem uintptr, at int) error {
	var event uintptr
	err := s.api.call(f, s.queue, mem, 0, uintptr(at), uintptr(n), uintptr(unsafe.Add(h.Base, from)), 0, 0, uintptr(unsafe.Pointer(&event)))
	if err != nil {
		return fmt.Errorf("transfer of %d bytes: %w", n, err)
	}
	s.api.alive[events].Add(1)
	if h.Pending { // of a transfer before this one
		_ = s.api.release(events, h.Event)
	}
	h.Event, h.Pending = event, true
	return s.api.call(flush, s.queue)
}

// Await waits for the half's last transfer.
func (s *line) Await(h *queue.Half) error {
	err := s.device.awaitHalf(h)
	if err != nil {
		s.Quiesce()
	}
	return err
}

func (d *Device) awaitHalf(h *queue.Half) error {
	err := d.api.call(waitForEvents, 1, uintptr(unsafe.Pointer(&h.Event)))
	_ = d.api.release(events, h.Event)
	h.Event, h.Pending = 0, false
	return err
}
