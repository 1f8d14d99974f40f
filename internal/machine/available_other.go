//go:build !linux

package machine

// AvailableBytes is the memory that the system can still give without swapping;
// known is false here: it takes calls of other systems that the package does
// without.
func AvailableBytes() (available int64, known bool) { return 0, false }
