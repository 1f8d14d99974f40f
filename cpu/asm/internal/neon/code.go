package neon

import "github.com/quern-go/quern/cpu/asm/internal/vcode"

// Val and instr are of the virtual code. The elements of an instruction are Elem bytes,
// in as many lanes as Dst is wide.
type (
	Val   = vcode.Val
	instr = vcode.Instr
)

// The forms of instructions. All but the first stand for several, which go through
// general registers a lane at a time.
const (
	single  vcode.Form = iota
	lookup             // dst[i] = table[src[0][i]]
	mulHigh            // dst[i] = the high half of src[0][i]·src[1][i], unsigned, 64 bits
	signed             // dst[i] = float32 of a 64-bit integer
	unsigned
)

// code selects the instructions of NEON.
type code struct {
	*vcode.Code
	asm *Asm
}

// Selector selects the instructions of a code.
func (a *Asm) Selector(c *vcode.Code) vcode.Selector { return code{c, a} }

// op appends dst = name(src…) on vectors of elements.
func (c code) op(name string, elem int, src ...Val) Val {
	return c.over(name, elem, Val{}, src...)
}

// over appends an instruction that overwrites the value tied, reading src too.
func (c code) over(name string, elem int, tied Val, src ...Val) Val {
	return c.Add(c.Width(elem), instr{Op: name, Elem: elem, Src: src, Tied: tied})
}

// shift appends a shift by a constant.
func (c code) shift(name string, elem, count int, x Val) Val {
	return c.Add(c.Width(elem), instr{Op: name, Elem: elem, Imm: count, Src: []Val{x}})
}

// lanewise appends several instructions.
func (c code) lanewise(form vcode.Form, elem int, src ...Val) Val {
	return c.Add(c.Width(elem), instr{Form: form, Elem: elem, Src: src, Apart: true})
}

// double appends an instruction whose result fills a register, though it is narrower
// than its lanes would have it or half of them are left out.
func (c code) double(name string, elem int, src ...Val) Val {
	return c.Add(16, instr{Op: name, Elem: elem, Src: src})
}

// Collect makes bits of masks, those of the first in the lowest: a 64-bit value in
// lane 0.
func Collect(vc *vcode.Code, masks []Val) Val {
	c := code{Code: vc}
	elem := c.Elem(masks[0])
	var all Val
	for i, m := range masks {
		bits := c.op("and", elem, m, c.Powers(elem, i*c.Lanes))
		if i > 0 {
			bits = c.op("orr", elem, all, bits)
		}
		all = bits
	}
	if elem == 8 {
		return c.op("addp", 8, all, all)
	}
	return c.op("addv", 4, all)
}
