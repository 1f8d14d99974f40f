package queue

import (
	"context"
	"fmt"
	"runtime"
	"sync"

	"github.com/quern-go/quern/device"
)

// Upload does the work queued before it, which may read dst, then copies.
func (s *Stream[M]) Upload(dst device.Buffer, src []byte) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := s.accepts("upload"); err != nil {
		return err
	}
	to, err := s.room("upload", dst, len(src))
	if err != nil || len(src) == 0 {
		return err
	}
	if err := s.line.Begin(); err != nil {
		return s.owner.Error("upload", err)
	}
	defer s.line.End()
	if err := s.run(context.Background()); err != nil {
		return s.owner.Error("upload", err)
	}
	to.Retain() // the last part of the copy may still be going on
	s.loose.blocks = append(s.loose.blocks, to)
	s.looseLaunches++
	if err := s.line.Write(to, src); err != nil {
		s.fail(err)
		return s.owner.Error("upload", err)
	}
	return nil
}

// Download queues a copy, which Sync makes.
func (s *Stream[M]) Download(dst []byte, src device.Buffer) error {
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
	s.tasks = append(s.tasks, task[M]{dst: dst, src: from})
	return nil
}

// room is the block behind a buffer that has at least n bytes.
func (s *Stream[M]) room(op string, b device.Buffer, n int) (*device.Block[M], error) {
	mine, err := s.owner.block(op, b)
	if err != nil {
		return nil, err
	}
	if n > mine.Bytes() {
		return nil, fmt.Errorf("%s: %s: %d bytes, the buffer has %d", op, s.owner.Info.Selector(), n, mine.Bytes())
	}
	return mine, nil
}

// chunkBytes is how many bytes are copied between looks at the context.
const chunkBytes = 64 << 20

// Chunks calls move for parts of n bytes until ctx ends.
func Chunks(ctx context.Context, n int, move func(at, n int) error) error {
	for at := 0; at < n; at += chunkBytes {
		if err := ctx.Err(); err != nil {
			return err
		}
		if err := move(at, min(chunkBytes, n-at)); err != nil {
			return err
		}
	}
	return nil
}

// Copy copies the shorter of the two. One core reaches neither the memory's
// bandwidth nor a link's, so several share large blocks.
func Copy(dst, src []byte) {
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
