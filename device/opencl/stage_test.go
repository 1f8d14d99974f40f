package opencl

import (
	"bytes"
	"testing"

	"github.com/quern-go/quern/device"
)

// TestStageOfTwoStreams has a stream upload what it can send only after slow work,
// and another one meanwhile upload more than a stage holds.
func TestStageOfTwoStreams(t *testing.T) {
	dev := openFirst(t)
	dev.mapped = false
	prog, err := dev.Compile(halfPlusOne(t))
	if err != nil {
		t.Fatal(err)
	}
	const n, slow = stageBytes/4 + 4, 16 << 20 // bytes of a small transfer; elements
	var streams [2]device.Stream
	for i := range streams {
		if streams[i], err = dev.NewStream(); err != nil {
			t.Fatal(err)
		}
		defer streams[i].Close()
	}
	alloc := func(bytes int) device.Buffer {
		b, err := dev.Alloc(bytes)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(b.Release)
		return b
	}
	work, first, second := alloc(4*slow), alloc(n), alloc(4*stageBytes)
	launch := func() {
		if err := streams[0].Launch(prog, flat(slow, work, work)); err != nil {
			t.Fatal(err)
		}
	}
	launch() // the first compiles
	if err := streams[0].Sync(t.Context()); err != nil {
		t.Fatal(err)
	}
	want, other := bytes.Repeat([]byte{1}, n), bytes.Repeat([]byte{2}, 4*stageBytes)
	for range 8 {
		launch()
	}
	if err := streams[0].Upload(first, want); err != nil {
		t.Fatal(err)
	}
	for _, size := range []int{n, 4 * stageBytes} { // behind the first stream's bytes, then over them
		if err := streams[1].Upload(second, other[:size]); err != nil {
			t.Fatal(err)
		}
	}
	got := make([]byte, n)
	if err := streams[0].Download(got, first); err != nil {
		t.Fatal(err)
	}
	for _, s := range streams {
		if err := s.Sync(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	if !bytes.Equal(got, want) {
		t.Error("the first stream's upload has other bytes")
	}
}
