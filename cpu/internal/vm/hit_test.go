package vm

import (
	"math"
	"testing"

	"github.com/quern-go/quern/cpu/internal/simd"
	"github.com/quern-go/quern/kernels"
)

func TestHit(t *testing.T) {
	const f32, f64 = kernels.F32, kernels.F64
	inside := func(b *kernels.Builder) kernels.Value { return b.Less(b.Load(0, f32), b.Param(0, f32)) }
	for _, c := range []struct {
		name  string
		build func(b *kernels.Builder) kernels.Value
		param float32
		want  float64 // 0: none
	}{
		{"of constants", func(b *kernels.Builder) kernels.Value {
			return b.Select(inside(b), b.Float(f64, 3), b.Float(f64, 0))
		}, 1, 3},
		{"times a parameter", func(b *kernels.Builder) kernels.Value { // as π is estimated
			v := b.Convert(f64, b.Mul(b.Select(inside(b), b.Float(f32, 1), b.Float(f32, 0)), b.Param(0, f32)))
			return b.Mul(v, v)
		}, 4, 16},
		{"a parameter that makes of 0 another 0", func(b *kernels.Builder) kernels.Value {
			return b.Convert(f64, b.Mul(b.Convert(f32, inside(b)), b.Param(0, f32)))
		}, -4, 0},
		{"a parameter that makes of 0 another number", func(b *kernels.Builder) kernels.Value {
			return b.Convert(f64, b.Add(b.Convert(f32, inside(b)), b.Param(0, f32)))
		}, 4, 0},
		{"of what is read", func(b *kernels.Builder) kernels.Value {
			return b.Select(inside(b), b.Load(1, f64), b.Float(f64, 0))
		}, 1, 0},
		{"of squares that would take for ever", func(b *kernels.Builder) kernels.Value {
			x := b.Convert(f64, b.Param(0, f32))
			for range 100 {
				x = b.Mul(x, x)
			}
			return b.Select(inside(b), x, b.Float(f64, 0))
		}, 1, 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			b := kernels.NewBuilder()
			body, err := b.Build(c.build(b))
			if err != nil {
				t.Fatal(err)
			}
			p, err := Compile(simd.TableFor(simd.Generic), &body)
			if err != nil {
				t.Fatal(err)
			}
			bits, ok := p.Hit(0, []uint64{uint64(math.Float32bits(c.param))})
			if got := math.Float64frombits(bits); ok != (c.want != 0) || ok && got != c.want {
				t.Errorf("got %g, %t, expected %g", got, ok, c.want)
			}
		})
	}
}
