package opencl

// Names of queried facts, flags and properties, with their values in CL/cl.h and
// CL/cl_ext.h.
const (
	platformVersion = 0x0901
	platformName    = 0x0902

	deviceType                = 0x1000
	deviceMaxComputeUnits     = 0x1002
	deviceMaxWorkGroupSize    = 0x1004
	deviceMaxClockFrequency   = 0x100C // MHz
	deviceAddressBits         = 0x100D
	deviceMaxMemAllocSize     = 0x1010
	deviceMaxParameterSize    = 0x1017
	deviceSingleFPConfig      = 0x101B
	deviceGlobalMemSize       = 0x101F
	deviceLocalMemSize        = 0x1023
	deviceEndianLittle        = 0x1026
	deviceAvailable           = 0x1027
	deviceCompilerAvailable   = 0x1028
	deviceName                = 0x102B
	deviceVendor              = 0x102C
	deviceDriverVersion       = 0x102D
	deviceVersion             = 0x102F
	deviceExtensions          = 0x1030
	deviceDoubleFPConfig      = 0x1032
	deviceHostUnifiedMemory   = 0x1035
	deviceOpenCLCVersion      = 0x103D
	deviceWarpSizeNV          = 0x4003 // cl_nv_device_attribute_query
	deviceWavefrontWidthAMD   = 0x4043 // cl_amd_device_attribute_query
	deviceSubGroupSizesIntel  = 0x4108 // cl_intel_required_subgroup_size
	deviceTypeAll             = 0xFFFFFFFF
	deviceTypeCPU             = 1 << 1
	deviceTypeGPU             = 1 << 2
	deviceTypeAccelerator     = 1 << 3
	contextPlatform           = 0x1084
	queueProfiling            = 1 << 1
	memReadWrite              = 1 << 0
	memAllocHostPtr           = 1 << 4
	mapRead                   = 1 << 0
	mapWrite                  = 1 << 1
	mapWriteInvalidateRegion  = 1 << 2
	programBinarySizes        = 0x1165
	programBinaries           = 0x1166
	programBuildLog           = 0x1183
	kernelWorkGroupSize       = 0x11B0
	eventExecutionStatus      = 0x11D3
	eventComplete             = 0
	profilingStart            = 0x1282
	profilingEnd              = 0x1283
	fpDenorm                  = 1 << 0
	fpFMA                     = 1 << 5
	fpSoftFloat               = 1 << 6
	fpCorrectlyRoundedDivSqrt = 1 << 7
)
