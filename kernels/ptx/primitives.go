package ptx

import (
	"math"

	"github.com/quern-go/quern/kernels"
)

// primitive writes one instruction of a Body that depends on its arguments
// alone; u is the type of the first argument.
func (c *code) primitive(in *kernels.Inst, u dtype, a []string) string {
	t := in.Type
	switch in.Op {
	case kernels.OpAdd, kernels.OpSub, kernels.OpNeg, kernels.OpMul, kernels.OpMulHi:
		return c.arithmetic(in.Op, t, a)
	case kernels.OpDiv:
		return c.to(t, "div.rn."+suffix(t), a...)
	case kernels.OpFMA:
		return c.to(t, "fma.rn."+suffix(t), a...)
	case kernels.OpSqrt:
		return c.to(t, "sqrt.rn."+suffix(t), a...)
	case kernels.OpAbs:
		return c.to(t, "abs."+suffix(t), a...)
	case kernels.OpFloor:
		return c.to(t, "cvt.rmi."+suffix(t)+"."+suffix(t), c.register(t, a[0]))
	case kernels.OpRint:
		return c.to(t, "cvt.rni."+suffix(t)+"."+suffix(t), c.register(t, a[0]))
	case kernels.OpMin:
		return c.extremum("min", t, a[0], a[1])
	case kernels.OpMax:
		return c.extremum("max", t, a[0], a[1])
	case kernels.OpAnd:
		return c.to(t, "and."+bitSuffix(t), a...)
	case kernels.OpOr:
		return c.to(t, "or."+bitSuffix(t), a...)
	case kernels.OpXor:
		return c.to(t, "xor."+bitSuffix(t), a...)
	case kernels.OpNot:
		return c.to(t, "not."+bitSuffix(t), a...)
	case kernels.OpShl:
		return c.to(t, "shl."+bitSuffix(t), a[0], c.shiftCount(t, a[1]))
	case kernels.OpShr:
		return c.to(t, "shr."+suffix(t), a[0], c.shiftCount(t, a[1]))
	case kernels.OpLess:
		return c.compare("lt", u, a[0], a[1])
	case kernels.OpLessEqual:
		return c.compare("le", u, a[0], a[1])
	case kernels.OpEqual:
		return c.compare("eq", u, a[0], a[1])
	case kernels.OpSelect:
		return c.choose(t, a[0], a[1], a[2])
	case kernels.OpConvert:
		return c.convert(t, u, a[0])
	}
	return c.to(t, "mov."+bitSuffix(t), a[0]) // OpBitcast
}

func (c *code) arithmetic(op kernels.Op, t dtype, a []string) string {
	name := map[kernels.Op]string{
		kernels.OpAdd: "add", kernels.OpSub: "sub", kernels.OpNeg: "neg", kernels.OpMul: "mul", kernels.OpMulHi: "mul.hi",
	}[op]
	switch {
	case op == kernels.OpNeg && !t.IsFloat():
		return c.to(t, "neg.s"+integer(8*t.Size()), a...)
	case op == kernels.OpNeg:
		return c.to(t, "neg."+suffix(t), a...)
	case t.IsFloat():
		return c.to(t, name+".rn."+suffix(t), a...)
	case op == kernels.OpMul:
		name = "mul.lo"
	}
	return c.to(t, name+"."+suffix(t), a...)
}

// extremum is min or max with NaN if either is NaN. The instructions of every
// device take −0 for less than +0, but only float32 ones of sm_80 and newer
// propagate NaN.
func (c *code) extremum(op string, t dtype, a, b string) string {
	if t == f32 && c.unit.target.ampere() {
		return c.to(t, op+".NaN.f32", a, b)
	}
	r := c.to(t, op+"."+suffix(t), a, b)
	either := c.to(boolean, "setp.nan."+suffix(t), c.register(t, a), b)
	return c.to(t, "selp."+suffix(t), immediate(t, kernels.FloatBits(t, math.NaN())), r, either)
}

// shiftCount is a shift's count as U32. Shifts take counts at or above the width
// for the width, so a count of 64 bits need only stay large.
func (c *code) shiftCount(t dtype, n string) string {
	if t.Size() == 4 || n[0] != '%' {
		return n
	}
	return c.to(u32, "cvt.u32.u64", c.to(u64, "min.u64", n, "64"))
}

// choose is x where p holds, else y.
func (c *code) choose(t dtype, p, x, y string) string {
	if t != boolean {
		return c.to(t, "selp."+moveSuffix(t), x, y, p)
	}
	not := c.to(boolean, "not.pred", p)
	return c.to(boolean, "or.pred", c.to(boolean, "and.pred", p, x), c.to(boolean, "and.pred", not, y))
}

// convert is OpConvert from type u to type t.
func (c *code) convert(t, u dtype, x string) string {
	x = c.register(u, x)
	switch {
	case t == u:
		return x
	case u == boolean && t.IsFloat():
		return c.to(t, "selp."+suffix(t), immediate(t, kernels.FloatBits(t, 1)), immediate(t, 0), x)
	case u == boolean:
		return c.to(t, "selp."+bitSuffix(t), "1", "0", x)
	case u.IsFloat() && t.IsInt():
		return c.truncate(t, u, x)
	case t == f32, t == f64 && u.IsInt():
		return c.to(t, "cvt.rn."+suffix(t)+"."+suffix(u), x)
	case t == f64:
		return c.to(t, "cvt.f64.f32", x)
	case t.Size() == u.Size():
		return c.to(t, "mov."+bitSuffix(t), x)
	case t.Size() < u.Size():
		return c.to(t, "cvt.u32.u64", x)
	}
	if u.IsSigned() {
		return c.to(t, "cvt.s64.s32", x)
	}
	return c.widen(x)
}

// truncate is a float as an integer: towards zero and saturating, as the
// instruction does; NaN gives 0, as it does from float32 to 32 bits only.
func (c *code) truncate(t, u dtype, x string) string {
	r := c.to(t, "cvt.rzi."+suffix(t)+"."+suffix(u), x)
	if t.Size() == 4 && u == f32 {
		return r
	}
	nan := c.to(boolean, "setp.nan."+suffix(u), x, x)
	return c.to(t, "selp."+bitSuffix(t), "0", r, nan)
}
