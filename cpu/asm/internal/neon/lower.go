package neon

import (
	"fmt"
	"math/bits"
	"strings"

	"github.com/quern-go/quern/kernels"
)

// Lower appends the body's instructions and returns its results. arg gives the
// value of each argument.
func (c *Code) Lower(body *kernels.Body, arg func(i int) Val) ([]Val, error) {
	vals := make([]Val, len(body.Insts))
	for i := range body.Insts {
		in := &body.Insts[i]
		args := make([]Val, in.NumArgs())
		for k := range args {
			args[k] = vals[in.Args[k]]
		}
		var argType kernels.DType
		if len(args) > 0 {
			argType = body.Insts[in.Args[0]].Type
		}
		v, ok := c.lowerInst(body, in, argType, args, arg)
		if !ok {
			return nil, fmt.Errorf("lower %%%d = %s (from %s): no NEON code for it", i, in.String(), argType)
		}
		vals[i] = v
	}
	out := make([]Val, len(body.Results))
	for i, r := range body.Results {
		out[i] = vals[r]
	}
	return out, nil
}

func (c *Code) lowerInst(body *kernels.Body, in *kernels.Inst, t kernels.DType, x []Val, arg func(int) Val) (Val, bool) {
	switch in.Op {
	case kernels.OpArg:
		return arg(int(in.Imm)), true
	case kernels.OpConst:
		if in.Type == kernels.Bool {
			return c.Splat(4, -in.Imm&(1<<32-1)), true
		}
		return c.Splat(in.Type.Size(), in.Imm), true
	case kernels.OpBitcast:
		return x[0], true
	case kernels.OpLookup:
		return c.lookup(in.Table, x[0]), true
	case kernels.OpSelect:
		return c.choose(in.Type, x[0], x[1], x[2]), true
	case kernels.OpConvert:
		return c.convert(in.Type, t, x[0])
	case kernels.OpShl, kernels.OpShr:
		if n := &body.Insts[in.Args[1]]; n.Op == kernels.OpConst {
			return c.shiftConst(in.Op, t, x[0], n.Imm), true
		}
	}
	switch {
	case t == kernels.Bool:
		return c.logic(in.Op, x)
	case in.Op.IsComparison():
		return c.compare(in.Op, t, x[0], x[1]), true
	case t.IsFloat():
		return c.float(in.Op, t.Size(), x)
	}
	return c.integer(in.Op, t, x)
}

// floatOps are single instructions. Minimum and maximum are those of the IR: NaN if
// an argument is, and −0 below +0.
var floatOps = map[kernels.Op]string{
	kernels.OpAdd: "fadd", kernels.OpSub: "fsub", kernels.OpMul: "fmul", kernels.OpDiv: "fdiv",
	kernels.OpNeg: "fneg", kernels.OpAbs: "fabs", kernels.OpSqrt: "fsqrt", kernels.OpMin: "fmin", kernels.OpMax: "fmax",
	kernels.OpFloor: "frintm", kernels.OpRint: "frintn",
}

func (c *Code) float(op kernels.Op, elem int, x []Val) (Val, bool) {
	if op == kernels.OpFMA {
		return c.over("fmla", elem, x[2], x[0], x[1]), true
	}
	name, ok := floatOps[op]
	return c.Op(name, elem, x...), ok
}

var integerOps = map[kernels.Op]string{
	kernels.OpAdd: "add", kernels.OpSub: "sub", kernels.OpNeg: "neg",
	kernels.OpAnd: "and", kernels.OpOr: "orr", kernels.OpXor: "eor",
}

func (c *Code) integer(op kernels.Op, t kernels.DType, x []Val) (Val, bool) {
	elem := t.Size()
	switch op {
	case kernels.OpNot:
		return c.not(elem, x[0]), true
	case kernels.OpMul:
		if elem == 8 {
			return c.mul64(x[0], x[1]), true
		}
		return c.Op("mul", elem, x...), true
	case kernels.OpMulHi:
		return c.mulHigh(elem, x[0], x[1]), true
	case kernels.OpShl, kernels.OpShr:
		return c.shiftBy(op, t, x[0], x[1]), true
	}
	name, ok := integerOps[op]
	return c.Op(name, elem, x...), ok
}

func (c *Code) not(elem int, x Val) Val {
	return c.Op("eor", elem, x, c.Splat(elem, ^uint64(0)>>(64-8*elem)))
}

// mul64 is the low half: xl·yl + 2³²·(xl·yh + xh·yl).
func (c *Code) mul64(x, y Val) Val {
	swapped := c.add(8, instr{name: "rev64", arr: S4, src: []Val{y}})
	cross := c.add(8, instr{name: "mul", arr: S4, src: []Val{swapped, x}})
	high := c.shift("shl", 8, 32, c.Op("uaddlp", 8, cross))
	return c.over("umlal", 8, high, c.Op("xtn", 4, x), c.Op("xtn", 4, y))
}

// mulHigh takes the upper halves of double-width products.
func (c *Code) mulHigh(elem int, x, y Val) Val {
	if elem == 8 {
		return c.add(8, instr{pseudo: mulHigh, src: []Val{x, y}})
	}
	low := c.add(8, instr{name: "umull", src: []Val{x, y}})
	if c.lanes == 2 {
		return c.Op("xtn", 4, c.add(8, instr{name: "ushr", arr: D2, imm: 32, src: []Val{low}}))
	}
	high := c.add(8, instr{name: "umull2", src: []Val{x, y}})
	return c.Op("uzp2", 4, low, high)
}

// shiftBy shifts by the lowest byte of each lane, to the right if it is negative,
// so counts beyond the width become the width.
func (c *Code) shiftBy(op kernels.Op, t kernels.DType, x, n Val) Val {
	elem := t.Size()
	width := c.Splat(elem, uint64(8*elem))
	if elem == 4 {
		n = c.Op("umin", 4, n, width)
	} else {
		n = c.over("bsl", 8, c.Op("cmhi", 8, n, width), width, n)
	}
	name := "ushl"
	if op == kernels.OpShr {
		n = c.Op("neg", elem, n)
		if t.IsSigned() {
			name = "sshl"
		}
	}
	return c.Op(name, elem, x, n)
}

// shiftConst shifts every lane by the same count.
func (c *Code) shiftConst(op kernels.Op, t kernels.DType, x Val, count uint64) Val {
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

func (c *Code) compare(op kernels.Op, t kernels.DType, x, y Val) Val {
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
	return c.Op(name, t.Size(), x, y)
}

// resized is a mask for elements of the given size.
func (c *Code) resized(mask Val, elem int) Val {
	switch {
	case mask.Elem == elem:
		return mask
	case elem == 8:
		return c.Op("sxtl", 8, mask)
	}
	return c.Op("xtn", 4, mask)
}

// choose is bitwise.
func (c *Code) choose(t kernels.DType, mask, x, y Val) Val {
	elem := t.Size()
	if t == kernels.Bool {
		elem = mask.Elem
		x, y = c.resized(x, elem), c.resized(y, elem)
	}
	return c.over("bsl", elem, c.resized(mask, elem), x, y)
}

func (c *Code) logic(op kernels.Op, x []Val) (Val, bool) {
	elem := x[0].Elem
	if op == kernels.OpNot {
		return c.not(elem, x[0]), true
	}
	name, ok := integerOps[op]
	return c.Op(name, elem, x[0], c.resized(x[1], elem)), ok
}

// Expand makes masks of bits: lane i's is bit shift+i of every element.
func (c *Code) Expand(bits Val, shift int) Val {
	return c.Op("cmtst", bits.Elem, bits, c.Powers(bits.Elem, shift))
}

// lookup reads a table; indices are as wide as its elements, or 32 bits.
func (c *Code) lookup(t *kernels.Table, index Val) Val {
	elem := t.Type.Size()
	return c.add(elem, instr{pseudo: lookup, arr: c.Arr(elem), src: []Val{index}, table: c.asm.pool.table(tableName(t.Name), elem, t.Bits)})
}

// tableName makes a symbol of a table's name.
func tableName(name string) string {
	return "table_" + strings.Map(func(r rune) rune {
		if 'a' <= r && r <= 'z' || '0' <= r && r <= '9' {
			return r
		}
		return '_'
	}, strings.ToLower(name))
}

// log2 is the shift that multiplies by an element's size.
func log2(elem int) int { return bits.TrailingZeros(uint(elem)) }
