package cuda_test

import (
	"context"
	"errors"
	"fmt"
	"math"
	"sync/atomic"
	"testing"
	"time"

	"github.com/quern-go/quern/device/cuda"
	"github.com/quern-go/quern/ops"
)

// smallMemory is that of the devices of these tests, in bytes. An eighth is left to the
// device itself.
const smallMemory = 128 << 10

// checkPeak: however many panels there were at a time, they had room together.
func checkPeak(t *testing.T, dev *cuda.Device) {
	t.Helper()
	if peak := dev.Memory().Peak; peak > smallMemory/8*7 {
		t.Errorf("%d bytes at most, expected no more than %d", peak, smallMemory/8*7)
	}
}

// streamed is an array of 240,000 bytes, larger than the devices of these tests.
func streamed() ops.Array[float32] {
	rows := make([]float32, 300*200)
	for i := range rows {
		rows[i] = float32(i%997) / 997
	}
	return ops.FromSlice(rows, 300, 200)
}

// TestPanelsOverlap has every kernel take until another panel has been uploaded, and every
// copy of a result until another panel's kernel has been queued: that comes to an end only
// if the copies of panels go on while others are computed.
func TestPanelsOverlap(t *testing.T) {
	var on, late atomic.Bool
	var before cuda.FakeWork // queued and done when the evaluation begins
	panels := 0              // of it, each with an upload, a kernel and a download
	deadline := time.Now().Add(time.Minute)
	hold := func(h cuda.Held) bool {
		if !on.Load() {
			return false
		}
		if time.Now().After(deadline) {
			late.Store(true)
			return false
		}
		// Of what comes before, this panel's and another's have to be queued, unless there are no more.
		alone := func(queuedBefore, done int) bool { return queuedBefore < min(panels, done+2) }
		return h.Kernel && alone(h.Queued.Uploads-before.Uploads, h.Done.Kernels-before.Kernels) ||
			h.Download && alone(h.Queued.Kernels-before.Kernels, h.Done.Downloads-before.Downloads)
	}
	dev, driver := cuda.OpenSmallWith(t, smallMemory, cuda.FakeOptions{Late: true, Hold: hold})
	collect(t, dev)
	x, engine := streamed().Square().AddScalar(1), new(ops.Engine)
	want, err := x.Data(t.Context(), ops.On("cpu"))
	if err != nil {
		t.Fatal(err)
	}
	for round := range 2 { // the second is held
		queued := driver.Queued()
		if round == 1 {
			panels = queued.Uploads - before.Uploads
			if panels < 4 || queued.Kernels-before.Kernels != panels || queued.Downloads-before.Downloads != panels {
				t.Fatalf("%+v queued, %+v before the evaluation; expected an upload, a kernel and a download for each of some panels", queued, before)
			}
		}
		before = queued
		on.Store(round == 1)
		got, err := x.Data(t.Context(), ops.OnDevice(dev), ops.WithEngine(engine), ops.Strict())
		on.Store(false)
		if err != nil {
			t.Fatal(err)
		}
		sameFloats(t, got, want)
	}
	checkPeak(t, dev)
	if late.Load() {
		t.Error("no panel was uploaded while another was computed, or computed while another was downloaded")
	}
}

func sameFloats(t *testing.T, got, want []float32) {
	t.Helper()
	if len(got) != len(want) {
		t.Fatalf("%d elements, expected %d", len(got), len(want))
	}
	for i := range want {
		if math.Float32bits(got[i]) != math.Float32bits(want[i]) {
			t.Fatalf("element %d is %v, on the CPU %v", i, got[i], want[i])
		}
	}
}

// streamedCases are what takes more memory than the device has.
func streamedCases() map[string]ops.Array[float32] {
	x := streamed()
	return map[string]ops.Array[float32]{
		"map": x.Square().AddScalar(1), "sums of rows": x.Sum(1), "deviation": x.Std(),
		"columns": x.T().AddScalar(1), "centred rows": x.Sub(x.Mean(1).Reshape(300, 1)), "product": x.Slice(ops.To(2)).MatMul(x.T()),
	}
}

// TestContraryOrders evaluates in panels while streams run in the least expected order:
// what does not wait for what it needs gives other bits.
func TestContraryOrders(t *testing.T) {
	for name, a := range streamedCases() {
		t.Run(name, func(t *testing.T) {
			want, err := a.Data(t.Context(), ops.On("cpu"))
			if err != nil {
				t.Fatal(err)
			}
			seeds := uint64(3)
			if testing.Short() {
				seeds = 1
			}
			for seed := range seeds {
				dev, _ := cuda.OpenSmallWith(t, smallMemory, cuda.FakeOptions{Contrary: true, Seed: seed})
				collect(t, dev)
				engine := new(ops.Engine)
				got, err := a.Data(t.Context(), ops.OnDevice(dev), ops.WithEngine(engine), ops.Strict())
				if err != nil {
					t.Fatal(err)
				}
				sameFloats(t, got, want)
				checkPeak(t, dev)
				if s := engine.Stats(); s.InPanels != 1 {
					t.Errorf("%+v, expected an evaluation in panels", s)
				}
			}
		})
	}
}

// TestPanelsWithFaults has calls of the driver fail while several panels are on their way:
// the bits are right all the same, of the device or the CPU, and nothing is left behind.
func TestPanelsWithFaults(t *testing.T) {
	a := streamed().Square().AddScalar(1)
	want, err := a.Data(t.Context(), ops.On("cpu"))
	if err != nil {
		t.Fatal(err)
	}
	calls, codes := []int{2, 7}, cuda.FaultCodes()
	if testing.Short() {
		calls, codes = calls[1:], codes[:2]
	}
	for _, function := range []string{
		"cuMemAllocAsync", "cuMemHostAlloc", "cuStreamCreate", "cuEventCreate", "cuEventRecord", "cuEventQuery", "cuStreamQuery",
		"cuEventSynchronize", "cuMemcpyHtoDAsync_v2", "cuMemcpyDtoHAsync_v2", "cuLaunchKernel", "cuCtxPushCurrent_v2",
	} {
		for _, code := range codes {
			for _, call := range calls {
				t.Run(fmt.Sprintf("%s %d %d", function, code, call), func(t *testing.T) {
					dev := cuda.OpenSmallWithFault(t, smallMemory, function, call, code)
					collect(t, dev)
					got, err := a.Data(t.Context(), ops.OnDevice(dev), ops.WithEngine(new(ops.Engine)))
					if err != nil {
						t.Fatal(err)
					}
					sameFloats(t, got, want)
				})
			}
		}
	}
}

// TestPanelsCancelled ends the context while several panels are on their way.
func TestPanelsCancelled(t *testing.T) {
	for _, after := range []int{0, 1, 2, 5} {
		ctx, cancel := context.WithCancel(t.Context())
		dev, _ := cuda.OpenSmallWith(t, smallMemory, cuda.FakeOptions{Hold: func(h cuda.Held) bool {
			if h.Kernel && h.Done.Kernels >= after {
				cancel()
			}
			return false
		}})
		collect(t, dev)
		_, err := streamed().Exp().Data(ctx, ops.OnDevice(dev), ops.WithEngine(new(ops.Engine)))
		if !errors.Is(err, context.Canceled) {
			t.Errorf("after %d kernels: error %v", after, err)
		}
		cancel()
	}
	ctx, cancel := context.WithTimeout(t.Context(), time.Nanosecond)
	defer cancel()
	dev, _ := cuda.OpenSmallWith(t, smallMemory, cuda.FakeOptions{})
	collect(t, dev)
	if _, err := streamed().Exp().Data(ctx, ops.OnDevice(dev), ops.WithEngine(new(ops.Engine))); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("after the deadline: error %v", err)
	}
}
