//go:build !nogpu && linux && (amd64 || arm64 || loong64 || ppc64le || riscv64 || s390x)

package dl

import (
	"os"
	"os/signal"
	"sync"
	"syscall"
	"testing"
	"time"
	"unsafe"
)

func TestPreserveSignals(t *testing.T) {
	got := make(chan os.Signal, 1)
	signal.Notify(got, syscall.SIGUSR2)
	defer signal.Stop(got)

	PreserveSignals(func() {
		ignore := new(action) // SIG_IGN
		ignore[0] = 1
		PreserveSignals(func() { // a call inside another takes nothing for granted
			if Call(sigaction(), uintptr(syscall.SIGUSR2), uintptr(unsafe.Pointer(ignore)), 0) != 0 {
				t.Error("sigaction failed")
			}
		})
	})
	if err := syscall.Kill(syscall.Getpid(), syscall.SIGUSR2); err != nil {
		t.Fatal(err)
	}
	select {
	case <-got:
	case <-time.After(10 * time.Second):
		t.Error("the handler was not put back")
	}
}

func TestPreserveSignalsConcurrently(t *testing.T) {
	var group sync.WaitGroup
	for range 8 {
		group.Go(func() {
			for range 100 {
				PreserveSignals(func() {})
			}
		})
	}
	group.Wait()
	if handlers.calls != 0 {
		t.Errorf("%d calls in progress", handlers.calls)
	}
}
