package opencl

import (
	"context"
	"fmt"
	"unsafe"
)

// stageBytes is the size of one half of a stage: large enough for the link's full
// speed.
const stageBytes = 8 << 20

// stage is host memory that the device can reach by itself (pinned), in two halves: the
// host copies to or from one while the device moves the other. From the
// program's own memory drivers reach half the link's speed or less.
type stage struct {
	device *Device
	queue  uintptr // for mapping
	halves [2]half
}

type half struct {
	memory uintptr
	bytes  []byte         // of the mapping
	base   unsafe.Pointer // the same
	event  uintptr        // of the last transfer, 0 if it has been waited for
}

// stage returns a stage that nobody uses; false if there is no memory for one, when
// transfers go without.
func (d *Device) stage() (*stage, bool) {
	if st, ok := d.stages.pop(); ok {
		return st, true
	}
	st := &stage{device: d}
	if err := st.open(); err != nil {
		st.close()
		return nil, false
	}
	return st, true
}

func (d *Device) putStage(st *stage) { d.stages.push(st) }

func (st *stage) open() (err error) {
	d := st.device
	if st.queue, err = d.newQueue(); err != nil {
		return err
	}
	for i := range st.halves {
		h := &st.halves[i]
		var code int32
		mem := d.api.invoke(createBuffer, &code, d.context, memReadWrite|memAllocHostPtr, stageBytes, 0, uintptr(unsafe.Pointer(&code)))
		if h.memory, err = d.api.created(buffers, createBuffer, mem, code); err != nil {
			return err
		}
		if h.base, err = d.mapMemory(st.queue, h.memory, 0, stageBytes, mapRead|mapWrite); err != nil {
			return err
		}
		h.bytes = unsafe.Slice((*byte)(h.base), stageBytes)
	}
	return nil
}

// close releases what open has made. The answers change nothing any more.
func (st *stage) close() {
	d := st.device
	for i := range st.halves {
		h := &st.halves[i]
		_ = h.wait(d.api)
		if h.base != nil {
			_ = d.unmapMemory(st.queue, h.memory, h.base)
		}
	}
	if st.queue != 0 {
		_ = d.api.call(finish, st.queue)
	}
	for i := range st.halves {
		_ = d.api.release(buffers, st.halves[i].memory)
	}
	_ = d.api.release(queues, st.queue)
}

// wait waits for the half's last transfer.
func (h *half) wait(a *api) error {
	if h.event == 0 {
		return nil
	}
	err := a.call(waitForEvents, 1, uintptr(unsafe.Pointer(&h.event)))
	_ = a.release(events, h.event)
	h.event = 0
	return err
}

// transfer queues the move of n bytes between the half and part of a block.
func (h *half) transfer(s *stream, f function, b *block, at, n int) error {
	var event uintptr
	err := s.api.call(f, s.queue, b.Memory(), 0, uintptr(at), uintptr(n), uintptr(h.base), 0, 0, uintptr(unsafe.Pointer(&event)))
	if err != nil {
		return fmt.Errorf("transfer of %d bytes: %w", n, err)
	}
	s.api.alive[events].Add(1)
	h.event = event
	return s.api.call(flush, s.queue)
}

// write copies src to a block. The last transfers may go on when it returns.
func (st *stage) write(s *stream, dst *block, src []byte) error {
	for at, i := 0, 0; at < len(src); at, i = at+stageBytes, i+1 {
		h := &st.halves[i%2]
		if err := h.wait(s.api); err != nil {
			return err
		}
		n := min(stageBytes, len(src)-at)
		copyBytes(h.bytes[:n], src[at:])
		if err := h.transfer(s, enqueueWrite, dst, at, n); err != nil {
			return err
		}
	}
	return nil
}

// read copies a block to dst. Whatever happens, no transfer is going on when it
// returns.
func (st *stage) read(ctx context.Context, s *stream, dst []byte, src *block) (err error) {
	defer func() {
		for i := range st.halves {
			if e := st.halves[i].wait(s.api); err == nil {
				err = e
			}
		}
	}()
	queue := func(at, i int) error {
		if at >= len(dst) {
			return nil
		}
		return st.halves[i%2].transfer(s, enqueueRead, src, at, min(stageBytes, len(dst)-at))
	}
	for i := range st.halves {
		if err := st.halves[i].wait(s.api); err != nil {
			return err
		}
	}
	if err := queue(0, 0); err != nil {
		return err
	}
	for at, i := 0, 0; at < len(dst); at, i = at+stageBytes, i+1 {
		if err := ctx.Err(); err != nil {
			return err
		}
		if err := queue(at+stageBytes, i+1); err != nil {
			return err
		}
		h := &st.halves[i%2]
		if err := h.wait(s.api); err != nil {
			return err
		}
		copyBytes(dst[at:], h.bytes[:min(stageBytes, len(dst)-at)])
	}
	return nil
}
