package arrayfile

import (
	"bufio"
	"context"
	"encoding/binary"
	"fmt"
	"path/filepath"
	"reflect"
	"strings"
	"unsafe"
)

// Element is a type whose values can be written. An int is written as the int64 (or, on 32-bit
// machines, int32) that it is.
type Element interface {
	float32 | float64 | int | int8 | int16 | int32 | int64 | uint8 | uint16 | uint32 | uint64 | bool
}

// Write writes data, in C order, in the format that the extension of path names: CSV for .csv, otherwise
// .npy, which is also what standard output ("-") gets.
func Write[T Element](ctx context.Context, path string, shape []int, data []T, opt WriteOptions) error {
	csv, err := isCSV(path)
	switch {
	case err != nil:
		return err
	case csv:
		return WriteCSV(ctx, path, shape, data, opt)
	}
	return WriteNPY(ctx, path, shape, data, opt)
}

func isCSV(path string) (bool, error) {
	switch ext := strings.ToLower(filepath.Ext(path)); {
	case path == "-", ext == "", ext == ".npy":
		return false, nil
	case ext == ".csv":
		return true, nil
	default:
		return false, fmt.Errorf("write %s: the extension is %s, expected .npy or .csv", path, ext)
	}
}

// Check finds out, before the work for an array of the given shape is done, whether Write could start to
// write it: a format that takes the shape, in a directory where files can be made.
func Check(ctx context.Context, path string, shape []int) error {
	csv, err := isCSV(path)
	if err == nil && csv {
		_, err = csvWidth(path, shape)
	}
	if err != nil || path == "-" {
		return err
	}
	return CheckText(ctx, path)
}

// WriteNPY writes data, in C order, as the .npy file at path, or to standard output if path is "-".
func WriteNPY[T Element](ctx context.Context, path string, shape []int, data []T, opt WriteOptions) error {
	if err := checkLength(path, shape, data); err != nil {
		return err
	}
	w, err := NewNPYWriter[T](ctx, path, shape, opt)
	if err != nil {
		return err
	}
	if err := w.Write(data); err != nil {
		return err
	}
	return w.Close()
}

func checkLength[T Element](path string, shape []int, data []T) error {
	n, err := elementCount(shape, int(unsafe.Sizeof(*new(T))))
	if err == nil && n != len(data) {
		err = fmt.Errorf("shape %v has %d elements, %d were given", shape, n, len(data))
	}
	if err != nil {
		return fmt.Errorf("write %s: %w", outputName(path), err)
	}
	return nil
}

func outputName(path string) string {
	if path == "-" {
		return "standard output"
	}
	return path
}

// NPYWriter writes an array that becomes known in pieces. Either Close or Abort must be called; an error from
// Write has aborted already.
type NPYWriter[T Element] struct {
	ctx   context.Context
	out   *output
	buf   *bufio.Writer
	shape []int
	count int // elements of the array
	have  int // elements written
	err   error
	done  bool
}

// NewNPYWriter starts the .npy file at path, or on standard output if path is "-". Nothing appears
// at path before Close.
func NewNPYWriter[T Element](ctx context.Context, path string, shape []int, opt WriteOptions) (*NPYWriter[T], error) {
	count, err := elementCount(shape, int(unsafe.Sizeof(*new(T))))
	if err == nil {
		err = ctx.Err()
	}
	if err != nil {
		return nil, fmt.Errorf("write %s: %w", outputName(path), err)
	}
	out, err := openOutput(ctx, path, opt)
	if err != nil {
		return nil, fmt.Errorf("write %s: %w", outputName(path), withoutPath(err))
	}
	w := &NPYWriter[T]{ctx: ctx, out: out, buf: bufio.NewWriterSize(out.w, 1<<16), shape: shape, count: count}
	if _, err := w.buf.Write(header[T](shape)); err != nil {
		return nil, w.fail(err)
	}
	return w, nil
}

// Write appends the values that follow, in C order, those of the calls before.
func (w *NPYWriter[T]) Write(values []T) error {
	if w.err != nil {
		return w.err
	}
	if w.done {
		return fmt.Errorf("write %s: the file is closed already", outputName(w.out.path))
	}
	if len(values) > w.count-w.have {
		return w.fail(fmt.Errorf("shape %v has %d elements, at least %d were given", w.shape, w.count, w.have+len(values)))
	}
	for len(values) > 0 {
		if err := w.ctx.Err(); err != nil {
			return w.fail(err)
		}
		n := min(blockElements, len(values))
		if _, err := w.buf.Write(bytesOf(values[:n])); err != nil {
			return w.fail(err)
		}
		values, w.have = values[n:], w.have+n
	}
	return nil
}

// Close completes the file and gives it its name. It fails, and nothing is replaced, if values are
// missing. Closing again has no effect.
func (w *NPYWriter[T]) Close() error {
	if w.done {
		return w.err
	}
	if w.have != w.count {
		return w.fail(fmt.Errorf("shape %v has %d elements, only %d were given", w.shape, w.count, w.have))
	}
	err := w.ctx.Err()
	if err == nil {
		err = w.buf.Flush()
	}
	if err != nil {
		return w.fail(err)
	}
	w.done = true
	if err := w.out.commit(); err != nil {
		w.err = w.out.failed(err)
	}
	return w.err
}

// Abort gives the file up and removes what was written. After Close it has no effect.
func (w *NPYWriter[T]) Abort() error {
	if w.done {
		return nil
	}
	w.done = true
	w.err = fmt.Errorf("write %s: aborted", outputName(w.out.path))
	return w.out.abort()
}

// fail gives the file up because of err, which it keeps for later calls.
func (w *NPYWriter[T]) fail(err error) error {
	w.done = true
	w.err = w.out.failed(err)
	return w.err
}

// header is everything before the data in a version 1.0 file. The data has the machine's byte order and
// starts at a multiple of 64 bytes.
func header[T Element](shape []int) []byte {
	dims := strings.Builder{}
	for i, n := range shape {
		if i > 0 {
			dims.WriteByte(' ')
		}
		fmt.Fprintf(&dims, "%d,", n)
	}
	tuple := dims.String()
	if len(shape) > 1 {
		tuple = strings.TrimSuffix(tuple, ",")
	}
	dict := fmt.Sprintf("{'descr': '%s', 'fortran_order': False, 'shape': (%s), }", descr[T](), tuple)
	const preamble = len(npyMagic) + 4
	length := (preamble+len(dict)+1+63)/64*64 - preamble
	h := append([]byte(npyMagic), 1, 0)
	h = binary.LittleEndian.AppendUint16(h, uint16(length))
	return fmt.Appendf(h, "%-*s\n", length-1, dict)
}

// descr is the array-protocol type string of T.
func descr[T Element]() string {
	t := reflect.TypeFor[T]()
	order, kind := "<", 'i'
	if !hostLittleEndian {
		order = ">"
	}
	if t.Size() == 1 {
		order = "|"
	}
	switch t.Kind() {
	case reflect.Float32, reflect.Float64:
		kind = 'f'
	case reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64:
		kind = 'u'
	case reflect.Bool:
		kind = 'b'
	}
	return fmt.Sprintf("%s%c%d", order, kind, t.Size())
}
