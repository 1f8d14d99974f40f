// Package term holds the named steps of contractions: the Bodies that take one
// pair of elements into the running value of an output.
//
// A matrix product is FMA, squared Euclidean distance is SqDiff, and so on.
// Devices with tuned kernels for a step find it by Match; any other step works
// too, through the device's general path.
package term
