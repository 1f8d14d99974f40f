package opencl

import (
	"encoding/binary"
	"strings"
	"unsafe"
)

// subject is what a query is about: the function that answers, and the objects it
// takes before the name of the fact.
type subject struct {
	function function
	first    uintptr
	second   uintptr // for functions that take two
	pair     bool
}

func ofPlatform(id uintptr) subject { return subject{function: getPlatformInfo, first: id} }
func ofDevice(id uintptr) subject   { return subject{function: getDeviceInfo, first: id} }
func ofProgram(p uintptr) subject   { return subject{function: getProgramInfo, first: p} }

func ofBuild(p, device uintptr) subject {
	return subject{function: getBuildInfo, first: p, second: device, pair: true}
}

func ofKernel(k, device uintptr) subject {
	return subject{function: getKernelWorkGroupInfo, first: k, second: device, pair: true}
}

// query returns the bytes of a fact.
func (a *api) query(of subject, name uintptr) ([]byte, error) {
	var size uintptr
	if err := a.ask(of, name, nil, &size); err != nil || size == 0 {
		return nil, err
	}
	value := make([]byte, size)
	err := a.ask(of, name, value, &size)
	return value[:min(size, uintptr(len(value)))], err
}

func (a *api) ask(of subject, name uintptr, value []byte, size *uintptr) error {
	p := unsafe.Pointer(unsafe.SliceData(value))
	if of.pair {
		return a.call(of.function, of.first, of.second, name,
			uintptr(len(value)), uintptr(p), uintptr(unsafe.Pointer(size)))
	}
	return a.call(of.function, of.first, name,
		uintptr(len(value)), uintptr(p), uintptr(unsafe.Pointer(size)))
}

// text is a fact that is a string; "" if there is no answer.
func (a *api) text(of subject, name uintptr) string {
	value, err := a.query(of, name)
	if err != nil {
		return ""
	}
	s, _, _ := strings.Cut(string(value), "\x00")
	return strings.TrimSpace(s)
}

// number is a fact that is a whole number of 4 or 8 bytes; 0 if there is no answer.
func (a *api) number(of subject, name uintptr) uint64 {
	numbers := a.numbers(of, name, 0)
	if len(numbers) == 0 {
		return 0
	}
	return numbers[0]
}

// numbers is a fact that is a list of whole numbers of the given width in bytes;
// width 0 stands for a list of one.
func (a *api) numbers(of subject, name uintptr, width int) []uint64 {
	value, err := a.query(of, name)
	if err != nil {
		return nil
	}
	if width == 0 {
		width = len(value)
	}
	var list []uint64
	for ; width > 0 && len(value) >= width; value = value[width:] {
		switch width {
		case 4:
			list = append(list, uint64(binary.NativeEndian.Uint32(value)))
		case 8:
			list = append(list, binary.NativeEndian.Uint64(value))
		default:
			return nil
		}
	}
	return list
}
