package clike

import (
	"strings"

	"github.com/quern-go/quern/kernels"
)

// Dialect is the spelling of a language. It is made by a function of its name,
// such as OpenCL.
//
// Formats hold placeholders: {a}, {b} and {c} for the arguments; {t} for the
// result's type as the language spells it and {n} as Quern does; {s} and {o}
// for the first argument's in the same way; {w} for the first argument's width
// in bits.
type Dialect struct {
	name   string
	header string // begins every source text
	wide   string // declares that float64 is used
	types  [kernels.NumTypes]string

	// Where memory lies, and how an entry point begins, meets at a barrier and
	// finds its group and its place in it.
	global, local, constant         string
	entry, barrier, groupID, itemID string

	// The operations, by the type of the first argument, and shifts by a constant
	// below the width.
	floats, signed, unsigned, bools map[kernels.Op]string
	shiftSigned, shiftUnsigned      map[kernels.Op]string

	// Division and square root of float32 by way of float64.
	viaFloat64 map[kernels.Op]string

	// OpConvert, by kind of the result and the first argument.
	toFloat, floatToInt, toSigned, toUnsigned string
	bitcast                                   string

	// Formats of constants: of whole numbers as they are, and of the bits of floats
	// and of negative numbers.
	int32, int64, uint32, uint64                   string
	float32Bits, float64Bits, int32Bits, int64Bits string

	// helpers are the functions that formats name: those of floats once for each
	// floating-point type, the others as they stand. A helper's text may have the
	// placeholders of a format.
	helpers map[string]helper
}

// helper is a function that the text gets if something needs it.
type helper struct {
	text  string
	needs []string // helpers that come before it
}

// expand fills in a format.
func (d *Dialect) expand(format string, in *kernels.Inst, args []string, argType kernels.DType) string {
	if !strings.Contains(format, "{") {
		return format
	}
	pairs := []string{
		"{t}", d.types[in.Type], "{n}", in.Type.String(),
		"{s}", d.types[argType], "{o}", argType.String(),
		"{w}", widths[argType],
	}
	for i, a := range args {
		pairs = append(pairs, "{"+string(rune('a'+i))+"}", a)
	}
	return strings.NewReplacer(pairs...).Replace(format)
}

// widths are the bits of each type, as text.
var widths = [kernels.NumTypes]string{
	kernels.Bool: "1", kernels.I32: "32", kernels.U32: "32", kernels.F32: "32",
	kernels.I64: "64", kernels.U64: "64", kernels.F64: "64",
}

// operation is the format of an instruction that is not a leaf, by its op and
// its first argument's type.
func (d *Dialect) operation(in *kernels.Inst, argType kernels.DType) string {
	switch {
	case in.Op == kernels.OpSelect:
		return "{a} ? {b} : {c}"
	case in.Op == kernels.OpBitcast:
		return d.bitcast
	case in.Op == kernels.OpConvert:
		return d.conversion(in.Type, argType)
	case argType.IsFloat():
		return d.floats[in.Op]
	case argType == kernels.Bool:
		return d.bools[in.Op]
	case argType.IsSigned():
		return d.signed[in.Op]
	}
	return d.unsigned[in.Op]
}

func (d *Dialect) conversion(to, from kernels.DType) string {
	switch {
	case to.IsFloat():
		return d.toFloat
	case from.IsFloat():
		return d.floatToInt
	case to.IsSigned():
		return d.toSigned
	}
	return d.toUnsigned
}
