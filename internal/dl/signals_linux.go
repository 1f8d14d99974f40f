//go:build !nogpu && linux && (amd64 || arm64 || loong64 || ppc64le || riscv64 || s390x)

package dl

import (
	"encoding/binary"
	"sync"
	"syscall"
	"unsafe"
)

// action is room for a struct sigaction of any C library; the handler comes first.
type action [256]byte

func (a *action) handler() uint64 { return binary.NativeEndian.Uint64(a[:]) }

// signalCount is one more than the highest signal number.
const signalCount = 65

// handlers are the process's signal handlers from before the first of the calls
// in progress. They are one for the process, as the signals are.
var handlers struct {
	mu    sync.Mutex
	calls int // in progress
	saved [signalCount]action
	known [signalCount]bool
}

// sigaction is the C library's: 0 if it cannot be found, when nothing else opens
// either.
var sigaction = sync.OnceValue(func() uintptr {
	libc, err := Open("libc.so.6", "libc.so")
	if err != nil {
		return 0
	}
	addr, err := libc.Symbol("sigaction")
	if err != nil {
		return 0
	}
	return addr
})

func enterForeign() {
	handlers.mu.Lock()
	defer handlers.mu.Unlock()
	handlers.calls++
	if handlers.calls > 1 || sigaction() == 0 {
		return
	}
	for n := range handlers.saved {
		handlers.known[n] = readAction(n, &handlers.saved[n])
	}
}

// leaveForeign puts handlers back. One that has become Go's in the meantime, by
// signal.Notify in another goroutine, stays.
func leaveForeign() {
	handlers.mu.Lock()
	defer handlers.mu.Unlock()
	handlers.calls--
	if sigaction() == 0 {
		return
	}
	ours := handlers.saved[syscall.SIGSEGV].handler()
	now := new(action)
	for n := range handlers.saved {
		if !handlers.known[n] || !readAction(n, now) {
			continue
		}
		if *now != handlers.saved[n] && now.handler() != ours {
			Call(sigaction(), uintptr(n), uintptr(unsafe.Pointer(&handlers.saved[n])), 0)
		}
	}
}

// readAction reports false for numbers that are no signals of the program: 0 and
// those that the C library keeps for itself.
func readAction(n int, a *action) bool {
	*a = action{}
	return int32(Call(sigaction(), uintptr(n), 0, uintptr(unsafe.Pointer(a)))) == 0
}
