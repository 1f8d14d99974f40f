package x86

import (
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/quern-go/quern/cpu/asm/internal/vcode"
	"github.com/quern-go/quern/cpu/asm/internal/vcode/vcodetest"
	"github.com/quern-go/quern/cpu/asm/internal/vec"
)

func TestAllocate(t *testing.T) {
	for _, isa := range []vec.ISA{vec.AVX2, vec.AVX512} {
		t.Run(string(isa), func(t *testing.T) {
			width := NewAsm(isa).VectorBytes()
			vcodetest.Machine{
				New: func() vcode.Machine { return NewAsm(isa) }, Elem: 4, Lanes: width / 4,
				Instr: func(r *rand.Rand, pick func() Val, masks []Val) (int, instr) {
					in := instr{Op: "VADDPS", Src: []Val{pick(), pick()}, Fold: true, Elem: 4}
					switch kind := r.IntN(6); {
					case kind == 0:
						in = instr{Form: []vcode.Form{fma, fms}[r.IntN(2)], Op: "PS", Src: []Val{pick(), pick(), pick()}, Elem: 4}
					case kind == 1:
						in.Op, in.Tied = "VPTERNLOGD", pick()
					case kind == 2 && isa == vec.AVX512:
						in.Op = "VCMPPS"
						return 0, in
					case kind == 3 && len(masks) > 0:
						in.Op, in.Mask = "VBLENDMPS", masks[r.IntN(len(masks))]
					case kind == 4:
						in.Op, in.Fold = "VSHUFPS", false
					}
					return width, in
				},
				Symbol: symbol,
			}.Allocate(t, 300)
		})
	}
}

// symbol undoes the choice among the forms of an fma, and the exchange of its factors.
func symbol(in *instr, op string, x []string, dst string) string {
	name := map[vcode.Form]string{fma: "VFMADD", fms: "VFMSUB"}[in.Form]
	if name == "" {
		return vcodetest.Expression(op, x...)
	}
	if order, ok := strings.CutPrefix(op, name); ok {
		x = map[string][]string{"132": {dst, x[0], x[1]}, "213": {x[1], dst, x[0]}, "231": {x[1], x[0], dst}}[order[:3]]
	}
	return vcodetest.Expression(name, min(x[0], x[1]), max(x[0], x[1]), x[2])
}
