package cuda

import (
	"context"
	"errors"
	"fmt"
	"unsafe"

	"github.com/quern-go/quern/device/cuda/internal/cu"
)

// stageBytes is the size of one half of a stage: large enough for the link's full
// speed.
const stageBytes = 4 << 20

// stage is page-locked host memory, which the device reaches by itself, in two
// halves: the host copies to or from one while the device moves the other. From the
// program's own memory the driver reaches half the link's speed or less, and waits.
// A stage is used by one stream at a time.
type stage struct {
	device *Device
	halves [2]half
	turn   int // the half for the next upload
}

type half struct {
	base    unsafe.Pointer
	bytes   []byte   // at base
	used    int      // bytes at the start that transfers going on need
	event   cu.Event // of the last transfer
	pending bool     // it has not been waited for
}

// staged is the stream's stage, nil if there is no memory for one, when transfers go
// without. The device's context is current.
func (s *stream) staged() *stage {
	if s.stage != nil {
		return s.stage
	}
	if st, ok := s.device.stages.pop(); ok {
		s.stage = st
		return st
	}
	st := &stage{device: s.device}
	if err := st.open(); err != nil {
		_ = s.device.failure(errors.Join(err, st.close()))
		return nil
	}
	s.stage = st
	return st
}

func (st *stage) open() (err error) {
	for i := range st.halves {
		h := &st.halves[i]
		if h.base, err = st.device.api.MemHostAlloc(stageBytes); err != nil {
			return err
		}
		h.bytes = unsafe.Slice((*byte)(h.base), stageBytes)
		if h.event, err = st.device.api.EventCreate(); err != nil {
			return err
		}
	}
	return nil
}

// close frees what open has made; of a lost device the context's reset does.
func (st *stage) close() error {
	if st.device.lost.Load() {
		return nil
	}
	var errs []error
	for i := range st.halves {
		h := &st.halves[i]
		if h.event != 0 {
			errs = append(errs, st.device.api.EventDestroy(h.event))
		}
		if h.base != nil {
			errs = append(errs, st.device.api.MemFreeHost(h.base))
		}
	}
	return errors.Join(errs...)
}

// wait waits for the half's last transfer. Whatever it returns, that is over.
func (h *half) wait(s *stream) (err error) {
	if h.pending {
		if err = await(s.api, h.event); err != nil {
			s.quiesce()
		}
	}
	h.pending, h.used = false, 0
	return err
}

// sent notes that a transfer of the half has been queued.
func (h *half) sent(s *stream, n int, err error) error {
	if err != nil {
		return fmt.Errorf("transfer of %d bytes: %w", n, err)
	}
	if err := s.api.EventRecord(h.event, s.queue); err != nil {
		s.quiesce()
		return err
	}
	h.pending = true
	return nil
}

// write copies src to a block. The last transfers may go on when it returns. Small
// ones share a half, so that several go on without a wait between them.
func (st *stage) write(s *stream, dst *block, src []byte) error {
	for at := 0; at < len(src); {
		h := &st.halves[st.turn]
		n := min(stageBytes, len(src)-at)
		if n > stageBytes-h.used {
			st.turn = 1 - st.turn
			h = &st.halves[st.turn]
			if err := h.wait(s); err != nil {
				return err
			}
		}
		copyBytes(h.bytes[h.used:h.used+n], src[at:])
		err := s.api.MemcpyHtoDAsync(dst.Memory()+address(at), unsafe.Add(h.base, h.used), n, s.queue)
		if err := h.sent(s, n, err); err != nil {
			return err
		}
		h.used += n
		at += n
	}
	return nil
}

// read copies a block to dst. Whatever happens, no transfer is going on when it
// returns.
func (st *stage) read(ctx context.Context, s *stream, dst []byte, src *block) (err error) {
	defer func() {
		for i := range st.halves {
			if e := st.halves[i].wait(s); err == nil {
				err = e
			}
		}
	}()
	queue := func(at, i int) error {
		if at >= len(dst) {
			return nil
		}
		h, n := &st.halves[i%2], min(stageBytes, len(dst)-at)
		return h.sent(s, n, s.api.MemcpyDtoHAsync(h.base, src.Memory()+address(at), n, s.queue))
	}
	for i := range st.halves {
		if err := st.halves[i].wait(s); err != nil {
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
		if err := h.wait(s); err != nil {
			return err
		}
		copyBytes(dst[at:min(at+stageBytes, len(dst))], h.bytes)
	}
	return nil
}
