package devicetest

import "fmt"

// Call is a kind of call over the seam that may fail.
type Call uint8

// The kinds.
const (
	CallCompile Call = iota
	CallAlloc
	CallNewStream
	CallUpload
	CallDownload
	CallLaunch
	CallSync
	CallNewSequence
	CallReplay // the launch of a sequence
	numCalls
)

// Calls lists the kinds.
func Calls() []Call {
	list := make([]Call, numCalls)
	for i := range list {
		list[i] = Call(i)
	}
	return list
}

var callNames = [numCalls]string{"compile", "alloc", "new stream", "upload", "download", "launch", "sync", "new sequence", "replay"}

// String is the call in words.
func (c Call) String() string {
	if c < numCalls {
		return callNames[c]
	}
	return fmt.Sprintf("call %d", uint8(c))
}

// Fault says which call of a device fails, and how. The zero Fault is none.
//
// An error that wraps device.ErrLost takes the whole device: from then on every
// call fails with it.
type Fault struct {
	Call   Call
	N      int   // the number of the call among those of its kind, from 1; 0: none fails
	Always bool  // so do the later ones of the kind
	Late   bool  // the failure of an Upload, Download, Launch or replay comes up at the next Sync
	Err    error // what it fails with
}

// hits reports whether the n-th call of the kind is to fail.
func (f Fault) hits(c Call, n int) bool {
	return c == f.Call && f.N > 0 && (n == f.N || f.Always && n > f.N)
}

// late reports whether a failure of the kind of call may come up at the next Sync.
func (c Call) late() bool {
	return c == CallUpload || c == CallDownload || c == CallLaunch || c == CallReplay
}
