package arrayfile

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math"
	"strings"
)

const (
	npyMagic = "\x93NUMPY"

	// maxHeader bounds the text header. NumPy's own are about 118 bytes, and it refuses to
	// read more than 10,000.
	maxHeader = 1 << 16

	// maxAxes is NumPy 2's limit on the number of axes.
	maxAxes = 64
)

// npyHeader says what follows it in a .npy file.
type npyHeader struct {
	dtype   dtype
	fortran bool
	shape   []int
	count   int   // number of elements
	offset  int64 // where the data starts in the file
}

// dataBytes is the size of the data as stored; parseHeader has made sure that it fits.
func (h *npyHeader) dataBytes() int64 {
	return int64(h.count) * int64(h.dtype.size)
}

// readHeader reads everything before the data: magic, version, header length and the
// header, a Python dictionary in text. The format is specified in NumPy's NEP 1.
func readHeader(r io.Reader) (*npyHeader, error) {
	var fixed [12]byte
	if err := readFull(r, fixed[:8]); err != nil {
		return nil, fmt.Errorf("cut off in the .npy preamble: %w", err)
	}
	var lengthBytes int
	switch major := fixed[6]; major {
	case 1:
		lengthBytes = 2
	case 2, 3:
		lengthBytes = 4
	default:
		return nil, fmt.Errorf(".npy format version %d.%d, expected 1.0, 2.0 or 3.0", major, fixed[7])
	}
	if err := readFull(r, fixed[8:8+lengthBytes]); err != nil {
		return nil, fmt.Errorf("cut off in the .npy preamble: %w", err)
	}
	length := binary.LittleEndian.Uint32(fixed[8:]) // the upper half is zero in version 1
	if length > maxHeader {
		return nil, fmt.Errorf(".npy header of %d bytes, expected at most %d", length, maxHeader)
	}
	text := make([]byte, length)
	if err := readFull(r, text); err != nil {
		return nil, fmt.Errorf("cut off in the .npy header of %d bytes: %w", length, err)
	}
	h, err := parseHeader(string(text))
	if err != nil {
		return nil, err
	}
	h.offset = int64(8 + lengthBytes + len(text))
	return h, nil
}

func readFull(r io.Reader, p []byte) error {
	_, err := io.ReadFull(r, p)
	if errors.Is(err, io.EOF) {
		return io.ErrUnexpectedEOF
	}
	return err
}

// parseHeader reads the dictionary, which must have exactly the keys descr, fortran_order and shape.
func parseHeader(text string) (*npyHeader, error) {
	dict, err := parseDict(text)
	if err != nil {
		return nil, fmt.Errorf(".npy header %s: %w", excerpt(text), err)
	}
	h := &npyHeader{}
	for _, key := range []string{"descr", "fortran_order", "shape"} {
		v, ok := dict[key]
		if !ok {
			return nil, fmt.Errorf(".npy header %s: the key %q is missing", excerpt(text), key)
		}
		delete(dict, key)
		if err := h.set(key, v); err != nil {
			return nil, err
		}
	}
	for key := range dict {
		return nil, fmt.Errorf(".npy header %s: unknown key %s", excerpt(text), excerpt(key))
	}
	h.count, err = elementCount(h.shape, max(h.dtype.size, 8)) // integers grow to float64
	return h, err
}

func (h *npyHeader) set(key string, v any) error {
	var ok bool
	switch key {
	case "descr":
		return h.setDescr(v)
	case "fortran_order":
		if h.fortran, ok = v.(bool); !ok {
			return fmt.Errorf(".npy header: fortran_order is %v, expected True or False", v)
		}
	case "shape":
		if h.shape, ok = v.([]int); !ok {
			return fmt.Errorf(".npy header: shape is %v, expected a tuple of integers", v)
		}
	}
	return nil
}

func (h *npyHeader) setDescr(v any) error {
	var err error
	switch descr := v.(type) {
	case string:
		h.dtype, err = parseDescr(descr)
		return err
	case structured:
		return fmt.Errorf("structured dtype %s is not supported: save one field, for example numpy.save(path, a['x'])", excerpt(string(descr)))
	default:
		return fmt.Errorf(".npy header: descr is %v, expected a type such as '<f8'", v)
	}
}

// elementCount multiplies the axes, refusing those that no array can have.
func elementCount(shape []int, size int) (int, error) {
	if len(shape) > maxAxes {
		return 0, fmt.Errorf("shape has %d axes, at most %d are possible", len(shape), maxAxes)
	}
	product, empty := size, false
	for axis, n := range shape {
		switch {
		case n < 0:
			return 0, fmt.Errorf("shape %v: axis %d is negative", shape, axis)
		case n == 0:
			empty = true
		case product > math.MaxInt/n:
			return 0, fmt.Errorf("shape %v of %d-byte elements takes more bytes than can be counted", shape, size)
		default:
			product *= n
		}
	}
	if empty {
		return 0, nil
	}
	return product / size, nil
}

// excerpt quotes text from a file for an error message, shortened if it is long.
func excerpt(s string) string {
	s = strings.TrimSpace(s)
	if len(s) > 80 {
		return fmt.Sprintf("%.80q…", s)
	}
	return fmt.Sprintf("%q", s)
}
