package cu

import (
	"runtime"
	"unsafe"
)

// Options of the compiler in the driver: CU_JIT_*, in cuda.h. Each is a number, its
// value a word.
const (
	jitErrorLog      = 5
	jitErrorLogBytes = 6
)

// jitOptions ask for the log of errors.
type jitOptions struct {
	names  [2]int32
	values [2]uintptr
	log    [16 << 10]byte
}

func newJITOptions() *jitOptions {
	o := &jitOptions{names: [2]int32{jitErrorLog, jitErrorLogBytes}}
	o.values = [2]uintptr{uintptr(unsafe.Pointer(&o.log)), uintptr(len(o.log))}
	return o
}

// text is what the driver has written.
func (o *jitOptions) text() string { return untilZero(o.log[:]) }

func (l *library) ModuleLoadData(image []byte) (m Module, log string, err error) {
	o := newJITOptions()
	err = l.call(fModuleLoadDataEx, uintptr(unsafe.Pointer(&m)), uintptr(unsafe.Pointer(unsafe.SliceData(image))),
		uintptr(len(o.names)), uintptr(unsafe.Pointer(&o.names)), uintptr(unsafe.Pointer(&o.values)))
	return m, o.text(), err
}

// inputPTX is CU_JIT_INPUT_PTX.
const inputPTX = 1

func (l *library) LinkPTX(ptx []byte, name string) (cubin []byte, log string, err error) {
	o := newJITOptions()
	var state Link
	err = l.call(fLinkCreate, uintptr(len(o.names)), uintptr(unsafe.Pointer(&o.names)),
		uintptr(unsafe.Pointer(&o.values)), uintptr(unsafe.Pointer(&state)))
	if err != nil {
		return nil, o.text(), err
	}
	cubin, err = l.link(state, ptx, name)
	if destroyed := l.call(fLinkDestroy, uintptr(state)); err == nil {
		err = destroyed
	}
	log = o.text()
	runtime.KeepAlive(o)
	return cubin, log, err
}

// link returns a copy of the cubin, which is the link state's.
func (l *library) link(state Link, ptx []byte, name string) ([]byte, error) {
	text := append([]byte(name), 0)
	err := l.call(fLinkAddData, uintptr(state), inputPTX, uintptr(unsafe.Pointer(unsafe.SliceData(ptx))),
		uintptr(len(ptx)), uintptr(unsafe.Pointer(&text[0])), 0, 0, 0)
	if err != nil {
		return nil, err
	}
	var image *byte
	var bytes uintptr
	if err := l.call(fLinkComplete, uintptr(state), uintptr(unsafe.Pointer(&image)), uintptr(unsafe.Pointer(&bytes))); err != nil {
		return nil, err
	}
	return append([]byte(nil), unsafe.Slice(image, bytes)...), nil
}
