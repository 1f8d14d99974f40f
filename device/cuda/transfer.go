package cuda

import (
	"context"
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
func (s *line) Read(ctx context.Context, dst []byte, src *block) error {
	if st := s.staged(); st != nil {
		return queue.Read(ctx, s, &st.Stage, dst, src.Memory())
	}
	return queue.Chunks(ctx, len(dst), func(at, n int) error {
		err := s.api.MemcpyDtoHAsync(unsafe.Pointer(&dst[at]), src.Memory()+address(at), n, s.queue)
		if err != nil {
			return err
		}
		return s.api.StreamSynchronize(s.queue)
	})
}
