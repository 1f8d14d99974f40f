package cu

import (
	"errors"
	"fmt"

	"github.com/quern-go/quern/device"
)

// Code is a CUresult.
type Code int32

// Codes that mean something to this module.
const (
	Success                  Code = 0
	InvalidValue             Code = 1
	OutOfMemory              Code = 2
	NotInitialized           Code = 3
	Deinitialized            Code = 4
	StubLibrary              Code = 34
	DeviceUnavailable        Code = 46
	NoDevice                 Code = 100
	InvalidDevice            Code = 101
	InvalidImage             Code = 200
	InvalidContext           Code = 201
	NoBinaryForGPU           Code = 209
	ECCUncorrectable         Code = 214
	InvalidPTX               Code = 218
	NVLinkUncorrectable      Code = 220
	UnsupportedPTXVersion    Code = 222
	Contained                Code = 226
	InvalidHandle            Code = 400
	NotFound                 Code = 500
	NotReady                 Code = 600
	IllegalAddress           Code = 700
	LaunchOutOfResources     Code = 701
	LaunchTimeout            Code = 702
	ContextIsDestroyed       Code = 709
	Assert                   Code = 710
	HardwareStackError       Code = 714
	IllegalInstruction       Code = 715
	MisalignedAddress        Code = 716
	InvalidAddressSpace      Code = 717
	InvalidPC                Code = 718
	LaunchFailed             Code = 719
	NotSupported             Code = 801
	SystemNotReady           Code = 802
	SystemDriverMismatch     Code = 803
	CompatNotSupportedDevice Code = 804
	MPSConnectionFailed      Code = 805
	ExternalDevice           Code = 911
	Unknown                  Code = 999
)

// lost are the errors after which a context is of no more use: every later call in
// it returns the same error, until the context is reset.
var lost = map[Code]bool{
	Deinitialized: true, DeviceUnavailable: true, InvalidDevice: true,
	InvalidContext: true, ECCUncorrectable: true, NVLinkUncorrectable: true,
	Contained: true, IllegalAddress: true, LaunchTimeout: true,
	ContextIsDestroyed: true, Assert: true, HardwareStackError: true,
	IllegalInstruction: true, MisalignedAddress: true, InvalidAddressSpace: true,
	InvalidPC: true, LaunchFailed: true, ExternalDevice: true, Unknown: true,
}

// Error is a failed call of the driver.
type Error struct {
	Function string // cuMemAlloc_v2
	Code     Code
	Name     string // CUDA_ERROR_OUT_OF_MEMORY; "" if nobody knows
	Text     string // the driver's explanation; may be ""
}

// Error is like "cuMemAlloc_v2: CUDA_ERROR_OUT_OF_MEMORY (2): out of memory".
func (e *Error) Error() string {
	name := e.Name
	if name == "" {
		name = "unknown code"
	}
	text := fmt.Sprintf("%s: %s (%d)", e.Function, name, e.Code)
	if e.Text != "" {
		text += ": " + e.Text
	}
	return text
}

// Is says which codes mean device.ErrOutOfMemory or device.ErrLost.
func (e *Error) Is(target error) bool {
	switch target {
	case device.ErrOutOfMemory:
		return e.Code == OutOfMemory
	case device.ErrLost:
		return lost[e.Code]
	}
	return false
}

// CodeOf is the code of a failed call of the driver; Success if err is none.
func CodeOf(err error) Code {
	var e *Error
	if errors.As(err, &e) {
		return e.Code
	}
	return Success
}

// NewError returns the error of a call with the name that this package knows for
// the code.
func NewError(function string, code Code) *Error {
	return &Error{Function: function, Code: code, Name: codeNames[code]}
}

// codeNames are names for drivers that do not name a code; after what it was made
// for, the driver knows best.
var codeNames = map[Code]string{
	InvalidValue:             "CUDA_ERROR_INVALID_VALUE",
	OutOfMemory:              "CUDA_ERROR_OUT_OF_MEMORY",
	NotInitialized:           "CUDA_ERROR_NOT_INITIALIZED",
	Deinitialized:            "CUDA_ERROR_DEINITIALIZED",
	StubLibrary:              "CUDA_ERROR_STUB_LIBRARY",
	DeviceUnavailable:        "CUDA_ERROR_DEVICE_UNAVAILABLE",
	NoDevice:                 "CUDA_ERROR_NO_DEVICE",
	InvalidDevice:            "CUDA_ERROR_INVALID_DEVICE",
	InvalidImage:             "CUDA_ERROR_INVALID_IMAGE",
	InvalidContext:           "CUDA_ERROR_INVALID_CONTEXT",
	NoBinaryForGPU:           "CUDA_ERROR_NO_BINARY_FOR_GPU",
	ECCUncorrectable:         "CUDA_ERROR_ECC_UNCORRECTABLE",
	InvalidPTX:               "CUDA_ERROR_INVALID_PTX",
	NVLinkUncorrectable:      "CUDA_ERROR_NVLINK_UNCORRECTABLE",
	UnsupportedPTXVersion:    "CUDA_ERROR_UNSUPPORTED_PTX_VERSION",
	Contained:                "CUDA_ERROR_CONTAINED",
	InvalidHandle:            "CUDA_ERROR_INVALID_HANDLE",
	NotFound:                 "CUDA_ERROR_NOT_FOUND",
	NotReady:                 "CUDA_ERROR_NOT_READY",
	IllegalAddress:           "CUDA_ERROR_ILLEGAL_ADDRESS",
	LaunchOutOfResources:     "CUDA_ERROR_LAUNCH_OUT_OF_RESOURCES",
	LaunchTimeout:            "CUDA_ERROR_LAUNCH_TIMEOUT",
	ContextIsDestroyed:       "CUDA_ERROR_CONTEXT_IS_DESTROYED",
	Assert:                   "CUDA_ERROR_ASSERT",
	HardwareStackError:       "CUDA_ERROR_HARDWARE_STACK_ERROR",
	IllegalInstruction:       "CUDA_ERROR_ILLEGAL_INSTRUCTION",
	MisalignedAddress:        "CUDA_ERROR_MISALIGNED_ADDRESS",
	InvalidAddressSpace:      "CUDA_ERROR_INVALID_ADDRESS_SPACE",
	InvalidPC:                "CUDA_ERROR_INVALID_PC",
	LaunchFailed:             "CUDA_ERROR_LAUNCH_FAILED",
	NotSupported:             "CUDA_ERROR_NOT_SUPPORTED",
	SystemNotReady:           "CUDA_ERROR_SYSTEM_NOT_READY",
	SystemDriverMismatch:     "CUDA_ERROR_SYSTEM_DRIVER_MISMATCH",
	CompatNotSupportedDevice: "CUDA_ERROR_COMPAT_NOT_SUPPORTED_ON_DEVICE",
	MPSConnectionFailed:      "CUDA_ERROR_MPS_CONNECTION_FAILED",
	ExternalDevice:           "CUDA_ERROR_EXTERNAL_DEVICE",
	Unknown:                  "CUDA_ERROR_UNKNOWN",
}
