package x86

import (
	"strings"
	"testing"

	"github.com/quern-go/quern/cpu/asm/internal/vcode"
	"github.com/quern-go/quern/cpu/asm/internal/vec"
	"github.com/quern-go/quern/kernels"
)

// TestLowerFails: what there is no code for is an error that names the
// instruction.
func TestLowerFails(t *testing.T) {
	philox := func(b *kernels.Builder) kernels.Value {
		i := b.Arg(0, kernels.U64)
		return b.Philox(i, i, i, 0, 0)
	}
	toInt64 := func(b *kernels.Builder) kernels.Value { return b.Convert(kernels.I64, b.Arg(0, kernels.F64)) }
	for _, test := range []struct {
		name  string
		isa   vec.ISA
		build func(b *kernels.Builder) kernels.Value
		want  string
	}{
		{"philox on AVX2", vec.AVX2, philox, "philox.u32"},
		{"philox on AVX-512", vec.AVX512, philox, "philox.u32"},
		{"float64 to int64 on AVX2", vec.AVX2, toInt64, "convert.i64"},
	} {
		t.Run(test.name, func(t *testing.T) {
			b := kernels.NewBuilder()
			body, err := b.Build(test.build(b))
			if err != nil {
				t.Fatal(err)
			}
			a := NewAsm(test.isa)
			c := vcode.NewCode(a, a.VectorBytes()/8)
			_, err = c.Lower(&body, func(int) Val { return c.Input(8) })
			if err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("error %v does not name %s", err, test.want)
			}
		})
	}
}
