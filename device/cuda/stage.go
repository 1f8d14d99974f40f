package cuda

import (
	"errors"
	"fmt"
	"unsafe"

	"github.com/quern-go/quern/device/cuda/internal/cu"
	"github.com/quern-go/quern/device/internal/queue"
)

// stageBytes is the size of one half of a stage: large enough for the link's full
// speed.
const stageBytes = 4 << 20

// stage is a stage of page-locked memory. From other memory the driver also waits for
// the transfer.
type stage struct {
	queue.Stage
	device *Device
}

// staged is the stream's stage, nil if there is no memory for one, when transfers go
// without. The device's context is current.
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
		_ = s.device.owner.Failure(errors.Join(err, st.close()))
		return nil
	}
	s.stage = st
	return st
}

func (st *stage) open() (err error) {
	for i := range st.Halves {
		h := &st.Halves[i]
		if h.Base, err = st.device.api.MemHostAlloc(stageBytes); err != nil {
			return err
		}
		h.Bytes = unsafe.Slice((*byte)(h.Base), stageBytes)
		e, err := st.device.api.EventCreate()
		if err != nil {
			return err
		}
		h.Event = uintptr(e)
	}
	return nil
}

// close frees what open has made; of a lost device the context's reset does.
func (st *stage) close() error {
	if st.device.lost.Load() {
		return nil
	}
	var errs []error
	for i := range st.Halves {
		h := &st.Halves[i]
		if h.Event != 0 {
			errs = append(errs, st.device.api.EventDestroy(cu.Event(h.Event)))
		}
		if h.Base != nil {
			errs = append(errs, st.device.api.MemFreeHost(h.Base))
		}
	}
	return errors.Join(errs...)
}

// Send queues a copy of part of a half to the device.
func (s *line) Send(h *queue.Half, from, n int, dst address, at int) error {
	return s.sent(h, n, s.api.MemcpyHtoDAsync(dst+address(at), unsafe.Add(h.Base, from), n, s.queue))
}

// Fetch queues a copy from the device to a half.
func (s *line) Fetch(h *queue.Half, n int, src address, at int) error {
	return s.sent(h, n, s.api.MemcpyDtoHAsync(h.Base, src+address(at), n, s.queue))
}

// sent notes that a transfer of the half has been queued.
func (s *line) sent(h *queue.Half, n int, err error) error {
	if err != nil {
		return fmt.Errorf("transfer of %d bytes: %w", n, err)
	}
	if err := s.api.EventRecord(cu.Event(h.Event), s.queue); err != nil {
		s.Quiesce()
		return err
	}
	h.Pending = true
	return nil
}

// Await waits for the half's last transfer.
func (s *line) Await(h *queue.Half) error {
	err := await(s.api, cu.Event(h.Event))
	if err != nil {
		s.Quiesce()
	}
	return err
}
