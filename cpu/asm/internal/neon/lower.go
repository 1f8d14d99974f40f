package neon

import (
	"math/bits"

	"github.com/quern-go/quern/kernels"
)

// Name is for errors.
func (a *Asm) Name() string { return "NEON" }

// Fuse finds nothing.
func (c code) Fuse(*kernels.Body, int, []Val) (Val, bool) { return Val{}, false }

func (c code) BoolConst(value bool) Val {
	if value {
		return c.Splat(4, 1<<32-1)
	}
	return c.Splat(4, 0)
}

func (c code) Arith(op kernels.Op, t kernels.DType, x []Val) (Val, bool) {
	if t.IsFloat() {
		return c.float(op, t.Size(), x)
	}
	return c.integer(op, t, x)
}

// floatOps are single instructions. Minimum and maximum are those of the IR: NaN if
// an argument is, and −0 below +0.
var floatOps = map[kernels.Op]string{
	kernels.OpAdd: "fadd", kernels.OpSub: "fsub", kernels.OpMul: "fmul", kernels.OpDiv: "fdiv",
	kernels.OpNeg: "fneg", kernels.OpAbs: "fabs", kernels.OpSqrt: "fsqrt", kernels.OpMin: "fmin", kernels.OpMax: "fmax",
	kernels.OpFloor: "frintm", kernels.OpRint: "frintn",
}

func (c code) float(op kernels.Op, elem int, x []Val) (Val, bool) {
	if op == kernels.OpFMA {
		return c.over("fmla", elem, x[2], x[0], x[1]), true
	}
	name, ok := floatOps[op]
	return c.op(name, elem, x...), ok
}

var integerOps = map[kernels.Op]string{
	kernels.OpAdd: "add", kernels.OpSub: "sub", kernels.OpNeg: "neg",
	kernels.OpAnd: "and", kernels.OpOr: "orr", kernels.OpXor: "eor",
}

func (c code) integer(op kernels.Op, t kernels.DType, x []Val) (Val, bool) {
	elem := t.Size()
	switch op {
	case kernels.OpNot:
		return c.not(elem, x[0]), true
	case kernels.OpMul:
		if elem == 8 {
			return c.mul64(x[0], x[1]), true
		}
		return c.op("mul", elem, x...), true
	case kernels.OpMulHi:
		return c.mulHigh(elem, x[0], x[1]), true
	case kernels.OpShl, kernels.OpShr:
		return c.shiftBy(op, t, x[0], x[1]), true
	}
	name, ok := integerOps[op]
	return c.op(name, elem, x...), ok
}

func (c code) not(elem int, x Val) Val {
	return c.op("eor", elem, x, c.Splat(elem, ^uint64(0)>>(64-8*elem)))
}

// mul64 is the low half: xl·yl + 2³²·(xl·yh + xh·yl).
func (c code) mul64(x, y Val) Val {
	swapped := c.double("rev64", 4, y)
	cross := c.double("mul", 4, swapped, x)
	high := c.shift("shl", 8, 32, c.op("uaddlp", 8, cross))
	return c.over("umlal", 8, high, c.op("xtn", 4, x), c.op("xtn", 4, y))
}

// mulHigh takes the upper halves of double-width products.
func (c code) mulHigh(elem int, x, y Val) Val {
	if elem == 8 {
		return c.lanewise(mulHigh, 8, x, y)
	}
	low := c.double("umull", 8, x, y)
	if c.Lanes == 2 {
		return c.op("xtn", 4, c.shift("ushr", 8, 32, low))
	}
	high := c.double("umull2", 8, x, y)
	return c.op("uzp2", 4, low, high)
}

// shiftBy shifts by the lowest byte of each lane, to the right if it is negative,
// so counts beyond the width become the width.
func (c code) shiftBy(op kernels.Op, t kernels.DType, x, n Val) Val {
	elem := t.Size()
	width := c.Splat(elem, uint64(8*elem))
	if elem == 4 {
		n = c.op("umin", 4, n, width)
	} else {
		n = c.over("bsl", 8, c.op("cmhi", 8, n, width), width, n)
	}
	name := "ushl"
	if op == kernels.OpShr {
		n = c.op("neg", elem, n)
		if t.IsSigned() {
			name = "sshl"
		}
	}
	return c.op(name, elem, x, n)
}

// ShiftConst shifts every lane by the same count.
func (c code) ShiftConst(op kernels.Op, t kernels.DType, x Val, count uint64) Val {
	elem := t.Size()
	width := uint64(8 * elem)
	switch {
	case count == 0:
		return x
	case op == kernels.OpShr && t.IsSigned():
		return c.shift("sshr", elem, int(min(count, width)), x)
	case count >= width:
		return c.Splat(elem, 0)
	case op == kernels.OpShl:
		return c.shift("shl", elem, int(count), x)
	}
	return c.shift("ushr", elem, int(count), x)
}

// comparisons are by op: of floats, signed and unsigned integers, and whether the
// arguments are exchanged.
var comparisons = map[kernels.Op]struct {
	float, signed, unsigned string
	exchange                bool
}{
	kernels.OpLess:      {"fcmgt", "cmgt", "cmhi", true},
	kernels.OpLessEqual: {"fcmge", "cmge", "cmhs", true},
	kernels.OpEqual:     {"fcmeq", "cmeq", "cmeq", false},
}

func (c code) Compare(op kernels.Op, t kernels.DType, x, y Val) Val {
	k := comparisons[op]
	if k.exchange {
		x, y = y, x
	}
	name := k.unsigned
	switch {
	case t.IsFloat():
		name = k.float
	case t.IsSigned():
		name = k.signed
	}
	return c.op(name, t.Size(), x, y)
}

// resized is a mask for elements of the given size.
func (c code) resized(mask Val, elem int) Val {
	switch {
	case c.Elem(mask) == elem:
		return mask
	case elem == 8:
		return c.op("sxtl", 8, mask)
	}
	return c.op("xtn", 4, mask)
}

// Choose is bitwise.
func (c code) Choose(t kernels.DType, mask, x, y Val) Val {
	elem := t.Size()
	if t == kernels.Bool {
		elem = c.Elem(mask)
		x, y = c.resized(x, elem), c.resized(y, elem)
	}
	return c.over("bsl", elem, c.resized(mask, elem), x, y)
}

func (c code) Logic(op kernels.Op, x []Val) (Val, bool) {
	elem := c.Elem(x[0])
	if op == kernels.OpNot {
		return c.not(elem, x[0]), true
	}
	name, ok := integerOps[op]
	return c.op(name, elem, x[0], c.resized(x[1], elem)), ok
}

func (c code) Expand(bits Val, elem, shift int) Val {
	return c.op("cmtst", elem, bits, c.Powers(elem, shift))
}

// Lookup reads a table; indices are as wide as its elements, or 32 bits.
func (c code) Lookup(t *kernels.Table, _ kernels.DType, index Val) Val {
	elem := t.Type.Size()
	return c.Add(c.Width(elem), instr{Form: lookup, Elem: elem, Src: []Val{index}, Apart: true, Table: c.asm.pool.Lookup(t)})
}

// log2 is the shift that multiplies by an element's size.
func log2(elem int) int { return bits.TrailingZeros(uint(elem)) }
