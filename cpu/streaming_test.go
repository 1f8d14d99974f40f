package cpu

import (
	"bytes"
	"math/rand/v2"
	"testing"
	"unsafe"

	"github.com/quern-go/quern/device"
	"github.com/quern-go/quern/kernels"
	"github.com/quern-go/quern/kernels/mathfn"
)

// Large outputs go past the caches, small ones do not: a launch over a large array
// must give what launches over its pieces give, which the conformance suite
// compares with the oracle.
func TestLargeOutputsEqualTheirPieces(t *testing.T) {
	const f32 = kernels.F32
	bodies := map[string]func(b *kernels.Builder) []kernels.Value{
		"add": func(b *kernels.Builder) []kernels.Value {
			return []kernels.Value{b.Add(b.Load(0, f32), b.Load(1, f32))}
		},
		"scaled": func(b *kernels.Builder) []kernels.Value {
			return []kernels.Value{b.Mul(b.Float(f32, 3), b.Load(0, f32))}
		},
		"function": func(b *kernels.Builder) []kernels.Value {
			return []kernels.Value{b.Call(mathfn.Exp(f32), b.Load(0, f32))}
		},
		"no streaming kernel": func(b *kernels.Builder) []kernels.Value {
			return []kernels.Value{b.Max(b.Load(0, f32), b.Load(1, f32))}
		},
		"a load alone": func(b *kernels.Builder) []kernels.Value { return []kernels.Value{b.Load(1, f32)} },
		"read again": func(b *kernels.Builder) []kernels.Value {
			sum := b.Add(b.Load(0, f32), b.Load(1, f32))
			return []kernels.Value{sum, b.Sqrt(sum), sum}
		},
	}
	const n = 1<<22 + 37
	for name, f := range bodies {
		t.Run(name, func(t *testing.T) {
			body := build(t, f)
			k := &kernels.Map{Signature: kernels.Signature{Ins: []kernels.DType{f32, f32}}, Body: body}
			for _, skip := range []int{0, 1} { // aligned to a cache line, and not
				for _, threads := range []int{1, 2} {
					d := open(t, Options{Threads: threads})
					comparePieces(t, d, k, n, skip)
				}
			}
		})
	}
}

// comparePieces runs the kernel over n points at once and in pieces; outputs
// begin skip elements into their memory.
func comparePieces(t *testing.T, d *Device, k *kernels.Map, n, skip int) {
	t.Helper()
	r := rand.New(rand.NewPCG(1, 2))
	program := must(d.Compile(k))
	stream := must(d.NewStream())
	defer stream.Close()
	ins := make([]device.Buffer, len(k.Ins))
	for i := range ins {
		p := make([]float32, n)
		for j := range p {
			p[j] = r.Float32()*20 - 10
		}
		ins[i] = must(d.Wrap(asBytes(p)))
	}
	run := func(out []device.Buffer, from, count int) {
		args := &device.Args{Shape: []int{count}}
		for _, b := range ins {
			args.Ins = append(args.Ins, device.Operand{Buffer: b, Offset: from, Strides: []int{1}})
		}
		for _, b := range out {
			args.Outs = append(args.Outs, device.Operand{Buffer: b, Offset: from + skip, Strides: []int{1}})
		}
		if err := stream.Launch(program, args); err != nil {
			t.Fatal(err)
		}
		if err := stream.Sync(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	outputs := func() (buffers []device.Buffer, memory [][]byte) {
		for range k.Outs() {
			b := must(d.Alloc(4 * (n + 2*skip + 16)))
			t.Cleanup(b.Release)
			p := must(d.HostBytes(b))
			clear(p)
			buffers, memory = append(buffers, b), append(memory, p)
		}
		return buffers, memory
	}
	whole, got := outputs()
	run(whole, 0, n)
	pieces, want := outputs()
	const piece = 1 << 17
	for from := 0; from < n; from += piece {
		run(pieces, from, min(piece, n-from))
	}
	for o := range got {
		if !bytes.Equal(got[o], want[o]) {
			t.Errorf("%d threads, skip %d: output %d differs from its pieces", d.Info().ComputeUnits, skip, o)
		}
	}
}

func asBytes(p []float32) []byte {
	return unsafe.Slice((*byte)(unsafe.Pointer(unsafe.SliceData(p))), 4*len(p))
}
