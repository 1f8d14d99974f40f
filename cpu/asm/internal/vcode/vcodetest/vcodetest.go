// Package vcodetest tests how machines of package vcode assign registers.
package vcodetest

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/quern-go/quern/cpu/asm/internal/vcode"
)

// Machine is a machine under test.
type Machine struct {
	New         func() vcode.Machine
	Elem, Lanes int
	// Instr makes a random instruction with a result of the given size. pick gives it
	// values, masks are the mask registers that are set so far.
	Instr func(r *rand.Rand, pick func() vcode.Val, masks []vcode.Val) (bytes int, in vcode.Instr)
	// Symbol names what an instruction makes of its operands, what it overwrites last, if
	// that is not their Expression. In a program op may be another than in.Op, and Dst
	// held dst.
	Symbol func(in *vcode.Instr, op string, operands []string, dst string) string
}

// Allocate runs random codes, before and after their registers are assigned, on
// symbols: every register and spill slot holds the expression it was computed by, and
// the outputs must come out the same. At least some must spill.
func (m Machine) Allocate(t *testing.T, codes uint64) {
	spills := 0
	for seed := range codes {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			c, pinned := m.code(rand.New(rand.NewPCG(seed, 1)))
			home, err := vcode.Homes(c)
			if err != nil {
				t.Fatal(err)
			}
			p, err := c.Allocate(home)
			if err != nil {
				t.Fatal(err)
			}
			spills += p.Slots
			want, state := m.symbols(c), m.run(t, p, start(c, p, home, pinned))
			for i, v := range c.Outputs {
				if got := state[place(p.Outputs[i])]; got != want[v.ID] {
					t.Errorf("output %d is %s, want %s", i, got, want[v.ID])
				}
			}
		})
	}
	if spills == 0 {
		t.Error("nothing was ever spilled")
	}
}

// code uses values from far back as readily as recent ones, so that many live at once.
func (m Machine) code(r *rand.Rand) (c *vcode.Code, pinned vcode.Val) {
	c = vcode.NewCode(m.New(), m.Lanes)
	pinned = c.Pinned(m.Elem)
	vals := []vcode.Val{c.Input(m.Elem), c.Input(m.Elem), pinned}
	var masks []vcode.Val
	pick := func() vcode.Val {
		if r.IntN(5) == 0 {
			return c.Splat(m.Elem, uint64(r.IntN(12)))
		}
		return vals[r.IntN(len(vals))]
	}
	for range 1 + r.IntN(250) {
		bytes, in := m.Instr(r, pick, masks)
		if v := c.Add(bytes, in); bytes == 0 {
			masks = append(masks, v)
		} else {
			vals = append(vals, v)
		}
	}
	c.Outputs = []vcode.Val{vals[len(vals)-1], pick(), pick()}
	return c, pinned
}

// Expression is the symbol of an instruction's result.
func Expression(op string, operands ...string) string {
	s := fmt.Sprintf("%s(%s)", op, strings.Join(operands, " "))
	if len(s) > 80 { // keep expressions of expressions short
		var h uint64 = 14695981039346656037
		for _, b := range []byte(s) {
			h = (h ^ uint64(b)) * 1099511628211
		}
		return fmt.Sprintf("%s#%016x", op, h)
	}
	return s
}

func (m Machine) symbol(in *vcode.Instr, op string, operands []string, dst string) string {
	if m.Symbol != nil {
		return m.Symbol(in, op, operands, dst)
	}
	return Expression(op, operands...)
}

// symbols is the expression of each value by id.
func (m Machine) symbols(c *vcode.Code) map[int]string {
	at := map[int]string{}
	of := func(v vcode.Val) string {
		switch k := c.Constant(v); {
		case k != nil:
			at[v.ID] = fmt.Sprint(*k)
		case at[v.ID] == "":
			at[v.ID] = v.String() // an input
		}
		return at[v.ID]
	}
	for i := range c.Instrs {
		in := &c.Instrs[i]
		var operands []string
		for _, v := range append(in.Src[:len(in.Src):len(in.Src)], in.Mask, in.Tied) {
			if v.ID != 0 {
				operands = append(operands, of(v))
			}
		}
		at[in.Dst.ID] = m.symbol(in, in.Op, operands, "")
	}
	for _, v := range c.Outputs {
		of(v)
	}
	return at
}

// start is what the registers of a program hold before it runs.
func start(c *vcode.Code, p *vcode.Program, home vcode.Home, pinned vcode.Val) map[string]string {
	state := map[string]string{}
	set := func(r int, symbol string) { state[place(vcode.Place{Reg: r, Bytes: 1})] = symbol }
	home.Each(func(k vcode.Constant, r int) { set(r, fmt.Sprint(k)) }, func(_, r int) { set(r, pinned.String()) })
	for i, v := range c.Inputs {
		state[place(p.Inputs[i])] = v.String()
	}
	return state
}

// place names a register, of any width, or a spill slot.
func place(p vcode.Place) string {
	switch {
	case !p.InRegister():
		return fmt.Sprint("slot ", p.Slot)
	case p.Bytes == 0:
		return fmt.Sprint("mask ", p.Reg)
	}
	return fmt.Sprint("vector ", p.Reg)
}

// run executes the program.
func (m Machine) run(t *testing.T, p *vcode.Program, state map[string]string) map[string]string {
	for _, s := range p.Steps {
		dst := place(s.Dst)
		var operands []string
		for _, p := range s.Src {
			if p.Constant != nil {
				operands = append(operands, fmt.Sprint(*p.Constant))
			} else {
				operands = append(operands, state[place(p)])
			}
			if s.In != nil && s.In.Apart && place(p) == dst {
				t.Errorf("%s overwrites an operand before it has read it", s.Op)
			}
		}
		switch {
		case s.In == nil:
			state[dst] = operands[0]
			continue
		case s.In.Tied.ID != 0:
			operands = append(operands, state[dst])
		}
		state[dst] = m.symbol(s.In, s.Op, operands, state[dst])
	}
	return state
}
