// Package scratch keeps arrays in temporary files: out of memory, for as long as one
// evaluation lasts.
//
// Files are read and written by ordinary calls with at most a small buffer, not mapped,
// so that no more of an array is in the program's memory than what was asked for.
package scratch

import (
	"context"
	"errors"
	"fmt"
	"os"

	"github.com/quern-go/quern/kernels"
)

// Err is wrapped by the error of a file that cannot be made, written or read, as when
// the disk is full.
var Err = errors.New("temporary file")

// File is an array in a temporary file, in row-major order.
type File struct {
	file  *os.File
	name  string // to be removed by Close; "" if that is done already
	bytes int64
}

// Create makes a file for so many bytes in os.TempDir. Where the system lets a file
// that is open be removed, it has no name from then on, so that nothing is left behind
// even by a program that is killed.
func Create(bytes int) (*File, error) {
	file, err := os.CreateTemp("", "quern-*.tmp")
	if err != nil {
		return nil, fmt.Errorf("%w: %w", Err, err)
	}
	f := &File{file: file, name: file.Name(), bytes: int64(bytes)}
	if os.Remove(f.name) == nil {
		f.name = ""
	}
	return f, nil
}

// Check finds out whether there can be files.
func Check() error {
	f, err := Create(0)
	if err != nil {
		return err
	}
	return f.Close()
}

// Close gives the room on the disk back.
func (f *File) Close() error {
	err := f.file.Close()
	if f.name != "" {
		err = errors.Join(err, os.Remove(f.name))
	}
	return err
}

// Write puts elements of size bytes each, that lie in src one after another, where the
// layout has them.
func (f *File) Write(ctx context.Context, src []byte, size int, l kernels.Layout) error {
	return runs(l, func(at, count int) error {
		run := src[:count*size]
		src = src[len(run):]
		return f.inChunks(ctx, f.file.WriteAt, run, int64(at)*int64(size))
	})
}

// Read is the inverse of Write.
func (f *File) Read(ctx context.Context, dst []byte, size int, l kernels.Layout) error {
	r := reader{file: f, ctx: ctx}
	if distance := apart(l) * size; distance < direct {
		r.window = make([]byte, windowBytes)
	}
	return runs(l, func(at, count int) error {
		run := dst[:count*size]
		dst = dst[len(run):]
		return r.read(run, int64(at)*int64(size))
	})
}

// chunkBytes is how much is read or written before a look at the context.
const chunkBytes = 4 << 20

// inChunks calls ReadAt or WriteAt.
func (f *File) inChunks(ctx context.Context, call func([]byte, int64) (int, error), p []byte, at int64) error {
	for len(p) > 0 {
		if err := ctx.Err(); err != nil {
			return err
		}
		n, err := call(p[:min(len(p), chunkBytes)], at)
		if err != nil {
			return fmt.Errorf("%w: %w", Err, err)
		}
		p, at = p[n:], at+int64(n)
	}
	return nil
}

const (
	// direct is the distance, in bytes, from which on runs are read one by one: a call
	// costs about as much as copying a page.
	direct = 4 << 10
	// windowBytes is what is read at once where runs lie closer together.
	windowBytes = 64 << 10
)

// reader reads runs that may lie close together.
type reader struct {
	file   *File
	ctx    context.Context
	window []byte // nil: runs are read one by one
	start  int64  // of what the window shows
	shown  int    // bytes, 0 at first
}

func (r *reader) read(run []byte, at int64) error {
	if len(run) >= direct || r.window == nil {
		return r.file.inChunks(r.ctx, r.file.file.ReadAt, run, at)
	}
	end := at + int64(len(run))
	if at < r.start || end > r.start+int64(r.shown) {
		start := at
		if r.shown > 0 && at < r.start { // they come from the last to the first
			start = max(0, end-windowBytes)
		}
		shown := max(len(run), int(min(windowBytes, r.file.bytes-start)))
		if err := r.file.inChunks(r.ctx, r.file.file.ReadAt, r.window[:shown], start); err != nil {
			return err
		}
		r.start, r.shown = start, shown
	}
	copy(run, r.window[at-r.start:])
	return nil
}
