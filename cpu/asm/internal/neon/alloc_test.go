package neon

import (
	"math/rand/v2"
	"testing"

	"github.com/quern-go/quern/cpu/asm/internal/vcode"
	"github.com/quern-go/quern/cpu/asm/internal/vcode/vcodetest"
)

func TestAllocate(t *testing.T) {
	vcodetest.Machine{
		New: func() vcode.Machine { return NewAsm() }, Elem: 8, Lanes: 2,
		Instr: func(r *rand.Rand, pick func() Val, _ []Val) (int, instr) {
			switch r.IntN(4) {
			case 0:
				return 16, instr{Op: "fmla", Tied: pick(), Src: []Val{pick(), pick()}}
			case 1:
				return 16, instr{Op: "mulhi", Form: mulHigh, Apart: true, Src: []Val{pick(), pick()}}
			case 2:
				return 16, instr{Op: "fneg", Src: []Val{pick()}}
			}
			return 16, instr{Op: "fadd", Src: []Val{pick(), pick()}}
		},
	}.Allocate(t, 500)
}
