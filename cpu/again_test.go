package cpu

import (
	"context"
	"math"
	"slices"
	"testing"
	"unsafe"

	"github.com/quern-go/quern/device"
	"github.com/quern-go/quern/kernels"
)

// TestLaunchesOfAKindAgain: a launch like the one before it keeps what was decided for that, with
// other memory. Launches in turn on one stream give what each gives on a device of its own.
func TestLaunchesOfAKindAgain(t *testing.T) {
	const n = 70_000
	x := make([]float64, 2*n)
	for i := range x {
		x[i] = math.Cos(float64(i))
	}
	f64 := kernels.F64
	gather := &kernels.Map{Signature: kernels.Signature{Ins: []kernels.DType{f64}, Params: []kernels.DType{f64}, Indices: 1},
		Body: build(t, func(b *kernels.Builder) []kernels.Value {
			return []kernels.Value{b.Add(b.Gather(0, f64, b.Index(0)), b.Param(0, f64))}
		})}
	square := &kernels.Map{Signature: kernels.Signature{Ins: []kernels.DType{f64}, Params: []kernels.DType{f64}},
		Body: build(t, func(b *kernels.Builder) []kernels.Value {
			return []kernels.Value{b.FMA(b.Load(0, f64), b.Load(0, f64), b.Param(0, f64))}
		})}
	hits := sum(t, kernels.Tree, f64)
	hits.Params = []kernels.DType{f64}
	hits.Pre = build(t, func(b *kernels.Builder) []kernels.Value {
		zero := b.Float(f64, 0)
		return []kernels.Value{b.Select(b.Less(b.Load(0, f64), zero), b.Param(0, f64), zero)}
	})
	tree, strided := sum(t, kernels.Tree, f64), sum(t, kernels.Strided, f64)
	for _, c := range []struct {
		name        string
		kernel      kernels.Kernel
		shape       []int
		reduced     int
		in, out     []int // strides
		indexStride []int
	}{
		{name: "map", kernel: square, shape: []int{300}, in: []int{1}, out: []int{1}},
		{name: "tiles", kernel: square, shape: []int{100, 90}, in: []int{1, 100}, out: []int{90, 1}},
		{name: "large map", kernel: square, shape: []int{n}, in: []int{1}, out: []int{1}},
		{name: "gather", kernel: gather, shape: []int{300}, in: []int{1}, out: []int{1}, indexStride: []int{2}},
		{name: "rows", kernel: tree, shape: []int{3, 500}, reduced: 1, in: []int{500, 1}, out: []int{1}},
		{name: "hits", kernel: hits, shape: []int{3, 500}, reduced: 1, in: []int{500, 1}, out: []int{1}},
		{name: "rows across", kernel: tree, shape: []int{100, 100}, reduced: 1, in: []int{1, 100}, out: []int{1}},
		{name: "blocks", kernel: tree, shape: []int{n}, reduced: 1, in: []int{1}, out: nil},
		{name: "short rows", kernel: tree, shape: []int{200, 5}, reduced: 1, in: []int{5, 1}, out: []int{1}},
		{name: "columns", kernel: strided, shape: []int{200, 90}, reduced: 1, in: []int{1, 200}, out: []int{1}},
		{name: "few columns", kernel: strided, shape: []int{3, 9000}, reduced: 1, in: []int{1, 3}, out: []int{1}},
		{name: "groups", kernel: strided, shape: []int{300, 200}, reduced: 1, in: []int{1, 300}, out: []int{1}},
	} {
		t.Run(c.name, func(t *testing.T) {
			d := open(t, Options{Threads: 2})
			s := must(d.NewStream())
			defer s.Close()
			launch := func(d *Device, s device.Stream, step, offset int) []float64 {
				out := make([]float64, n)
				args := &device.Args{
					Shape: c.shape, Reduced: c.reduced,
					Ins:  []device.Operand{{Buffer: must(d.Wrap(bytesOf(x))), Offset: offset, Strides: c.in}},
					Outs: []device.Operand{{Buffer: must(d.Wrap(bytesOf(out))), Strides: c.out}},
				}
				if c.kernel.Inputs().Params != nil {
					args.Params = []uint64{math.Float64bits(1 / float64(step+1))}
				}
				if c.indexStride != nil {
					args.Indices = []kernels.Layout{{Strides: slices.Clone(c.indexStride), Offset: step / 4}}
				}
				if err := s.Launch(must(d.Compile(c.kernel)), args); err != nil {
					t.Fatal(err)
				}
				for _, l := range args.Indices { // arguments are the caller's again
					clear(l.Strides)
				}
				if err := s.Sync(context.Background()); err != nil {
					t.Fatal(err)
				}
				return out
			}
			for step := range 8 {
				offset := step % 3 * 7
				fresh := open(t, Options{Threads: 2})
				want := launch(fresh, must(fresh.NewStream()), step, offset)
				if got := launch(d, s, step, offset); !slices.Equal(got, want) {
					t.Errorf("launch %d: other values", step)
				}
				if want[0] == 0 {
					t.Error("nothing computed")
				}
			}
		})
	}
}

func bytesOf(x []float64) []byte {
	return unsafe.Slice((*byte)(unsafe.Pointer(unsafe.SliceData(x))), 8*len(x))
}

// TestFailedLaunchIsNotRemembered: after arguments that were refused half-way, the next launch is
// decided anew.
func TestFailedLaunchIsNotRemembered(t *testing.T) {
	d := open(t, Options{Threads: 1})
	s := must(d.NewStream())
	defer s.Close()
	const n = 50
	x, out := make([]float32, 2*n), make([]float32, 2*n)
	for i := range x {
		x[i] = float32(i)
	}
	wrap := func(p []float32) device.Buffer {
		return must(d.Wrap(unsafe.Slice((*byte)(unsafe.Pointer(&p[0])), 4*len(p))))
	}
	program := must(d.Compile(doubling(t)))
	launch := func(out device.Buffer, stride int) error {
		err := s.Launch(program, &device.Args{Shape: []int{n},
			Ins:  []device.Operand{{Buffer: wrap(x), Strides: []int{stride}}},
			Outs: []device.Operand{{Buffer: out, Strides: []int{1}}}})
		if err == nil {
			err = s.Sync(context.Background())
		}
		return err
	}
	released := wrap(out)
	released.Release()
	for i, stride := range []int{1, 2, 1} {
		if err := launch(released, stride); err == nil {
			t.Fatal("a released buffer was accepted")
		}
		if err := launch(wrap(out), stride); err != nil {
			t.Fatal(err)
		}
		if got := out[n-1]; got != float32(2*stride*(n-1)) {
			t.Errorf("launch %d: %v, expected %v", i, got, 2*stride*(n-1))
		}
	}
}
