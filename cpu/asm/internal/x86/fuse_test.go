package x86

import (
	"slices"
	"testing"

	"github.com/quern-go/quern/cpu/asm/internal/vcode"
	"github.com/quern-go/quern/cpu/asm/internal/vec"
	"github.com/quern-go/quern/kernels"
)

// TestFuse: what is one machine instruction becomes one, and only that.
func TestFuse(t *testing.T) {
	f32, u32 := kernels.F32, kernels.U32
	table := &kernels.Table{Name: "t", Type: f32, Bits: make([]uint64, 16)}
	type builder = kernels.Builder
	pair := func(b *builder) (x, y kernels.Value) { return b.Arg(0, f32), b.Arg(1, f32) }
	for _, test := range []struct {
		name         string
		build        func(b *builder) kernels.Value
		avx2, avx512 []string
	}{
		{"minimum", func(b *builder) kernels.Value {
			x, y := pair(b)
			return b.Select(b.Less(x, y), x, y)
		}, []string{"VMINPS"}, []string{"VMINPS"}},
		{"maximum", func(b *builder) kernels.Value {
			x, y := pair(b)
			return b.Select(b.Less(x, y), y, x)
		}, []string{"VMAXPS"}, []string{"VMAXPS"}},
		{"of other values", func(b *builder) kernels.Value {
			x, y := pair(b)
			return b.Select(b.Less(x, y), x, b.Add(x, y))
		}, []string{"VCMPPS", "VADDPS", "VBLENDVPS"}, []string{"VCMPPS", "VADDPS", "VBLENDMPS"}},
		{"not less or equal", func(b *builder) kernels.Value {
			x, y := pair(b)
			return b.Select(b.LessEqual(x, y), x, y)
		}, []string{"VCMPPS", "VBLENDVPS"}, []string{"VCMPPS", "VBLENDMPS"}},
		{"three inputs", func(b *builder) kernels.Value {
			x, y := b.Arg(0, u32), b.Arg(1, u32)
			return b.Xor(b.And(x, b.Int(u32, 1)), y)
		}, []string{"VPAND", "VPXOR"}, []string{"VPTERNLOGD"}},
		{"bit", func(b *builder) kernels.Value {
			one := b.Int(u32, 1)
			return b.Equal(b.And(b.Arg(0, u32), one), one)
		}, []string{"VPAND", "VPCMPEQD"}, []string{"VPTESTMD"}},
		{"two bits", func(b *builder) kernels.Value {
			three := b.Int(u32, 3)
			return b.Equal(b.And(b.Arg(0, u32), three), three)
		}, []string{"VPAND", "VPCMPEQD"}, []string{"VPANDD", "VPCMPD"}},
		{"no bits", func(b *builder) kernels.Value {
			return b.Equal(b.And(b.Arg(0, u32), b.Int(u32, 3)), b.Int(u32, 0))
		}, []string{"VPAND", "VPCMPEQD"}, []string{"VPTESTNMD"}},
		{"product less a value", func(b *builder) kernels.Value {
			x, y := pair(b)
			return b.FMA(x, y, b.Neg(x))
		}, []string{"PS"}, []string{"PS"}},
		{"lookup", func(b *builder) kernels.Value {
			return b.Lookup(table, b.And(b.Arg(0, u32), b.Int(u32, 15)))
		}, []string{"VPERMPS", "VPERMPS", "VPSLLD", "VBLENDVPS"}, []string{"VPERMPS"}},
		{"lookup by a smaller mask", func(b *builder) kernels.Value {
			return b.Lookup(table, b.And(b.Arg(0, u32), b.Int(u32, 7)))
		}, []string{"VPAND", "VPERMPS", "VPERMPS", "VPSLLD", "VBLENDVPS"}, []string{"VPANDD", "VPERMPS"}},
	} {
		for isa, want := range map[vec.ISA][]string{vec.AVX2: test.avx2, vec.AVX512: test.avx512} {
			t.Run(test.name+" on "+string(isa), func(t *testing.T) {
				b := kernels.NewBuilder()
				body, err := b.Build(test.build(b))
				if err != nil {
					t.Fatal(err)
				}
				a := NewAsm(isa)
				c := vcode.NewCode(a, a.VectorBytes()/4)
				if c.Outputs, err = c.Lower(&body, func(int) Val { return c.Input(4) }); err != nil {
					t.Fatal(err)
				}
				c.Prune()
				var got []string
				for _, in := range c.Instrs {
					got = append(got, in.Op)
				}
				if !slices.Equal(got, want) {
					t.Errorf("got %v, expected %v", got, want)
				}
			})
		}
	}
}
