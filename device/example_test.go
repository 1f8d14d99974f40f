package device_test

import (
	"fmt"

	"github.com/quern-go/quern/device"
)

func ExampleParseSelector() {
	for _, s := range []string{"cuda:1", "cpu", "cpu:avx2,7threads"} {
		sel, err := device.ParseSelector(s)
		fmt.Printf("%s %d %q %v\n", sel.Driver, sel.Ordinal, sel.Options, err)
	}
	_, err := device.ParseSelector("cuda:")
	fmt.Println(err)
	// Output:
	// cuda 1 "" <nil>
	// cpu 0 "" <nil>
	// cpu 0 "avx2,7threads" <nil>
	// device selector "cuda:": nothing after the colon
}

// A real GPU comes first, then the CPU; an emulated GPU is used only when named.
func ExampleRank() {
	for _, info := range device.Rank([]device.Info{
		{Driver: "opencl", Name: "emulated", Software: true, Reproducible: true},
		{Driver: "cpu", Name: "our CPU device", Reproducible: true},
		{Driver: "cuda", Ordinal: 1, Name: "a GPU", Reproducible: true},
	}) {
		fmt.Println(info.Selector(), info.Name)
	}
	// Output:
	// cuda:1 a GPU
	// cpu our CPU device
	// opencl:0 emulated
}

// heap backs a pool with Go's own memory.
type heap struct{}

func (heap) Allocate(bytes int) ([]byte, error) { return make([]byte, bytes), nil }
func (heap) Free([]byte, int)                   {}

// A driver allocates through a Pool, whose blocks are Buffers already.
func ExamplePool() {
	pool := device.NewPool[[]byte](heap{}, 1<<20)
	defer pool.Close()
	show := func(what string) {
		s := pool.Stats()
		fmt.Printf("%s: %d in use, %d cached, peak %d\n", what, s.InUse, s.Cached, s.Peak)
	}

	block, err := pool.Get(1000)
	if err != nil {
		fmt.Println(err)
		return
	}
	show("allocated")
	block.Retain() // a launch that needs the block is queued
	block.Release()
	show("released by its owner")
	block.Drop() // the launch is done
	show("free for reuse")
	// Output:
	// allocated: 1024 in use, 0 cached, peak 1024
	// released by its owner: 1024 in use, 0 cached, peak 1024
	// free for reuse: 0 in use, 1024 cached, peak 1024
}
