// Package cu is the part of the CUDA driver API that device/cuda uses, as Go
// functions: API is the table of calls, Load fills it from the driver's
// library, and package fakecuda from nothing but Go.
//
// Calls take handles and addresses by value; results come back as results. Only
// current symbols are bound: those with a version suffix where the API has
// changed, and no function whose signature depends on the driver's version
// (contexts are the devices' primary ones; cuCtxCreate is among the changed).
package cu
