package neon

import (
	"strings"
	"testing"

	"github.com/quern-go/quern/cpu/asm/internal/vcode"
	"github.com/quern-go/quern/kernels"
)

// TestLowerFails: what there is no code for is an error that names the instruction.
func TestLowerFails(t *testing.T) {
	b := kernels.NewBuilder()
	i := b.Arg(0, kernels.U64)
	body, err := b.Build(b.Philox(i, i, i, 0, 0))
	if err != nil {
		t.Fatal(err)
	}
	c := vcode.NewCode(NewAsm(), 2)
	_, err = c.Lower(&body, func(int) Val { return c.Input(8) })
	if want := "philox.u32"; err == nil || !strings.Contains(err.Error(), want) {
		t.Errorf("error %v does not name %s", err, want)
	}
}

// TestMistakes: a file with an instruction that does not exist, or takes other
// registers, is an error.
func TestMistakes(t *testing.T) {
	for name, write := range map[string]func(a *Asm){
		"no such instruction":    func(a *Asm) { a.V("fcosh", S4, 0, 1) },
		"a register too few":     func(a *Asm) { a.V("fadd", S4, 0, 1) },
		"no such argument":       func(a *Asm) { a.Arg("b", "R0") },
		"a product of 64 bits":   func(a *Asm) { a.V("mul", D2, 0, 1, 2) },
		"a shift by the width":   func(a *Asm) { a.VImm("shl", S4, 32, 0, 1) },
		"a shift right by none":  func(a *Asm) { a.VImm("ushr", S4, 0, 0, 1) },
		"a lane that is not one": func(a *Asm) { a.VImm("dup", D2, 2, 0, 1) },
	} {
		t.Run(name, func(t *testing.T) {
			a := NewAsm()
			a.Func("f", "a int", "", 0)
			write(a)
			if _, _, err := a.Files(); err == nil {
				t.Error("no error")
			}
		})
	}
}
