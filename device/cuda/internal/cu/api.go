package cu

import "unsafe"

// Handles and addresses of the driver. Zero is none.
type (
	Device   int32   // CUdevice: a number, of which 0 is the first device
	Context  uintptr // CUcontext
	Module   uintptr // CUmodule
	Function uintptr // CUfunction
	Stream   uintptr // CUstream
	Event    uintptr // CUevent
	Link     uintptr // CUlinkState
	Graph    uintptr // CUgraph
	Node     uintptr // CUgraphNode
	Exec     uintptr // CUgraphExec
	Address  uint64  // CUdeviceptr
)

// API is the driver. A method named X calls cuX; every error is an *Error.
//
// From PrimaryCtxRetain on, all but the primary context's own functions work in
// the context that is current on the calling thread. Their callers keep the thread by
// runtime.LockOSThread from CtxPush to CtxPop.
type API interface {
	// Library is the file that the driver was loaded from.
	Library() string
	// Has reports whether the driver has an optional ability.
	Has(Ability) bool

	Init() error
	// DriverVersion is the newest CUDA that the driver supports: 12040 for 12.4.
	DriverVersion() (int, error)
	DeviceGetCount() (int, error)
	DeviceGet(ordinal int) (Device, error)
	DeviceGetName(d Device) (string, error)
	DeviceGetUUID(d Device) ([16]byte, error)
	DeviceGetPCIBusID(d Device) (string, error)
	DeviceGetAttribute(a Attribute, d Device) (int, error)
	DeviceTotalMem(d Device) (int64, error)

	PrimaryCtxRetain(d Device) (Context, error)
	PrimaryCtxRelease(d Device) error
	PrimaryCtxReset(d Device) error
	CtxPush(c Context) error
	CtxPop() error

	MemGetInfo() (free, total int64, err error)
	MemAlloc(bytes int) (Address, error)
	MemFree(p Address) error
	MemAllocAsync(bytes int, s Stream) (Address, error) // StreamOrderedMemory
	MemFreeAsync(p Address, s Stream) error             // StreamOrderedMemory
	// MemHostAlloc returns page-locked host memory that every context can use.
	MemHostAlloc(bytes int) (unsafe.Pointer, error)
	MemFreeHost(p unsafe.Pointer) error
	MemcpyHtoDAsync(dst Address, src unsafe.Pointer, bytes int, s Stream) error
	MemcpyDtoHAsync(dst unsafe.Pointer, src Address, bytes int, s Stream) error
	MemcpyDtoDAsync(dst, src Address, bytes int, s Stream) error

	// ModuleLoadData loads a cubin, or PTX that ends in a zero byte. The log is what
	// the compiler in the driver had to say of an error.
	ModuleLoadData(image []byte) (m Module, log string, err error)
	ModuleUnload(m Module) error
	ModuleGetFunction(m Module, name string) (Function, error)
	FuncGetAttribute(a FuncAttribute, f Function) (int, error)
	FuncSetAttribute(f Function, a FuncAttribute, value int) error
	// LinkPTX compiles PTX for the current context's device: cuLinkCreate,
	// cuLinkAddData, cuLinkComplete, cuLinkDestroy. It needs Linking.
	LinkPTX(ptx []byte, name string) (cubin []byte, log string, err error)

	StreamCreate() (Stream, error) // non-blocking: independent of the default stream
	StreamDestroy(s Stream) error
	StreamSynchronize(s Stream) error
	// StreamQuery reports whether everything queued is done.
	StreamQuery(s Stream) (bool, error)
	EventCreate() (Event, error) // with timing; waiting for it sleeps
	EventDestroy(e Event) error
	EventRecord(e Event, s Stream) error
	// EventQuery reports whether the work before the event is done.
	EventQuery(e Event) (bool, error)
	EventSynchronize(e Event) error
	// EventElapsedTime is the time between two events, in seconds.
	EventElapsedTime(start, end Event) (float64, error)

	LaunchKernel(l *Launch) error

	// Of Graphs: launches that are queued together, and what follows is what a graph
	// is made of.
	GraphCreate() (Graph, error)
	GraphDestroy(g Graph) error
	// GraphAddKernelNode adds a launch after another node, or the first if that is 0.
	// The Launch's Stream plays no part.
	GraphAddKernelNode(g Graph, after Node, l *Launch) (Node, error)
	GraphInstantiate(g Graph) (Exec, error) // cuGraphInstantiateWithFlags
	GraphExecDestroy(e Exec) error
	// GraphExecKernelNodeSetParams changes a node, of the same function, for the
	// launches of the graph that follow.
	GraphExecKernelNodeSetParams(e Exec, n Node, l *Launch) error
	GraphLaunch(e Exec, s Stream) error
}

// Launch is one launch of a function over a one-dimensional grid.
type Launch struct {
	Function Function
	Grid     uint32 // blocks
	Block    uint32 // threads of a block
	Shared   uint32 // bytes of shared memory besides what the function declares
	Stream   Stream
	// Params are the function's parameters, each at its alignment. They are read
	// during the call.
	Params []byte

	words [11]uintptr
	extra [5]uintptr
	size  uintptr
	node  nodeParams
}

// Ability is something that not every driver has.
type Ability uint8

// The abilities.
const (
	StreamOrderedMemory Ability = iota // cuMemAllocAsync: CUDA 11.2
	Linking                            // cuLinkCreate
	Graphs                             // cuGraphLaunch: CUDA 11.4
	abilityCount
)

// Attribute is a CUdevice_attribute.
type Attribute int32

// Attributes that this module reads, with their values in cuda.h.
const (
	MaxThreadsPerBlock           Attribute = 1
	MaxSharedMemoryPerBlock      Attribute = 8
	ClockRate                    Attribute = 13 // kHz
	MultiprocessorCount          Attribute = 16
	KernelExecTimeout            Attribute = 17
	Integrated                   Attribute = 18
	ComputeMode                  Attribute = 20
	ECCEnabled                   Attribute = 32
	MemoryClockRate              Attribute = 36 // kHz
	GlobalMemoryBusWidth         Attribute = 37 // bits
	L2CacheSize                  Attribute = 38 // bytes
	AsyncEngineCount             Attribute = 40
	ComputeCapabilityMajor       Attribute = 75
	ComputeCapabilityMinor       Attribute = 76
	MaxSharedMemoryPerBlockOptin Attribute = 97
	MemoryPoolsSupported         Attribute = 115
)

// ComputeModeProhibited is the value of ComputeMode in which no context can be
// made on the device.
const ComputeModeProhibited = 2

// FuncAttribute is a CUfunction_attribute.
type FuncAttribute int32

// Attributes of functions, with their values in cuda.h.
const (
	FuncMaxThreadsPerBlock    FuncAttribute = 0
	FuncNumRegs               FuncAttribute = 4
	FuncMaxDynamicSharedBytes FuncAttribute = 8 // bytes: the most that launches may ask for
)
