package opencl

// function is a function of the OpenCL API.
type function uint8

const (
	getPlatformIDs function = iota
	getPlatformInfo
	getDeviceIDs
	getDeviceInfo
	createContext
	releaseContext
	createQueue
	releaseQueue
	createBuffer
	releaseMemory
	createProgramFromSource
	createProgramFromBinary
	buildProgram
	getBuildInfo
	getProgramInfo
	releaseProgram
	createKernel
	releaseKernel
	getKernelWorkGroupInfo
	setKernelArg
	enqueueKernel
	enqueueRead
	enqueueWrite
	enqueueCopy
	enqueueMap
	enqueueUnmap
	waitForEvents
	getEventInfo
	getEventProfiling
	releaseEvent
	flush
	finish
	functionCount
)

// functionNames are the symbols, all of OpenCL 1.0 to 1.2, so that every library
// has them.
var functionNames = [functionCount]string{
	getPlatformIDs:          "clGetPlatformIDs",
	getPlatformInfo:         "clGetPlatformInfo",
	getDeviceIDs:            "clGetDeviceIDs",
	getDeviceInfo:           "clGetDeviceInfo",
	createContext:           "clCreateContext",
	releaseContext:          "clReleaseContext",
	createQueue:             "clCreateCommandQueue",
	releaseQueue:            "clReleaseCommandQueue",
	createBuffer:            "clCreateBuffer",
	releaseMemory:           "clReleaseMemObject",
	createProgramFromSource: "clCreateProgramWithSource",
	createProgramFromBinary: "clCreateProgramWithBinary",
	buildProgram:            "clBuildProgram",
	getBuildInfo:            "clGetProgramBuildInfo",
	getProgramInfo:          "clGetProgramInfo",
	releaseProgram:          "clReleaseProgram",
	createKernel:            "clCreateKernel",
	releaseKernel:           "clReleaseKernel",
	getKernelWorkGroupInfo:  "clGetKernelWorkGroupInfo",
	setKernelArg:            "clSetKernelArg",
	enqueueKernel:           "clEnqueueNDRangeKernel",
	enqueueRead:             "clEnqueueReadBuffer",
	enqueueWrite:            "clEnqueueWriteBuffer",
	enqueueCopy:             "clEnqueueCopyBuffer",
	enqueueMap:              "clEnqueueMapBuffer",
	enqueueUnmap:            "clEnqueueUnmapMemObject",
	waitForEvents:           "clWaitForEvents",
	getEventInfo:            "clGetEventInfo",
	getEventProfiling:       "clGetEventProfilingInfo",
	releaseEvent:            "clReleaseEvent",
	flush:                   "clFlush",
	finish:                  "clFinish",
}

func (f function) String() string { return functionNames[f] }

// object is a kind of object that has to be released.
type object uint8

const (
	contexts object = iota
	queues
	buffers
	programs
	kernelObjects
	events
	mappings // of buffers into the host's memory
	objectCount
)

var objectNames = [objectCount]string{"contexts", "queues", "buffers", "programs", "kernels", "events", "mappings"}

func (o object) String() string { return objectNames[o] }

// releases says which function releases objects of a kind. A mapping is released
// by enqueueUnmap, which takes more than the object.
var releases = [objectCount]function{
	contexts: releaseContext, queues: releaseQueue, buffers: releaseMemory,
	programs: releaseProgram, kernelObjects: releaseKernel, events: releaseEvent,
	mappings: enqueueUnmap,
}
