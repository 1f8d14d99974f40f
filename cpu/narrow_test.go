package cpu

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/quern-go/quern/device"
	"github.com/quern-go/quern/kernels"
)

// Many results of few values each go past the caches: a launch must give what launches over
// pieces of its results give, which the conformance suite compares with the oracle.
func TestManyResultsEqualTheirPieces(t *testing.T) {
	const f32, kept, most = kernels.F32, 1<<21 + 37, 9
	r := rand.New(rand.NewPCG(1, 2))
	x := make([]float32, most*kept)
	for i := range x {
		x[i] = r.Float32()*20 - 10
	}
	load := build(t, func(b *kernels.Builder) []kernels.Value { return []kernels.Value{b.Load(0, f32)} })
	square := build(t, func(b *kernels.Builder) []kernels.Value {
		v := b.Load(0, f32)
		return []kernels.Value{b.Mul(v, v)}
	})
	sum := build(t, func(b *kernels.Builder) []kernels.Value { return []kernels.Value{b.Acc(0, f32)} })
	scaled := build(t, func(b *kernels.Builder) []kernels.Value {
		return []kernels.Value{b.Mul(b.Float(f32, 0.25), b.Acc(0, f32))}
	})
	for _, c := range []struct {
		name      string
		order     kernels.Order
		n         int
		pre, post kernels.Body
	}{
		{"rows of 2", kernels.Tree, 2, load, sum},
		{"rows of 3, scaled", kernels.Tree, 3, load, scaled},
		{"rows of 5 squares", kernels.Tree, 5, square, sum},
		{"columns of 2", kernels.Strided, 2, load, sum},
		{"columns of 8, scaled", kernels.Strided, 8, load, scaled},
		{"columns of 9", kernels.Strided, 9, load, sum},
	} {
		k := &kernels.Reduce{Signature: kernels.Signature{Ins: []kernels.DType{f32}}, Order: c.order, Pre: c.pre, Post: c.post,
			Accs: []kernels.Acc{{Type: f32, Combine: kernels.CombineAdd}}}
		along, across := c.n, 1 // strides of kept and reduced points
		if c.order == kernels.Strided {
			along, across = 1, kept
		}
		for _, o := range []Options{{Threads: 1}, {Threads: 2}} {
			d := open(t, o)
			in, program, stream := must(d.Wrap(asBytes(x))), must(d.Compile(k)), must(d.NewStream())
			run := func(out device.Buffer, skip, from, count int) {
				args := &device.Args{Shape: []int{count, c.n}, Reduced: 1,
					Ins:  []device.Operand{{Buffer: in, Offset: from * along, Strides: []int{along, across}}},
					Outs: []device.Operand{{Buffer: out, Offset: from + skip, Strides: []int{1}}}}
				if err := stream.Launch(program, args); err != nil {
					t.Fatal(err)
				}
				if err := stream.Sync(t.Context()); err != nil {
					t.Fatal(err)
				}
			}
			for _, skip := range []int{0, 1} { // aligned to a cache line, and not
				t.Run(fmt.Sprintf("%s, %d threads, skip %d", c.name, o.Threads, skip), func(t *testing.T) {
					whole, pieces := must(d.Alloc(4*(kept+16))), must(d.Alloc(4*(kept+16)))
					defer whole.Release()
					defer pieces.Release()
					got, want := must(d.HostBytes(whole)), must(d.HostBytes(pieces))
					clear(got)
					clear(want)
					run(whole, skip, 0, kept)
					for from := 0; from < kept; from += 100_003 {
						run(pieces, skip, from, min(100_003, kept-from))
					}
					if !bytes.Equal(got, want) {
						t.Error("the results differ from those of pieces")
					}
				})
			}
			stream.Close()
		}
	}
}
