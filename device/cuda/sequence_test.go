package cuda_test

import (
	"context"
	"errors"
	"math"
	"sync"
	"testing"

	"github.com/quern-go/quern/device/cuda"
	"github.com/quern-go/quern/device/cuda/internal/cu"
	"github.com/quern-go/quern/ops"
)

// spread is a plan of several kernels and passes, which depends on a scalar.
func spread(x ops.Array[float32], by float32) ops.Array[float32] {
	return x.Sub(x.Mean()).MulScalar(by).Square().Sum().Sqrt()
}

// same evaluates on a device and on the CPU and compares the bits.
func same(t *testing.T, x ops.Array[float32], opts ...ops.Option) {
	t.Helper()
	want, err := x.Scalar(t.Context(), ops.On("cpu"))
	if err != nil {
		t.Fatal(err)
	}
	got, err := x.Scalar(t.Context(), opts...)
	if err != nil || math.Float32bits(got) != math.Float32bits(want) {
		t.Fatalf("%v (%v), on the CPU %v", got, err, want)
	}
}

// TestReplay evaluates a plan again and again: from the third time on it is one launch
// of a graph, whatever its scalars are.
func TestReplay(t *testing.T) {
	dev, calls := cuda.OpenCounted(t)
	x := ops.Uniform[float32](1, 5000)
	opts := []ops.Option{ops.OnDevice(dev), ops.WithEngine(new(ops.Engine)), ops.Strict()}
	for n := range 6 {
		kernels, graphs, changes := calls("cuLaunchKernel"), calls("cuGraphLaunch"), calls("cuGraphExecKernelNodeSetParams")
		same(t, spread(x, float32(n/2+2)), opts...)
		kernels, graphs, changes = calls("cuLaunchKernel")-kernels, calls("cuGraphLaunch")-graphs, calls("cuGraphExecKernelNodeSetParams")-changes
		switch {
		case n == 0 && (kernels < 4 || graphs != 0):
			t.Errorf("the first time: %d kernels and %d graphs launched", kernels, graphs)
		case n > 0 && (kernels != 0 || graphs != 1):
			t.Errorf("evaluation %d: %d kernels and %d graphs launched, expected one graph", n, kernels, graphs)
		case n == 3 && changes != 0 || n == 4 && changes == 0:
			t.Errorf("evaluation %d: %d nodes changed", n, changes)
		}
	}
	if n := calls("cuGraphInstantiateWithFlags"); n != 1 {
		t.Errorf("%d graphs were made, expected one", n)
	}
}

// TestReplayWithOtherMemory has the temporaries lie elsewhere each time.
func TestReplayWithOtherMemory(t *testing.T) {
	dev, _ := cuda.OpenCounted(t)
	x := ops.Uniform[float32](1, 5000)
	opts := []ops.Option{ops.OnDevice(dev), ops.WithEngine(new(ops.Engine)), ops.Strict()}
	for range 6 {
		b, err := dev.Alloc(4) // keeps what was free
		if err != nil {
			t.Fatal(err)
		}
		defer b.Release()
		dev.Trim()
		same(t, spread(x, 3), opts...)
	}
}

// TestReplayIsLeftAlone where it is of no use: launches are queued one by one.
func TestReplayIsLeftAlone(t *testing.T) {
	x := ops.Uniform[float32](1, 5000)
	for _, c := range []struct {
		name  string
		open  func() (*cuda.Device, func(string) int)
		array ops.Array[float32]
	}{
		{"an old driver", func() (*cuda.Device, func(string) int) { return cuda.OpenCounted(t, cu.Graphs) }, spread(x, 2)},
		{"one pass", func() (*cuda.Device, func(string) int) { return cuda.OpenCounted(t) }, x.Slice(ops.To(100)).Sum()},
		{"work to be cut in slices", func() (*cuda.Device, func(string) int) { return cuda.OpenSlow(t) }, spread(x, 2)},
	} {
		t.Run(c.name, func(t *testing.T) {
			dev, calls := c.open()
			engine := new(ops.Engine)
			for range 2 {
				same(t, c.array, ops.OnDevice(dev), ops.WithEngine(engine), ops.Strict())
			}
			if n := calls("cuGraphLaunch"); n != 0 {
				t.Errorf("%d graphs launched", n)
			}
		})
	}
}

// TestReplayWithoutMemory has memory for two temporaries at a time, as the launches need
// one by one, and not for all: every evaluation makes the same launches.
func TestReplayWithoutMemory(t *testing.T) {
	const side = 32
	dev, calls := cuda.OpenSmallCounted(t, 6*4*side*side)
	collect(t, dev)
	x := ops.Uniform[float32](1, side, side)
	a, err := x.Eval(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	product := a
	for range 8 {
		product = product.MatMul(a)
	}
	engine := new(ops.Engine)
	first := 0
	for n := range 4 {
		before := calls("cuLaunchKernel")
		same(t, product.Sum(), ops.OnDevice(dev), ops.WithEngine(engine), ops.Strict())
		switch launched := calls("cuLaunchKernel") - before; {
		case n == 0:
			first = launched
		case launched != first:
			t.Errorf("evaluation %d: %d launches, the first time %d", n, launched, first)
		}
	}
}

// TestReplayIsCancelled: a context that has ended is an error, and the next evaluation
// is right.
func TestReplayIsCancelled(t *testing.T) {
	dev, _ := cuda.OpenCounted(t)
	x := spread(ops.Uniform[float32](1, 5000), 2)
	opts := []ops.Option{ops.OnDevice(dev), ops.WithEngine(new(ops.Engine)), ops.Strict()}
	for range 4 {
		same(t, x, opts...)
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		if _, err := x.Scalar(ctx, opts...); !errors.Is(err, context.Canceled) {
			t.Errorf("cancelled: %v", err)
		}
	}
}

// TestReplayAtOnce has several goroutines evaluate one plan.
func TestReplayAtOnce(t *testing.T) {
	dev, _ := cuda.OpenCounted(t)
	x := spread(ops.Uniform[float32](1, 5000), 2)
	opts := []ops.Option{ops.OnDevice(dev), ops.WithEngine(new(ops.Engine)), ops.Strict()}
	var group sync.WaitGroup
	for range 4 {
		group.Go(func() {
			for range 4 {
				same(t, x, opts...)
			}
		})
	}
	group.Wait()
}

// TestReplayFails has every function of graphs fail: the launches are done without, or
// elsewhere, and nothing is left behind.
func TestReplayFails(t *testing.T) {
	x := ops.Uniform[float32](1, 5000)
	for _, function := range []string{
		"cuGraphCreate", "cuGraphAddKernelNode", "cuGraphInstantiateWithFlags", "cuGraphDestroy",
		"cuGraphExecKernelNodeSetParams", "cuGraphLaunch", "cuGraphExecDestroy",
	} {
		for _, code := range cuda.FaultCodes() {
			dev := cuda.OpenFakeWithFault(t, function, code)
			engine := new(ops.Engine)
			for n := range 4 {
				same(t, spread(x, float32(n+2)), ops.OnDevice(dev), ops.WithEngine(engine))
			}
		}
	}
}
