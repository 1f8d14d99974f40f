package vcode

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/mmcloughlin/avo/operand"

	"github.com/quern-go/quern/cpu/asm/internal/vec"
)

// TestAllocate runs random codes, before and after their registers are assigned,
// on symbols: every register and stack slot holds the expression it was computed
// by, and the outputs must come out the same.
func TestAllocate(t *testing.T) {
	for _, isa := range []vec.ISA{vec.AVX2, vec.AVX512} {
		for seed := range uint64(300) {
			t.Run(fmt.Sprintf("%s/%d", isa, seed), func(t *testing.T) {
				r := rand.New(rand.NewPCG(seed, 1))
				a := NewAsm(isa)
				c := randomCode(r, a, 1+r.IntN(200))
				home, err := Homes(c)
				if err != nil {
					t.Fatal(err)
				}
				p, err := c.Allocate(home)
				if err != nil {
					t.Fatal(err)
				}
				want := c.symbols()
				got := p.symbols(c, home)
				for i, v := range c.Outputs {
					if got[i] != want[v.id] {
						t.Errorf("output %d is %s, want %s", i, got[i], want[v.id])
					}
				}
			})
		}
	}
}

// randomCode uses values from far back as readily as recent ones, so that many
// live at once.
func randomCode(r *rand.Rand, a *Asm, length int) *Code {
	c := NewCode(a, a.VectorBytes()/4)
	vals := []Val{c.Input(4), c.Input(4), c.Pinned(4)}
	var masks []Val
	pick := func() Val {
		if r.IntN(5) == 0 {
			return c.Splat(4, uint64(r.IntN(12)))
		}
		return vals[r.IntN(len(vals))]
	}
	for range length {
		switch kind := r.IntN(6); {
		case kind == 0:
			vals = append(vals, c.fma(4, pick(), pick(), pick()))
		case kind == 1:
			vals = append(vals, c.add(a.VectorBytes(), instr{op: "VPTERNLOGD", imm: 7, src: []Val{pick(), pick()}, tied: pick(), fold: true, elem: 4}))
		case kind == 2 && a.ISA == vec.AVX512:
			masks = append(masks, c.add(0, instr{op: "VCMPPS", imm: 1, src: []Val{pick(), pick()}, fold: true, elem: 4}))
		case kind == 3 && len(masks) > 0:
			vals = append(vals, c.add(a.VectorBytes(), instr{op: "VBLENDMPS", imm: -1, src: []Val{pick(), pick()}, mask: masks[r.IntN(len(masks))], fold: true, elem: 4}))
		case kind == 4:
			vals = append(vals, c.opReg("VSHUFPS", 3, a.VectorBytes(), pick(), pick()))
		default:
			vals = append(vals, c.op("VADDPS", 4, pick(), pick()))
		}
	}
	c.Outputs = []Val{vals[len(vals)-1], vals[r.IntN(len(vals))]}
	return c
}

// expression is the symbol of an instruction's result.
func expression(op string, args ...string) string {
	s := fmt.Sprintf("%s(%s)", op, strings.Join(args, " "))
	if len(s) > 80 { // keep expressions of expressions short
		var h uint64 = 14695981039346656037
		for _, b := range []byte(s) {
			h = (h ^ uint64(b)) * 1099511628211
		}
		return fmt.Sprintf("%s#%016x", op, h)
	}
	return s
}

// symbols is the expression of each value.
func (c *Code) symbols() []string {
	s := make([]string, len(c.vals))
	for id, v := range c.vals {
		s[id] = fmt.Sprintf("v%d", id)
		if v.constant != nil {
			s[id] = fmt.Sprintf("c%d", v.constant.bits)
		}
	}
	for _, in := range c.instrs {
		var args []string
		for _, v := range in.reads() {
			args = append(args, s[v.id])
		}
		op := in.op
		if in.form == fma {
			op = "FMA"
			args[0], args[1] = min(args[0], args[1]), max(args[0], args[1])
		}
		s[in.dst.id] = expression(op, args...)
	}
	return s
}

// symbols runs the program and returns the expressions of its outputs.
func (p *Program) symbols(c *Code, home Home) []string {
	state := map[string]string{}
	for k, id := range c.consts {
		state[p.asm.address(k).Asm()] = fmt.Sprintf("c%d", k.bits)
		if r, ok := home[constantOrPin{constant: k}]; ok {
			state[place(p.asm.Vector(r))] = fmt.Sprintf("c%d", c.vals[id.id].constant.bits)
		}
	}
	for id, v := range c.vals {
		if v.pinned {
			state[place(p.asm.Vector(home[constantOrPin{pin: 1}]))] = fmt.Sprintf("v%d", id)
		}
	}
	for i, v := range c.Inputs {
		state[place(p.Inputs[i])] = fmt.Sprintf("v%d", v.id)
	}
	for _, in := range p.insts {
		execute(state, in)
	}
	out := make([]string, len(p.Outputs))
	for i, r := range p.Outputs {
		out[i] = state[place(r)]
	}
	return out
}

// place is where an operand is, the same for all widths of a register.
func place(op operand.Op) string {
	s := op.Asm()
	if strings.HasPrefix(s, "Y") || strings.HasPrefix(s, "X") {
		return "Z" + s[1:]
	}
	return s
}

func execute(state map[string]string, in inst) {
	dst := place(in.ops[len(in.ops)-1])
	var args []string
	for _, op := range in.ops[:len(in.ops)-1] {
		if _, immediate := op.(operand.Constant); !immediate {
			args = append(args, state[place(op)])
		}
	}
	name := strings.TrimSuffix(in.op, "_BCST")
	switch {
	case strings.HasPrefix(name, "VMOV"), strings.HasPrefix(name, "VBROADCAST"), name == "KMOVQ":
		state[dst] = args[0]
		return
	case strings.HasPrefix(name, "VFMADD"):
		m, s, d := args[0], args[1], state[dst]
		f := map[string][3]string{"132": {d, m, s}, "213": {s, d, m}, "231": {s, m, d}}[name[6:9]]
		state[dst] = expression("FMA", min(f[0], f[1]), max(f[0], f[1]), f[2])
		return
	case name == "VPTERNLOGD":
		args = append(args, state[dst])
	}
	state[dst] = expression(name, args...)
}
