package cuda

import (
	"context"
	"fmt"
	"runtime"
	"sync"
	"unsafe"

	"github.com/quern-go/quern/device"
)

// transferChunk is how many bytes are copied between looks at the context.
const transferChunk = 64 << 20

// Upload does the work queued before it, which may read dst, then copies.
func (s *stream) Upload(dst device.Buffer, src []byte) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := s.accepts("upload"); err != nil {
		return err
	}
	to, err := s.room("upload", dst, len(src))
	if err != nil || len(src) == 0 {
		return err
	}
	if err := s.device.begin(); err != nil {
		return s.error("upload", err)
	}
	defer s.device.end()
	if err := s.run(context.Background()); err != nil {
		return s.error("upload", err)
	}
	to.Retain() // the last part of the copy may still be going on
	s.loose.blocks = append(s.loose.blocks, to)
	s.looseLaunches++
	if err := s.write(to, src); err != nil {
		s.fail(err)
		return s.error("upload", err)
	}
	return nil
}

// Download queues a copy, which Sync makes.
func (s *stream) Download(dst []byte, src device.Buffer) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := s.accepts("download"); err != nil {
		return err
	}
	from, err := s.room("download", src, len(dst))
	if err != nil || len(dst) == 0 {
		return err
	}
	from.Retain()
	s.tasks = append(s.tasks, task{dst: dst, src: from})
	return nil
}

// room is the block behind a buffer that has at least n bytes.
func (s *stream) room(op string, b device.Buffer, n int) (*block, error) {
	mine, err := s.device.own(op, b)
	if err != nil {
		return nil, err
	}
	if n > mine.Bytes() {
		return nil, fmt.Errorf("%s: %s: %d bytes, the buffer has %d", op, s.device.info.Selector(), n, mine.Bytes())
	}
	return mine, nil
}

// write copies to the device; src may change when it returns.
func (s *stream) write(dst *block, src []byte) error {
	if st := s.staged(); st != nil {
		return st.write(s, dst, src)
	}
	return s.chunks(context.Background(), len(src), func(at, n int) error {
		err := s.api.MemcpyHtoDAsync(dst.Memory()+address(at), unsafe.Pointer(&src[at]), n, s.queue)
		if err != nil {
			return err
		}
		return s.api.StreamSynchronize(s.queue)
	})
}

// read copies from the device, after the work queued with it, and waits.
func (s *stream) read(ctx context.Context, dst []byte, src *block) error {
	if st := s.staged(); st != nil {
		return st.read(ctx, s, dst, src)
	}
	return s.chunks(ctx, len(dst), func(at, n int) error {
		err := s.api.MemcpyDtoHAsync(unsafe.Pointer(&dst[at]), src.Memory()+address(at), n, s.queue)
		if err != nil {
			return err
		}
		return s.api.StreamSynchronize(s.queue)
	})
}

// chunks calls move for parts of n bytes until ctx ends.
func (s *stream) chunks(ctx context.Context, n int, move func(at, n int) error) error {
	for at := 0; at < n; at += transferChunk {
		if err := ctx.Err(); err != nil {
			return err
		}
		if err := move(at, min(transferChunk, n-at)); err != nil {
			return err
		}
	}
	return nil
}

// copyBytes copies the shorter of the two. One core reaches neither the memory's
// bandwidth nor the link's, so several share large blocks.
func copyBytes(dst, src []byte) {
	const share = 1 << 20
	n := min(len(dst), len(src))
	workers := min(4, runtime.GOMAXPROCS(0), n/share)
	if workers < 2 {
		copy(dst, src)
		return
	}
	var group sync.WaitGroup
	part := (n + workers - 1) / workers
	for at := 0; at < n; at += part {
		group.Go(func() { copy(dst[at:min(at+part, n)], src[at:min(at+part, n)]) })
	}
	group.Wait()
}
