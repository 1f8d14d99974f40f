package opencl

import (
	"fmt"
	"os"
	"os/signal"
	"syscall"
	"testing"
	"time"
	"unsafe"

	"github.com/quern-go/quern/internal/dl"
	"github.com/quern-go/quern/kernels"
)

// TestSignals checks that Go's signal handlers survive the runtimes. PoCL takes
// fifteen of them when its devices are listed or it first compiles something, so
// this happens in a new process, with a kernel that no cache has.
func TestSignals(t *testing.T) {
	machine(t)
	if out := child(t, "signals"); out != "" {
		t.Error(out)
	}
}

// watchSignals prints what has become of the handlers.
func watchSignals() {
	before := handlers()
	if err := computeSomethingNew(); err != nil {
		fmt.Println(err)
	}
	for n, h := range handlers() {
		if h != before[n] {
			fmt.Printf("signal %d has handler %#x, before it was %#x\n", n, h, before[n])
		}
	}
	if !recovers() {
		fmt.Println("a nil dereference did not panic")
	}
	for _, sig := range []syscall.Signal{syscall.SIGINT, syscall.SIGTERM, syscall.SIGUSR1} {
		got := make(chan os.Signal, 1)
		signal.Notify(got, sig)
		if err := syscall.Kill(syscall.Getpid(), sig); err != nil {
			fmt.Println(err)
		}
		select {
		case <-got:
		case <-time.After(10 * time.Second):
			fmt.Println(sig, "did not arrive")
		}
	}
}

// handlers are the addresses of the process's signal handlers.
func handlers() (list [65]uintptr) {
	libc, err := dl.Open("libc.so.6", "libc.so")
	if err != nil {
		return list
	}
	sigaction, err := libc.Symbol("sigaction")
	if err != nil {
		return list
	}
	for n := range list {
		var action [32]uintptr // larger than any struct sigaction, whose first word it is
		if int32(dl.Call(sigaction, uintptr(n), 0, uintptr(unsafe.Pointer(&action)))) == 0 {
			list[n] = action[0]
		}
	}
	return list
}

func computeSomethingNew() error {
	dev, err := Open(0, Options{})
	if err != nil {
		return err
	}
	defer dev.Close()
	b := kernels.NewBuilder()
	body, err := b.Build(b.Add(b.Load(0, kernels.F32), b.Float(kernels.F32, float64(time.Now().UnixNano()%(1<<24)))))
	if err != nil {
		return err
	}
	k := &kernels.Map{Signature: kernels.Signature{Ins: []kernels.DType{kernels.F32}}, Body: body}
	_, err = dev.runMap(k, [][]byte{make([]byte, 400)}, 100)
	return err
}

func recovers() (yes bool) {
	defer func() { yes = recover() != nil }()
	var nothing *int
	*nothing = 1
	return false
}
