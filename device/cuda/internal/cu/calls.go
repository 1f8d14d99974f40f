package cu

import (
	"runtime"
	"unsafe"

	"github.com/quern-go/quern/internal/dl"
)

// unsafeString is the bytes of C's string at p, without the zero.
func unsafeString(p *byte) []byte {
	n := 0
	for *(*byte)(unsafe.Add(unsafe.Pointer(p), n)) != 0 {
		n++
	}
	return unsafe.Slice(p, n)
}

// text asks for the name or the explanation of a code; "" for codes unknown to
// the driver, for which it gives NULL.
func (l *library) text(f function, code Code) string {
	var p *byte
	if Code(dl.Call(l.addresses[f], uintptr(code), uintptr(unsafe.Pointer(&p)))) != Success {
		return ""
	}
	return cString(p)
}

func (l *library) Init() error { return l.take1(fInit, 0) }

func (l *library) DriverVersion() (int, error) {
	var v int32
	err := l.call(fDriverGetVersion, uintptr(unsafe.Pointer(&v)))
	return int(v), err
}

func (l *library) DeviceGetCount() (int, error) {
	var n int32
	err := l.call(fDeviceGetCount, uintptr(unsafe.Pointer(&n)))
	return int(n), err
}

func (l *library) DeviceGet(ordinal int) (Device, error) {
	var d Device
	err := l.call(fDeviceGet, uintptr(unsafe.Pointer(&d)), uintptr(ordinal))
	return d, err
}

func (l *library) DeviceGetName(d Device) (string, error) {
	name := make([]byte, 256)
	err := l.call(fDeviceGetName, uintptr(unsafe.Pointer(&name[0])), uintptr(len(name)), uintptr(d))
	return untilZero(name), err
}

func (l *library) DeviceGetUUID(d Device) ([16]byte, error) {
	var id [16]byte
	err := l.call(fDeviceGetUUID, uintptr(unsafe.Pointer(&id)), uintptr(d))
	return id, err
}

func (l *library) DeviceGetPCIBusID(d Device) (string, error) {
	id := make([]byte, 64)
	err := l.call(fDeviceGetPCIBusID, uintptr(unsafe.Pointer(&id[0])), uintptr(len(id)), uintptr(d))
	return untilZero(id), err
}

func (l *library) DeviceGetAttribute(a Attribute, d Device) (int, error) {
	var v int32
	err := l.call(fDeviceGetAttribute, uintptr(unsafe.Pointer(&v)), uintptr(a), uintptr(d))
	return int(v), err
}

func (l *library) DeviceTotalMem(d Device) (int64, error) {
	var n uintptr
	err := l.call(fDeviceTotalMem, uintptr(unsafe.Pointer(&n)), uintptr(d))
	return int64(n), err
}

func (l *library) PrimaryCtxRetain(d Device) (Context, error) {
	var c Context
	err := l.call(fPrimaryCtxRetain, uintptr(unsafe.Pointer(&c)), uintptr(d))
	return c, err
}

func (l *library) PrimaryCtxRelease(d Device) error { return l.take1(fPrimaryCtxRelease, uintptr(d)) }

func (l *library) PrimaryCtxReset(d Device) error { return l.take1(fPrimaryCtxReset, uintptr(d)) }

func (l *library) CtxPush(c Context) error { return l.take1(fCtxPush, uintptr(c)) }

// CtxPop has the popped context written where nobody reads it.
func (l *library) CtxPop() error {
	fr := l.frames.Get().(*frame)
	fr.words[0] = uintptr(unsafe.Pointer(&fr.sink))
	code := Code(dl.Call(l.addresses[fCtxPop], fr.words[:1]...))
	l.frames.Put(fr)
	return l.check(fCtxPop, code)
}

func (l *library) MemGetInfo() (free, total int64, err error) {
	var f, t uintptr
	err = l.call(fMemGetInfo, uintptr(unsafe.Pointer(&f)), uintptr(unsafe.Pointer(&t)))
	return int64(f), int64(t), err
}

func (l *library) MemAlloc(bytes int) (Address, error) {
	var p Address
	err := l.call(fMemAlloc, uintptr(unsafe.Pointer(&p)), uintptr(bytes))
	return p, err
}

func (l *library) MemFree(p Address) error { return l.take1(fMemFree, uintptr(p)) }

func (l *library) MemAllocAsync(bytes int, s Stream) (Address, error) {
	var p Address
	err := l.call(fMemAllocAsync, uintptr(unsafe.Pointer(&p)), uintptr(bytes), uintptr(s))
	return p, err
}

func (l *library) MemFreeAsync(p Address, s Stream) error {
	return l.take2(fMemFreeAsync, uintptr(p), uintptr(s))
}

// hostPortable is CU_MEMHOSTALLOC_PORTABLE.
const hostPortable = 1

func (l *library) MemHostAlloc(bytes int) (unsafe.Pointer, error) {
	var p unsafe.Pointer
	err := l.call(fMemHostAlloc, uintptr(unsafe.Pointer(&p)), uintptr(bytes), hostPortable)
	return p, err
}

func (l *library) MemFreeHost(p unsafe.Pointer) error { return l.take1(fMemFreeHost, uintptr(p)) }

func (l *library) MemcpyHtoDAsync(dst Address, src unsafe.Pointer, bytes int, s Stream) error {
	return l.take4(fMemcpyHtoDAsync, uintptr(dst), uintptr(src), uintptr(bytes), uintptr(s))
}

func (l *library) MemcpyDtoHAsync(dst unsafe.Pointer, src Address, bytes int, s Stream) error {
	return l.take4(fMemcpyDtoHAsync, uintptr(dst), uintptr(src), uintptr(bytes), uintptr(s))
}

func (l *library) MemcpyDtoDAsync(dst, src Address, bytes int, s Stream) error {
	return l.take4(fMemcpyDtoDAsync, uintptr(dst), uintptr(src), uintptr(bytes), uintptr(s))
}

func (l *library) ModuleUnload(m Module) error { return l.take1(fModuleUnload, uintptr(m)) }

func (l *library) ModuleGetFunction(m Module, name string) (Function, error) {
	text := append([]byte(name), 0)
	var f Function
	err := l.call(fModuleGetFunction, uintptr(unsafe.Pointer(&f)), uintptr(m), uintptr(unsafe.Pointer(&text[0])))
	return f, err
}

func (l *library) FuncGetAttribute(a FuncAttribute, f Function) (int, error) {
	var v int32
	err := l.call(fFuncGetAttribute, uintptr(unsafe.Pointer(&v)), uintptr(a), uintptr(f))
	return int(v), err
}

func (l *library) FuncSetAttribute(f Function, a FuncAttribute, value int) error {
	return l.check(fFuncSetAttribute, l.plain(fFuncSetAttribute, 3, values{uintptr(f), uintptr(a), uintptr(value)}))
}

// streamNonBlocking is CU_STREAM_NON_BLOCKING.
const streamNonBlocking = 1

func (l *library) StreamCreate() (Stream, error) {
	var s Stream
	err := l.call(fStreamCreate, uintptr(unsafe.Pointer(&s)), streamNonBlocking)
	return s, err
}

func (l *library) StreamDestroy(s Stream) error { return l.take1(fStreamDestroy, uintptr(s)) }

func (l *library) StreamSynchronize(s Stream) error { return l.take1(fStreamSynchronize, uintptr(s)) }

func (l *library) StreamQuery(s Stream) (bool, error) { return l.query(fStreamQuery, uintptr(s)) }

// eventBlockingSync is CU_EVENT_BLOCKING_SYNC.
const eventBlockingSync = 1

func (l *library) EventCreate() (Event, error) {
	var e Event
	err := l.call(fEventCreate, uintptr(unsafe.Pointer(&e)), eventBlockingSync)
	return e, err
}

func (l *library) EventDestroy(e Event) error { return l.take1(fEventDestroy, uintptr(e)) }

func (l *library) EventRecord(e Event, s Stream) error {
	return l.take2(fEventRecord, uintptr(e), uintptr(s))
}

func (l *library) EventQuery(e Event) (bool, error) { return l.query(fEventQuery, uintptr(e)) }

// query asks whether something is done.
func (l *library) query(f function, of uintptr) (bool, error) {
	switch code := l.plain(f, 1, values{of}); code {
	case Success:
		return true, nil
	case NotReady:
		return false, nil
	default:
		return false, l.failure(f, code)
	}
}

func (l *library) EventSynchronize(e Event) error { return l.take1(fEventSynchronize, uintptr(e)) }

func (l *library) EventElapsedTime(start, end Event) (float64, error) {
	var ms float32
	err := l.call(fEventElapsedTime, uintptr(unsafe.Pointer(&ms)), uintptr(start), uintptr(end))
	return float64(ms) / 1e3, err
}

// The names in a launch's list of extras: CU_LAUNCH_PARAM_*.
const (
	paramEnd    = 0
	paramBuffer = 1
	paramSize   = 2
)

// setExtra fills in the list of extras.
func (k *Launch) setExtra() {
	k.size = uintptr(len(k.Params))
	k.extra = [5]uintptr{
		paramBuffer, uintptr(unsafe.Pointer(unsafe.SliceData(k.Params))),
		paramSize, uintptr(unsafe.Pointer(&k.size)), paramEnd,
	}
}

// LaunchKernel passes the parameters as one block of memory. l is on the heap and
// stays where it is: it holds addresses of its own parts.
func (l *library) LaunchKernel(k *Launch) error {
	k.setExtra()
	k.words = [11]uintptr{
		uintptr(k.Function), uintptr(k.Grid), 1, 1, uintptr(k.Block), 1, 1,
		uintptr(k.Shared), uintptr(k.Stream), 0, uintptr(unsafe.Pointer(&k.extra)),
	}
	err := l.call(fLaunchKernel, k.words[:]...)
	runtime.KeepAlive(k.Params)
	return err
}
