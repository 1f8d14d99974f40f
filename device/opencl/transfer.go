package opencl

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
	if err != nil {
		return err
	}
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
	switch {
	case s.device.mapped:
		return s.inPlace(context.Background(), dst, len(src), mapWriteInvalidateRegion, func(p []byte, at int) { copyBytes(p, src[at:]) })
	case len(src) > stageBytes/4:
		if stage, ok := s.device.stage(); ok {
			defer s.device.putStage(stage)
			return stage.write(s, dst, src)
		}
	}
	return s.chunks(context.Background(), len(src), func(at, n int) error {
		return s.api.call(enqueueWrite, s.queue, dst.Memory(), 1, uintptr(at), uintptr(n),
			uintptr(unsafe.Pointer(&src[at])), 0, 0, 0)
	})
}

// read copies from the device, after the work queued with it, and waits.
func (s *stream) read(ctx context.Context, dst []byte, src *block) error {
	switch {
	case s.device.mapped:
		return s.inPlace(ctx, src, len(dst), mapRead, func(p []byte, at int) { copyBytes(dst[at:], p) })
	case len(dst) > stageBytes/4:
		if stage, ok := s.device.stage(); ok {
			defer s.device.putStage(stage)
			return stage.read(ctx, s, dst, src)
		}
	}
	return s.chunks(ctx, len(dst), func(at, n int) error {
		return s.api.call(enqueueRead, s.queue, src.Memory(), 1, uintptr(at), uintptr(n),
			uintptr(unsafe.Pointer(&dst[at])), 0, 0, 0)
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

// inPlace maps n bytes of a block into the host's memory, where move does its
// part: on unified memory that costs no copy of the driver's.
func (s *stream) inPlace(ctx context.Context, b *block, n int, flags uintptr, move func(p []byte, at int)) error {
	return s.chunks(ctx, n, func(at, n int) error {
		p, err := s.device.mapMemory(s.queue, b.Memory(), at, n, flags)
		if err != nil {
			return err
		}
		move(unsafe.Slice((*byte)(p), n), at)
		return s.device.unmapMemory(s.queue, b.Memory(), p)
	})
}

// mapMemory maps part of a memory object, when the queue gets there, and waits.
func (d *Device) mapMemory(queue, mem uintptr, at, n int, flags uintptr) (unsafe.Pointer, error) {
	var code int32
	p := d.api.invoke(enqueueMap, &code, queue, mem, 1, flags, uintptr(at), uintptr(n), 0, 0, 0, uintptr(unsafe.Pointer(&code)))
	p, err := d.api.created(mappings, enqueueMap, p, code)
	// The address is of memory outside of Go's heap.
	return *(*unsafe.Pointer)(unsafe.Pointer(&p)), err
}

func (d *Device) unmapMemory(queue, mem uintptr, p unsafe.Pointer) error {
	d.api.alive[mappings].Add(-1)
	return d.api.call(enqueueUnmap, queue, mem, uintptr(p), 0, 0, 0)
}

// copyBytes copies the shorter of the two. One core does not reach the memory's
// bandwidth, so several share large blocks.
func copyBytes(dst, src []byte) {
	const share = 4 << 20
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
