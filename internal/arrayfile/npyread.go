package arrayfile

import (
	"context"
	"errors"
	"fmt"
	"io"
	"runtime"
	"sync/atomic"
	"unsafe"

	"golang.org/x/sync/errgroup"

	"github.com/quern-go/quern/internal/meter"
)

const (
	// blockElements are read or written at a time (at most 4 MiB), between looks at the context.
	blockElements = 1 << 19

	// maxReaders bounds the goroutines that read one file. Two saturate the page cache of a
	// small machine, where most of the time goes into faulting in the destination.
	maxReaders = 4
)

func readNPY(ctx context.Context, src *source, maxBytes int64) (*File, error) {
	h, err := readHeader(src.r)
	if err != nil {
		return nil, err
	}
	if src.at != nil && h.dataBytes() > src.size-h.offset {
		return nil, fmt.Errorf("cut off: shape %v of %s takes %d bytes after the header, the file has %d",
			h.shape, h.dtype.name, h.dataBytes(), src.size-h.offset)
	}
	f := &File{DType: h.dtype.name, Shape: h.shape}
	if h.dtype.single() {
		f.F32, err = readValues[float32](ctx, src, h, maxBytes)
	} else {
		f.F64, err = readValues[float64](ctx, src, h, maxBytes)
	}
	if err != nil {
		return nil, err
	}
	return f, nil
}

func readValues[T float](ctx context.Context, src *source, h *npyHeader, maxBytes int64) ([]T, error) {
	if need := int64(h.count) * int64(unsafe.Sizeof(T(0))); maxBytes > 0 && need > maxBytes {
		return nil, fmt.Errorf("shape %v of %s takes %d bytes of memory, the limit is %d", h.shape, h.dtype.name, need, maxBytes)
	}
	order := newFortranOrder(h.shape)
	transposed := h.fortran && !order.trivial()
	if src.at == nil {
		values, err := readStream[T](ctx, src.r, h)
		if err != nil || !transposed {
			return values, err
		}
		dst := make([]T, h.count)
		scatter(order, dst, values, 0)
		return dst, ctx.Err()
	}
	r := &fileValues[T]{at: src.at, h: h, dst: make([]T, h.count)}
	block := blockElements
	if transposed {
		r.order = order
		block = order.block(block)
	}
	return r.dst, r.readAll(ctx, block)
}

// fileValues fills dst from a regular file, blocks in any order.
type fileValues[T float] struct {
	at    io.ReaderAt
	h     *npyHeader
	order *fortranOrder // nil if the file is in C order
	dst   []T
}

// readAll reads blocks of the given number of elements with several goroutines.
func (r *fileValues[T]) readAll(ctx context.Context, block int) error {
	blocks := (len(r.dst) + block - 1) / block
	span := meter.Of(ctx)
	group, ctx := errgroup.WithContext(ctx)
	var next, done atomic.Int64
	for range min(blocks, runtime.GOMAXPROCS(0), maxReaders) {
		group.Go(func() error {
			var buf buffers[T]
			for {
				start := int(next.Add(1)-1) * block
				if start >= len(r.dst) {
					return nil
				}
				if err := ctx.Err(); err != nil {
					return err
				}
				if err := r.readBlock(&buf, start, min(block, len(r.dst)-start)); err != nil {
					return err
				}
				span.Set(float64(done.Add(1)) / float64(blocks))
			}
		})
	}
	return group.Wait()
}

// buffers are the scratch memory of one goroutine: bytes to convert and values to transpose.
type buffers[T float] struct {
	raw    []byte
	values []T
}

func (r *fileValues[T]) readBlock(buf *buffers[T], start, n int) error {
	values := r.dst[start : start+n]
	if r.order != nil {
		buf.values = sized(buf.values, n)
		values = buf.values
	}
	err := fill(values, r.h.dtype, &buf.raw, func(p []byte) error {
		k, err := r.at.ReadAt(p, r.h.offset+int64(start)*int64(r.h.dtype.size))
		if k == len(p) {
			return nil
		}
		return err
	})
	if errors.Is(err, io.EOF) {
		return errors.New("the file became shorter while it was read")
	}
	if err != nil {
		return err
	}
	if r.order != nil {
		scatter(r.order, r.dst, values, start)
	}
	return nil
}

// fill reads len(dst) values, straight into place if their bytes are the machine's own.
func fill[T float](dst []T, d dtype, raw *[]byte, read func([]byte) error) error {
	if d.native() {
		return read(bytesOf(dst))
	}
	*raw = sized(*raw, len(dst)*d.size)
	if err := read(*raw); err != nil {
		return err
	}
	convert(dst, *raw, d)
	return nil
}

func sized[E any](s []E, n int) []E {
	if cap(s) < n {
		return make([]E, n)
	}
	return s[:n]
}

// readStream reads h.count values in file order. Its memory at most doubles what has already
// arrived, so that a header that promises more than follows costs nothing.
func readStream[T float](ctx context.Context, r io.Reader, h *npyHeader) ([]T, error) {
	var values []T
	var raw []byte
	span := meter.Of(ctx)
	for have := 0; have < h.count; {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		n := min(blockElements, h.count-have)
		if have+n > cap(values) {
			grown := make([]T, have, min(h.count, max(have+n, 2*have)))
			copy(grown, values)
			values = grown
		}
		values = values[:have+n]
		got := 0
		err := fill(values[have:], h.dtype, &raw, func(p []byte) (err error) {
			got, err = io.ReadFull(r, p)
			return err
		})
		if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
			return nil, fmt.Errorf("cut off: shape %v of %s takes %d bytes after the header, only %d arrived",
				h.shape, h.dtype.name, h.dataBytes(), have*h.dtype.size+got)
		}
		if err != nil {
			return nil, err
		}
		have += n
		span.Set(float64(have) / float64(h.count))
	}
	return values, nil
}
