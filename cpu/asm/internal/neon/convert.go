package neon

import "github.com/quern-go/quern/kernels"

// convert selects a conversion. Those of floats to integers truncate, saturate and
// give 0 for NaN, as the IR wants.
func (c *Code) convert(to, from kernels.DType, x Val) (Val, bool) {
	switch {
	case to == from:
		return x, true
	case from == kernels.Bool:
		one := uint64(1)
		if to.IsFloat() {
			one = kernels.FloatBits(to, 1)
		}
		return c.Op("and", to.Size(), c.resized(x, to.Size()), c.Splat(to.Size(), one)), true
	case from.IsInt() && to.IsInt():
		return c.resizeInt(to, from, x), true
	case from.IsInt():
		return c.fromInt(to, from, x)
	case to.IsInt():
		return c.toInt(to, from, x), true
	case to == kernels.F64:
		return c.Op("fcvtl", 8, x), true
	}
	return c.Op("fcvtn", 4, x), true
}

// resizeInt keeps the low half, or extends as the source's type does.
func (c *Code) resizeInt(to, from kernels.DType, x Val) Val {
	switch {
	case to.Size() == from.Size():
		return x
	case to.Size() == 4:
		return c.Op("xtn", 4, x)
	case from.IsSigned():
		return c.Op("sxtl", 8, x)
	}
	return c.Op("uxtl", 8, x)
}

// fromInt rounds once: what is narrower than the float is extended first, which is
// exact, and float32 of 64 bits is a scalar instruction.
func (c *Code) fromInt(to, from kernels.DType, x Val) (Val, bool) {
	name, lanes := "ucvtf", unsigned
	if from.IsSigned() {
		name, lanes = "scvtf", signed
	}
	if to.Size() < from.Size() {
		return c.add(4, instr{pseudo: lanes, src: []Val{x}}), true
	}
	if to.Size() > from.Size() {
		x = c.resizeInt(kernels.I64, from, x)
	}
	return c.Op(name, to.Size(), x), true
}

// toInt goes through the wider type, exactly: extending before it truncates, or
// saturating a second time after.
func (c *Code) toInt(to, from kernels.DType, x Val) Val {
	name, again := "fcvtzu", "uqxtn"
	if to.IsSigned() {
		name, again = "fcvtzs", "sqxtn"
	}
	if to.Size() > from.Size() {
		x = c.Op("fcvtl", 8, x)
	}
	r := c.Op(name, max(to.Size(), from.Size()), x)
	if to.Size() < from.Size() {
		r = c.Op(again, 4, r)
	}
	return r
}
