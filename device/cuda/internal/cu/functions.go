package cu

// function is a function of the driver's library.
type function uint8

const (
	fInit function = iota
	fDriverGetVersion
	fGetErrorName
	fGetErrorString
	fDeviceGetCount
	fDeviceGet
	fDeviceGetName
	fDeviceGetUUID
	fDeviceGetPCIBusID
	fDeviceGetAttribute
	fDeviceTotalMem
	fPrimaryCtxRetain
	fPrimaryCtxRelease
	fPrimaryCtxReset
	fCtxPush
	fCtxPop
	fMemGetInfo
	fMemAlloc
	fMemFree
	fMemHostAlloc
	fMemFreeHost
	fMemcpyHtoDAsync
	fMemcpyDtoHAsync
	fMemcpyDtoDAsync
	fModuleLoadDataEx
	fModuleUnload
	fModuleGetFunction
	fFuncGetAttribute
	fFuncSetAttribute
	fStreamCreate
	fStreamDestroy
	fStreamSynchronize
	fStreamQuery
	fEventCreate
	fEventDestroy
	fEventRecord
	fEventQuery
	fEventSynchronize
	fEventElapsedTime
	fLaunchKernel
	firstOptional
)

const (
	fMemAllocAsync = firstOptional + iota
	fMemFreeAsync
	fLinkCreate
	fLinkAddData
	fLinkComplete
	fLinkDestroy
	fGraphCreate
	fGraphDestroy
	fGraphAddKernelNode
	fGraphInstantiate
	fGraphExecDestroy
	fGraphExecKernelNodeSetParams
	fGraphLaunch
	functionCount
)

// symbols are each function's names in the library, the best first. All required
// ones are in every driver from CUDA 11.0 (R450, 2020) to today's.
var symbols = [functionCount][]string{
	fInit:               {"cuInit"},
	fDriverGetVersion:   {"cuDriverGetVersion"},
	fGetErrorName:       {"cuGetErrorName"},
	fGetErrorString:     {"cuGetErrorString"},
	fDeviceGetCount:     {"cuDeviceGetCount"},
	fDeviceGet:          {"cuDeviceGet"},
	fDeviceGetName:      {"cuDeviceGetName"},
	fDeviceGetUUID:      {"cuDeviceGetUuid_v2", "cuDeviceGetUuid"}, // the second gives a MIG device its GPU's
	fDeviceGetPCIBusID:  {"cuDeviceGetPCIBusId"},
	fDeviceGetAttribute: {"cuDeviceGetAttribute"},
	fDeviceTotalMem:     {"cuDeviceTotalMem_v2"},
	fPrimaryCtxRetain:   {"cuDevicePrimaryCtxRetain"},
	fPrimaryCtxRelease:  {"cuDevicePrimaryCtxRelease_v2", "cuDevicePrimaryCtxRelease"},
	fPrimaryCtxReset:    {"cuDevicePrimaryCtxReset_v2", "cuDevicePrimaryCtxReset"},
	fCtxPush:            {"cuCtxPushCurrent_v2"},
	fCtxPop:             {"cuCtxPopCurrent_v2"},
	fMemGetInfo:         {"cuMemGetInfo_v2"},
	fMemAlloc:           {"cuMemAlloc_v2"},
	fMemFree:            {"cuMemFree_v2"},
	fMemHostAlloc:       {"cuMemHostAlloc"},
	fMemFreeHost:        {"cuMemFreeHost"},
	fMemcpyHtoDAsync:    {"cuMemcpyHtoDAsync_v2"},
	fMemcpyDtoHAsync:    {"cuMemcpyDtoHAsync_v2"},
	fMemcpyDtoDAsync:    {"cuMemcpyDtoDAsync_v2"},
	fModuleLoadDataEx:   {"cuModuleLoadDataEx"},
	fModuleUnload:       {"cuModuleUnload"},
	fModuleGetFunction:  {"cuModuleGetFunction"},
	fFuncGetAttribute:   {"cuFuncGetAttribute"},
	fFuncSetAttribute:   {"cuFuncSetAttribute"},
	fStreamCreate:       {"cuStreamCreate"},
	fStreamDestroy:      {"cuStreamDestroy_v2"},
	fStreamSynchronize:  {"cuStreamSynchronize"},
	fStreamQuery:        {"cuStreamQuery"},
	fEventCreate:        {"cuEventCreate"},
	fEventDestroy:       {"cuEventDestroy_v2"},
	fEventRecord:        {"cuEventRecord"},
	fEventQuery:         {"cuEventQuery"},
	fEventSynchronize:   {"cuEventSynchronize"},
	fEventElapsedTime:   {"cuEventElapsedTime"},
	fLaunchKernel:       {"cuLaunchKernel"},
	fMemAllocAsync:      {"cuMemAllocAsync"},
	fMemFreeAsync:       {"cuMemFreeAsync"},
	fLinkCreate:         {"cuLinkCreate_v2"},
	fLinkAddData:        {"cuLinkAddData_v2"},
	fLinkComplete:       {"cuLinkComplete"},
	fLinkDestroy:        {"cuLinkDestroy"},

	// Those without _v2, whose nodes have the parameters of CUDA 11.
	fGraphCreate:                  {"cuGraphCreate"},
	fGraphDestroy:                 {"cuGraphDestroy"},
	fGraphAddKernelNode:           {"cuGraphAddKernelNode"},
	fGraphInstantiate:             {"cuGraphInstantiateWithFlags"},
	fGraphExecDestroy:             {"cuGraphExecDestroy"},
	fGraphExecKernelNodeSetParams: {"cuGraphExecKernelNodeSetParams"},
	fGraphLaunch:                  {"cuGraphLaunch"},
}

// abilities are the functions that each needs.
var abilities = [abilityCount][]function{
	StreamOrderedMemory: {fMemAllocAsync, fMemFreeAsync},
	Linking:             {fLinkCreate, fLinkAddData, fLinkComplete, fLinkDestroy},
	Graphs: {fGraphCreate, fGraphDestroy, fGraphAddKernelNode, fGraphInstantiate, fGraphExecDestroy,
		fGraphExecKernelNodeSetParams, fGraphLaunch},
}

func (f function) String() string { return symbols[f][0] }
