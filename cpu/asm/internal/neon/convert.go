package neon

import "github.com/quern-go/quern/kernels"

// Convert selects a conversion. Those of floats to integers truncate, saturate and
// give 0 for NaN, as the IR wants.
func (c code) Convert(to, from kernels.DType, x Val) (Val, bool) {
	switch {
	case from == kernels.Bool:
		one := uint64(1)
		if to.IsFloat() {
			one = kernels.FloatBits(to, 1)
		}
		return c.op("and", to.Size(), c.resized(x, to.Size()), c.Splat(to.Size(), one)), true
	case from.IsInt() && to.IsInt():
		return c.resizeInt(to, from, x), true
	case from.IsInt():
		return c.fromInt(to, from, x)
	case to.IsInt():
		return c.toInt(to, from, x), true
	case to == kernels.F64:
		return c.op("fcvtl", 8, x), true
	}
	return c.op("fcvtn", 4, x), true
}

// resizeInt keeps the low half, or extends as the source's type does.
func (c code) resizeInt(to, from kernels.DType, x Val) Val {
	switch {
	case to.Size() == from.Size():
		return x
	case to.Size() == 4:
		return c.op("xtn", 4, x)
	case from.IsSigned():
		return c.op("sxtl", 8, x)
	}
	return c.op("uxtl", 8, x)
}

// fromInt rounds once: what is narrower than the float is extended first, which is
// exact, and float32 of 64 bits is a scalar instruction.
func (c code) fromInt(to, from kernels.DType, x Val) (Val, bool) {
	name, lanes := "ucvtf", unsigned
	if from.IsSigned() {
		name, lanes = "scvtf", signed
	}
	if to.Size() < from.Size() {
		return c.lanewise(lanes, 4, x), true
	}
	if to.Size() > from.Size() {
		x = c.resizeInt(kernels.I64, from, x)
	}
	return c.op(name, to.Size(), x), true
}

// toInt goes through the wider type, exactly: extending before it truncates, or
// saturating a second time after.
func (c code) toInt(to, from kernels.DType, x Val) Val {
	name, again := "fcvtzu", "uqxtn"
	if to.IsSigned() {
		name, again = "fcvtzs", "sqxtn"
	}
	if to.Size() > from.Size() {
		x = c.op("fcvtl", 8, x)
	}
	r := c.op(name, max(to.Size(), from.Size()), x)
	if to.Size() < from.Size() {
		r = c.op(again, 4, r)
	}
	return r
}
