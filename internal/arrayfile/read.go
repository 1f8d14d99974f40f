package arrayfile

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/quern-go/quern/internal/meter"
)

// File is the array that a file holds, in C order.
type File struct {
	// DType is the NumPy name of the type stored in the file, such as "float32", "int16" or
	// "bool". CSV files are "float64".
	DType string
	// Shape is the length of each axis; it is empty for a single number.
	Shape []int
	// F32 holds the values if DType is "float32" or "float16", F64 in all other cases.
	F32 []float32
	F64 []float64
	// Columns are the names in the header of a CSV file, of the columns that were read; nil if it has none.
	Columns []string
}

// Len is the number of elements.
func (f *File) Len() int {
	return len(f.F32) + len(f.F64)
}

// ReadOptions adjust how a file is read. The zero value reads all of it.
type ReadOptions struct {
	// Columns selects columns of a CSV file: indices from 0 (negative from the end), half-open
	// ranges and header names, separated by commas: "0:4", "2,-1", "sepal_width,petal_width".
	Columns string
	// MaxBytes is the most memory the values may take; 0 means no limit.
	MaxBytes int64
	// Stdin replaces os.Stdin as what the path "-" reads.
	Stdin io.Reader
}

// Read reads the array in the file at path, or on standard input if path is "-". A meter in the
// context is told how far it is, as far as the length is known.
func Read(ctx context.Context, path string, opt ReadOptions) (*File, error) {
	f, err := read(ctx, path, opt)
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", inputName(path), withoutPath(err))
	}
	return f, nil
}

func inputName(path string) string {
	if path == "-" {
		return "standard input"
	}
	return path
}

// withoutPath drops the paths that os functions put into their errors, because the
// caller names the file already.
func withoutPath(err error) error {
	var pe *fs.PathError
	if errors.As(err, &pe) {
		return pe.Err
	}
	var le *os.LinkError
	if errors.As(err, &le) {
		return le.Err
	}
	return err
}

// source is an opened input. Regular files can be read at any offset and have a known size.
type source struct {
	r    *bufio.Reader
	at   io.ReaderAt // nil for a stream
	size int64       // of a regular file, in bytes
}

func read(ctx context.Context, path string, opt ReadOptions) (*File, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	if path == "-" {
		stdin := opt.Stdin
		if stdin == nil {
			stdin = os.Stdin
		}
		return decode(ctx, path, streamSource(ctx, stdin), opt)
	}
	f, err := openContext(ctx, path, os.O_RDONLY)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	st, err := f.Stat()
	if err != nil {
		return nil, err
	}
	switch {
	case st.IsDir():
		return nil, errors.New("is a directory, expected a .npy or CSV file")
	case st.Mode().IsRegular():
		counted := &countedReader{r: f, size: st.Size(), span: meter.Of(ctx)}
		src := &source{r: bufio.NewReaderSize(counted, 1<<16), at: f, size: st.Size()}
		return decode(ctx, path, src, opt)
	default:
		return decode(ctx, path, streamSource(ctx, f), opt)
	}
}

func streamSource(ctx context.Context, r io.Reader) *source {
	return &source{r: bufio.NewReaderSize(&ctxReader{ctx, r}, 1<<16)}
}

// decode finds the format from the first bytes.
func decode(ctx context.Context, path string, src *source, opt ReadOptions) (*File, error) {
	start, err := src.r.Peek(512)
	if err != nil && !errors.Is(err, io.EOF) {
		return nil, err
	}
	switch {
	case len(start) == 0:
		return nil, errors.New("is empty, expected a .npy or CSV file")
	case bytes.HasPrefix(start, []byte(npyMagic)):
		if opt.Columns != "" {
			return nil, fmt.Errorf("columns %q were given, but columns are chosen from CSV files only and this is .npy", opt.Columns)
		}
		return readNPY(ctx, src, opt.MaxBytes)
	case bytes.HasPrefix(start, []byte("PK\x03\x04")):
		return nil, errors.New("is a zip archive (.npz?), expected .npy or CSV: save each array with numpy.save")
	case strings.EqualFold(filepath.Ext(path), ".npy"):
		return nil, fmt.Errorf("starts with %q, a .npy file starts with %q", start[:min(len(start), len(npyMagic))], npyMagic)
	case bytes.IndexByte(start, 0) >= 0:
		return nil, errors.New("is neither .npy nor text: there is a zero byte near its start (text in UTF-16 must be converted to UTF-8)")
	default:
		return readCSV(ctx, src.r, opt)
	}
}

// countedReader tells a meter which share of a file has been read.
type countedReader struct {
	r          io.Reader
	size, have int64
	span       *meter.Span
}

func (c *countedReader) Read(p []byte) (int, error) {
	n, err := c.r.Read(p)
	c.have += int64(n)
	c.span.Set(float64(c.have) / float64(c.size))
	return n, err
}

// ctxReader lets a context interrupt reads that may block for ever, such as those of a
// terminal or a pipe. A read that is given up keeps its buffer, which nobody uses again.
type ctxReader struct {
	ctx context.Context
	r   io.Reader
}

func (c *ctxReader) Read(p []byte) (int, error) {
	type result struct {
		n   int
		err error
	}
	done := make(chan result, 1)
	go func() {
		n, err := c.r.Read(p)
		done <- result{n, err}
	}()
	select {
	case res := <-done:
		return res.n, res.err
	case <-c.ctx.Done():
		return 0, c.ctx.Err()
	}
}
