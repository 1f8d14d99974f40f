package cuda

import (
	"context"
	"fmt"
	"unsafe"

	"github.com/quern-go/quern/device/internal/queue"
)

// Write copies to the device; src may change when it returns.
func (s *line) Write(dst *block, src []byte) error {
	if st := s.staged(); st != nil {
		return queue.Write(s, &st.Stage, dst.Memory(), src)
	}
	return queue.Chunks(context.Background(), len(src), func(at, n int) error {
		err := s.api.MemcpyHtoDAsync(dst.Memory()+address(at), unsafe.Pointer(&src[at]), n, s.queue)
		if err != nil {
			return err
		}
		return s.api.StreamSynchronize(s.queue)
	})
}

// Read copies from the device, after the work queued with it, and waits.
func (s *line) Read(ctx context.Context, dst []byte, src *block) (idle bool, err error) {
	switch st := s.staged(); {
	case st == nil:
		return true, queue.Chunks(ctx, len(dst), func(at, n int) error {
			err := s.api.MemcpyDtoHAsync(unsafe.Pointer(&dst[at]), src.Memory()+address(at), n, s.queue)
			if err != nil {
				return err
			}
			return s.api.StreamSynchronize(s.queue)
		})
	case len(dst) <= stageBytes:
		return true, s.readAtOnce(st, dst, src.Memory())
	default:
		return true, queue.Read(ctx, s, &st.Stage, dst, src.Memory())
	}
}

// readAtOnce copies what half a stage holds, with no event of its own: see Finish.
func (s *line) readAtOnce(st *stage, dst []byte, src address) error {
	h := &st.Halves[0] // the stream's uploads from there come before
	if err := s.api.MemcpyDtoHAsync(h.Base, src, len(dst), s.queue); err != nil {
		return fmt.Errorf("transfer of %d bytes: %w", len(dst), err)
	}
	err := s.Finish()
	if err != nil {
		s.Quiesce()
	}
	st.Over()
	if err == nil {
		queue.Copy(dst, h.Bytes)
	}
	return err
}
