package neon

import (
	"fmt"
	"math/rand/v2"
	"testing"
)

// TestAllocate runs random codes, before and after their registers are assigned,
// on symbols: every register and spill slot holds the expression it was computed
// by, and the outputs must come out the same.
func TestAllocate(t *testing.T) {
	spills := 0
	for seed := range uint64(500) {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			r := rand.New(rand.NewPCG(seed, 1))
			c := randomCode(r, 1+r.IntN(300))
			home, err := Homes(c)
			if err != nil {
				t.Fatal(err)
			}
			p, err := c.Allocate(home)
			if err != nil {
				t.Fatal(err)
			}
			spills += p.Slots
			want, got := c.symbols(), p.symbols(c, home)
			for i, v := range c.Outputs {
				if got[i] != want[v.id] {
					t.Errorf("output %d is %s, want %s", i, got[i], want[v.id])
				}
			}
		})
	}
	if spills == 0 {
		t.Error("nothing was ever spilled")
	}
}

// randomCode uses values from far back as readily as recent ones, so that many live
// at once.
func randomCode(r *rand.Rand, length int) *Code {
	c := NewCode(NewAsm(), 2)
	vals := []Val{c.Input(8), c.Input(8), c.Pinned(8)}
	pick := func() Val {
		if r.IntN(5) == 0 {
			return c.Splat(8, uint64(r.IntN(12)))
		}
		return vals[r.IntN(len(vals))]
	}
	for range length {
		var v Val
		switch r.IntN(4) {
		case 0:
			v = c.over("fmla", 8, pick(), pick(), pick())
		case 1:
			v = c.add(8, instr{pseudo: mulHigh, name: "mulhi", src: []Val{pick(), pick()}})
		case 2:
			v = c.Op("fneg", 8, pick())
		default:
			v = c.Op("fadd", 8, pick(), pick())
		}
		vals = append(vals, v)
	}
	c.Outputs = []Val{vals[len(vals)-1], pick(), pick()}
	return c
}

// symbol is what an instruction makes of its operands, the overwritten one last.
// Expressions would grow without end: they are numbered.
func symbol(known map[string]string, in *instr, operands ...string) string {
	e := fmt.Sprint(in.name, operands)
	if known[e] == "" {
		known[e] = fmt.Sprintf("%s#%d", in.name, len(known))
	}
	return known[e]
}

func (c *Code) leaf(id int) string {
	if k := c.vals[id].constant; k != nil {
		return fmt.Sprint("constant ", k.bits)
	}
	return fmt.Sprint("leaf ", id)
}

var expressions = map[string]string{}

// symbols are the values of the code by id.
func (c *Code) symbols() map[int]string {
	at := map[int]string{}
	for id := range c.vals {
		at[id] = c.leaf(id)
	}
	for i := range c.instrs {
		in := &c.instrs[i]
		var operands []string
		for _, v := range in.reads() {
			operands = append(operands, at[v.id])
		}
		at[in.dst.id] = symbol(expressions, in, operands...)
	}
	return at
}

// symbols are the outputs of the program.
func (p *Program) symbols(c *Code, home Home) []string {
	var regs [32]string
	slots := make([]string, p.Slots)
	pins := map[int]int{}
	for id, v := range c.vals {
		if v.pinned {
			pins[len(pins)+1] = id
		}
	}
	for k, r := range home {
		if k.pin > 0 {
			regs[r] = c.leaf(pins[k.pin])
		} else {
			regs[r] = fmt.Sprint("constant ", k.constant.bits)
		}
	}
	for i, v := range c.Inputs {
		regs[p.Inputs[i]] = c.leaf(v.id)
	}
	for _, s := range p.steps {
		switch s.kind {
		case compute:
			var operands []string
			for _, r := range s.src {
				operands = append(operands, regs[r])
				if s.in.pseudo != single && r == s.d {
					operands = append(operands, "overwritten before it is read")
				}
			}
			if s.in.tied.id != 0 {
				operands = append(operands, regs[s.d])
			}
			regs[s.d] = symbol(expressions, s.in, operands...)
		case move:
			regs[s.d] = regs[s.src[0]]
		case spill:
			slots[s.slot] = regs[s.d]
		case reload:
			regs[s.d] = slots[s.slot]
		case loadConstant:
			regs[s.d] = fmt.Sprint("constant ", s.constant.bits)
		}
	}
	out := make([]string, len(p.Outputs))
	for i, r := range p.Outputs {
		out[i] = regs[r]
	}
	return out
}
