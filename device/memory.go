package device

import "errors"

// ErrClosed is wrapped by errors of a device, stream or pool used after Close.
var ErrClosed = errors.New("closed")

// MemoryStats are the accounts of a device's memory, in bytes of whole blocks:
// what the device has given up, not only what was asked for.
type MemoryStats struct {
	InUse    int64 `json:"in_use_bytes"`    // in buffers not yet released
	Cached   int64 `json:"cached_bytes"`    // released, kept for reuse
	Peak     int64 `json:"peak_bytes"`      // the most that InUse has been
	PeakHeld int64 `json:"peak_held_bytes"` // the most that InUse + Cached has been
	Allocs   int64 `json:"allocs"`          // buffers handed out
	Reused   int64 `json:"reused"`          // of these, from the cache
}
