package neon

// Val is a virtual register: a vector of Elem-byte elements, Code's number of them.
type Val struct {
	id   int
	Elem int
}

// pseudo is an instruction that stands for several, which go through general
// registers a lane at a time. Their result shares no register with an argument.
type pseudo uint8

const (
	single  pseudo = iota // not a pseudo: one vector instruction
	lookup                // dst[i] = table[src[0][i]]
	mulHigh               // dst[i] = the high half of src[0][i]·src[1][i], unsigned, 64 bits
	signed                // dst[i] = float32 of a 64-bit integer
	unsigned
)

// instr is an instruction over virtual registers.
type instr struct {
	pseudo pseudo
	name   string
	arr    Arr
	imm    int
	src    []Val
	tied   Val // the value that dst overwrites; id 0: none. It is not among src.
	dst    Val
	table  string // of a lookup
}

// Code is a straight-line program over virtual registers, each assigned once.
type Code struct {
	asm     *Asm
	lanes   int
	instrs  []instr
	vals    []valInfo // by id; id 0 is no value
	consts  map[constant]Val
	Inputs  []Val // in registers at the start
	Outputs []Val // in registers at the end
}

type valInfo struct {
	constant *constant
	pinned   bool // a scalar operand: in a register of its own throughout
}

// NewCode returns an empty program whose values have the given number of lanes.
func NewCode(a *Asm, lanes int) *Code {
	return &Code{asm: a, lanes: lanes, vals: make([]valInfo, 1), consts: make(map[constant]Val)}
}

// Arr is the arrangement of elements of the given size.
func (c *Code) Arr(elem int) Arr { return Arr{elem, elem * c.lanes} }

func (c *Code) newVal(elem int) Val {
	c.vals = append(c.vals, valInfo{})
	return Val{len(c.vals) - 1, elem}
}

// Input is a vector in a register at the start.
func (c *Code) Input(elem int) Val {
	v := c.newVal(elem)
	c.Inputs = append(c.Inputs, v)
	return v
}

// Pinned is a vector that has a register of its own, set before the code runs.
func (c *Code) Pinned(elem int) Val {
	v := c.newVal(elem)
	c.vals[v.id].pinned = true
	return v
}

// Splat is the constant with the given element in every lane.
func (c *Code) Splat(elem int, bits uint64) Val {
	return c.constant(constant{bits: bits, elem: elem})
}

// Powers is the constant 1<<shift, 1<<(shift+1), ….
func (c *Code) Powers(elem, shift int) Val {
	return c.constant(constant{elem: elem, pattern: true, shift: shift})
}

func (c *Code) constant(k constant) Val {
	if v, ok := c.consts[k]; ok {
		return v
	}
	v := c.newVal(k.elem)
	c.vals[v.id].constant = &k
	c.consts[k] = v
	return v
}

// add appends an instruction, giving it a result with elements of the given size.
func (c *Code) add(elem int, in instr) Val {
	in.dst = c.newVal(elem)
	c.instrs = append(c.instrs, in)
	return in.dst
}

// Op appends dst = name(src…) on vectors of elements.
func (c *Code) Op(name string, elem int, src ...Val) Val {
	return c.add(elem, instr{name: name, arr: c.Arr(elem), src: src})
}

// shift appends a shift by a constant.
func (c *Code) shift(name string, elem, count int, x Val) Val {
	return c.add(elem, instr{name: name, arr: c.Arr(elem), imm: count, src: []Val{x}})
}

// over appends an instruction that overwrites the value tied, reading src too.
func (c *Code) over(name string, elem int, tied Val, src ...Val) Val {
	return c.add(elem, instr{name: name, arr: c.Arr(elem), src: src, tied: tied})
}

// Collect makes bits of masks, those of the first in the lowest: a 64-bit value in
// lane 0.
func (c *Code) Collect(masks []Val) Val {
	elem := masks[0].Elem
	var all Val
	for i, m := range masks {
		bits := c.Op("and", elem, m, c.Powers(elem, i*c.lanes))
		if i > 0 {
			bits = c.Op("orr", elem, all, bits)
		}
		all = bits
	}
	if elem == 8 {
		return c.add(8, instr{name: "addp", arr: D2, src: []Val{all, all}})
	}
	return c.Op("addv", 4, all)
}
