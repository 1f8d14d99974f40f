package arrayfile

import (
	"encoding/binary"
	"fmt"
	"math"
	"strings"
	"unsafe"
)

// dtype is a numeric type as stored in a .npy file.
type dtype struct {
	name  string // NumPy's name
	kind  byte   // 'f' float, 'i' signed, 'u' unsigned, 'b' boolean
	size  int    // bytes
	order binary.ByteOrder
}

// native reports that the bytes of the file are those of a Go float32 or float64.
func (d dtype) native() bool {
	return d.kind == 'f' && d.size >= 4 && (d.order == binary.ByteOrder(binary.LittleEndian)) == hostLittleEndian
}

// single reports that the values are kept as float32.
func (d dtype) single() bool {
	return d.kind == 'f' && d.size <= 4
}

var hostLittleEndian = binary.NativeEndian.Uint16([]byte{1, 0}) == 1

// dtypes are the types that can be read, by kind and size as .npy spells them.
var dtypes = map[string]dtype{
	"f8": {name: "float64", kind: 'f', size: 8},
	"f4": {name: "float32", kind: 'f', size: 4},
	"f2": {name: "float16", kind: 'f', size: 2},
	"i8": {name: "int64", kind: 'i', size: 8},
	"i4": {name: "int32", kind: 'i', size: 4},
	"i2": {name: "int16", kind: 'i', size: 2},
	"i1": {name: "int8", kind: 'i', size: 1},
	"u8": {name: "uint64", kind: 'u', size: 8},
	"u4": {name: "uint32", kind: 'u', size: 4},
	"u2": {name: "uint16", kind: 'u', size: 2},
	"u1": {name: "uint8", kind: 'u', size: 1},
	"b1": {name: "bool", kind: 'b', size: 1},
}

// parseDescr reads an array-protocol type string: byte order, kind and size in bytes, as in "<f8".
func parseDescr(descr string) (dtype, error) {
	code := strings.TrimLeft(descr[:min(1, len(descr))], "<>=|") + descr[min(1, len(descr)):]
	d, ok := dtypes[code]
	if !ok {
		return dtype{}, unsupportedDType(descr, code)
	}
	d.order = binary.LittleEndian
	if descr[0] == '>' || descr[0] == '=' && !hostLittleEndian {
		d.order = binary.BigEndian
	}
	return d, nil
}

// unsupportedDType says what kind of values a file holds instead of numbers, and what to do.
func unsupportedDType(descr, code string) error {
	const supported = "supported are float16, float32, float64, int8 to int64, uint8 to uint64 and bool"
	if code == "" {
		return fmt.Errorf("dtype %q; %s", descr, supported)
	}
	switch code[0] {
	case 'O':
		return fmt.Errorf("dtype %q holds Python objects, which are never loaded: save numbers, for example a.astype('float64')", descr)
	case 'U', 'S', 'a':
		return fmt.Errorf("dtype %s holds text; %s", excerpt(descr), supported)
	case 'V':
		return fmt.Errorf("dtype %s holds records; %s", excerpt(descr), supported)
	case 'M', 'm':
		return fmt.Errorf("dtype %s holds times: save a.astype('int64')", excerpt(descr))
	case 'c':
		return fmt.Errorf("dtype %s is complex: save a.real and a.imag", excerpt(descr))
	}
	return fmt.Errorf("dtype %s; %s", excerpt(descr), supported)
}

// float is what values are kept as.
type float interface{ float32 | float64 }

// convert decodes the values in raw, which is len(dst)·d.size bytes long.
func convert[T float](dst []T, raw []byte, d dtype) {
	o := d.order
	switch d.name {
	case "float64":
		each(dst, raw, 8, func(b []byte) T { return T(math.Float64frombits(o.Uint64(b))) })
	case "float32":
		each(dst, raw, 4, func(b []byte) T { return T(math.Float32frombits(o.Uint32(b))) })
	case "float16":
		each(dst, raw, 2, func(b []byte) T { return T(float32FromHalf(o.Uint16(b))) })
	case "int64":
		each(dst, raw, 8, func(b []byte) T { return T(int64(o.Uint64(b))) })
	case "int32":
		each(dst, raw, 4, func(b []byte) T { return T(int32(o.Uint32(b))) })
	case "int16":
		each(dst, raw, 2, func(b []byte) T { return T(int16(o.Uint16(b))) })
	case "int8":
		each(dst, raw, 1, func(b []byte) T { return T(int8(b[0])) })
	case "uint64":
		each(dst, raw, 8, func(b []byte) T { return T(o.Uint64(b)) })
	case "uint32":
		each(dst, raw, 4, func(b []byte) T { return T(o.Uint32(b)) })
	case "uint16":
		each(dst, raw, 2, func(b []byte) T { return T(o.Uint16(b)) })
	case "uint8":
		each(dst, raw, 1, func(b []byte) T { return T(b[0]) })
	case "bool":
		each(dst, raw, 1, func(b []byte) T { return T(min(b[0], 1)) })
	}
}

func each[T float](dst []T, raw []byte, size int, value func([]byte) T) {
	for i := range dst {
		dst[i] = value(raw[i*size : (i+1)*size])
	}
}

// float32FromHalf converts an IEEE 754 binary16, exactly.
func float32FromHalf(h uint16) float32 {
	sign := uint32(h>>15) << 31
	exp, frac := uint32(h>>10)&31, uint32(h)&0x3ff
	switch exp {
	case 0: // zero or subnormal: frac · 2⁻²⁴
		return math.Float32frombits(sign | math.Float32bits(float32(frac)*0x1p-24))
	case 31: // infinity or NaN
		return math.Float32frombits(sign | 0xff<<23 | frac<<13)
	}
	return math.Float32frombits(sign | (exp+127-15)<<23 | frac<<13)
}

// bytesOf is the memory of s.
func bytesOf[T any](s []T) []byte {
	var zero T
	return unsafe.Slice((*byte)(unsafe.Pointer(unsafe.SliceData(s))), len(s)*int(unsafe.Sizeof(zero)))
}
