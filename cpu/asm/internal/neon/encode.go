package neon

import (
	"fmt"
	"math/bits"
	"strings"
)

// Arr is an arrangement: how instructions see a vector register.
type Arr struct{ Elem, Bytes int }

// The arrangements in use.
var (
	B8  = Arr{1, 8}
	B16 = Arr{1, 16}
	S2  = Arr{4, 8}
	S4  = Arr{4, 16}
	D2  = Arr{8, 16}
)

// Wide is a whole register of elements of the given size.
func Wide(elem int) Arr { return Arr{elem, 16} }

// String is the GNU assembler's name, such as 4s.
func (a Arr) String() string {
	return fmt.Sprintf("%d%c", a.Bytes/a.Elem, " bh s   d"[a.Elem])
}

// bytes is the same register by its bytes.
func (a Arr) bytes() Arr { return Arr{1, a.Bytes} }

// q is the bit that says whether the whole register takes part.
func (a Arr) q() uint32 { return uint32(a.Bytes/16) << 30 }

// log is the size field of integer instructions.
func (a Arr) log() uint32 { return uint32(bits.TrailingZeros(uint(a.Elem))) }

// form is a class of encodings, as the Arm Architecture Reference Manual (DDI 0487,
// C4.1.98, "Advanced SIMD") has them.
type form uint8

const (
	three   form = iota // three registers alike: d, n, m
	logic               // the same, on bytes whatever the elements; the size field is fixed
	two                 // two registers alike: d, n
	shift               // two registers alike and an immediate
	across              // from a vector to a scalar register: d, n
	narrow              // from 64-bit elements to 32-bit ones: d, n
	widen               // from 32-bit elements to 64-bit ones: d, n
	long                // the same of two vectors: d, n, m
	pairs               // from 32-bit elements to half as many of 64 bits: d, n
	permute             // three registers alike: d, n, m
	element             // d and n alike, m one element of a vector
	dup                 // every element of d is one of n
)

// opcode is what distinguishes an instruction within its form: the U bit and the
// opcode field. size is the size field where the elements do not decide it; for
// floats its upper bit.
type opcode struct {
	form  form
	u, op uint32
	float bool
	size  uint32
}

var opcodes = map[string]opcode{
	"add": {three, 0, 0b10000, false, 0}, "sub": {three, 1, 0b10000, false, 0}, "mul": {three, 0, 0b10011, false, 0},
	"cmgt": {three, 0, 0b00110, false, 0}, "cmge": {three, 0, 0b00111, false, 0}, "cmhi": {three, 1, 0b00110, false, 0},
	"cmhs": {three, 1, 0b00111, false, 0}, "cmeq": {three, 1, 0b10001, false, 0}, "cmtst": {three, 0, 0b10001, false, 0},
	"sshl": {three, 0, 0b01000, false, 0}, "ushl": {three, 1, 0b01000, false, 0}, "umin": {three, 1, 0b01101, false, 0},
	"uminp": {three, 1, 0b10101, false, 0}, "umaxp": {three, 1, 0b10100, false, 0}, "addp": {three, 0, 0b10111, false, 0},

	"and": {logic, 0, 0b00011, false, 0}, "orr": {logic, 0, 0b00011, false, 2}, "eor": {logic, 1, 0b00011, false, 0},
	"bsl": {logic, 1, 0b00011, false, 1}, "bic": {logic, 0, 0b00011, false, 1}, "orn": {logic, 0, 0b00011, false, 3},

	"fadd": {three, 0, 0b11010, true, 0}, "fsub": {three, 0, 0b11010, true, 2}, "fmul": {three, 1, 0b11011, true, 0},
	"fdiv": {three, 1, 0b11111, true, 0}, "fmin": {three, 0, 0b11110, true, 2}, "fmax": {three, 0, 0b11110, true, 0},
	"fmla": {three, 0, 0b11001, true, 0}, "fabd": {three, 1, 0b11010, true, 2}, "fcmeq": {three, 0, 0b11100, true, 0},
	"fcmge": {three, 1, 0b11100, true, 0}, "fcmgt": {three, 1, 0b11100, true, 2},

	"neg": {two, 1, 0b01011, false, 0}, "rev64": {two, 0, 0b00000, false, 0},
	"fneg": {two, 1, 0b01111, true, 2}, "fabs": {two, 0, 0b01111, true, 2}, "fsqrt": {two, 1, 0b11111, true, 2},
	"frintn": {two, 0, 0b11000, true, 0}, "frintm": {two, 0, 0b11001, true, 0},
	"fcvtzs": {two, 0, 0b11011, true, 2}, "fcvtzu": {two, 1, 0b11011, true, 2},
	"scvtf": {two, 0, 0b11101, true, 0}, "ucvtf": {two, 1, 0b11101, true, 0},

	"shl": {shift, 0, 0b01010, false, 0}, "sshr": {shift, 0, 0b00000, false, 0}, "ushr": {shift, 1, 0b00000, false, 0},

	"addv": {across, 0, 0b11011, false, 0},

	"xtn": {narrow, 0, 0b10010, false, 2}, "sqxtn": {narrow, 0, 0b10100, false, 2}, "uqxtn": {narrow, 1, 0b10100, false, 2},
	"fcvtn": {narrow, 0, 0b10110, false, 1},
	"sxtl":  {widen, 0, 0b10100, false, 0}, "uxtl": {widen, 1, 0b10100, false, 0}, "fcvtl": {widen, 0, 0b10111, true, 1},
	"umull": {long, 1, 0b1100, false, 2}, "umull2": {long, 1, 0b1100, false, 2}, "umlal": {long, 1, 0b1000, false, 2},
	"uaddlp": {pairs, 1, 0b00010, false, 2},

	"uzp1": {permute, 0, 1, false, 0}, "uzp2": {permute, 0, 5, false, 0}, "zip1": {permute, 0, 3, false, 0}, "zip2": {permute, 0, 7, false, 0},
	"trn1": {permute, 0, 2, false, 0}, "trn2": {permute, 0, 6, false, 0},
	"dup": {dup, 0, 0, false, 0},
}

// fmlaElement is fmla with m one element of a vector.
const fmlaElement = "fmla element"

// registers counts the register operands of a form.
func (f form) registers() int {
	switch f {
	case three, logic, long, permute, element:
		return 3
	}
	return 2
}

// encode returns the instruction as a word and in the GNU assembler's spelling.
// imm is the count of a shift or the number of an element.
func encode(name string, arr Arr, imm int, r ...int) (word uint32, text string, err error) {
	if name == fmlaElement {
		return fmlaByElement(arr, imm, r)
	}
	op, ok := opcodes[name]
	switch {
	case !ok:
		return 0, "", fmt.Errorf("encode: no instruction %q", name)
	case len(r) != op.form.registers():
		return 0, "", fmt.Errorf("encode %s: %d registers, want %d", name, len(r), op.form.registers())
	}
	if err := check(name, op, arr, imm); err != nil {
		return 0, "", err
	}
	d, n := r[0], r[1]
	size := arr.log()
	if op.float {
		size = op.size | uint32(arr.Elem/8)
	}
	regs := uint32(n)<<5 | uint32(d)
	if len(r) == 3 {
		regs |= uint32(r[2]) << 16
	}
	word = arr.q() | op.u<<29 | 0b01110<<24 | regs
	same := func(a Arr) string { return spell(name, a, r...) }
	switch op.form {
	case three:
		return word | size<<22 | 1<<21 | op.op<<11 | 1<<10, same(arr), nil
	case logic:
		return word | op.size<<22 | 1<<21 | op.op<<11 | 1<<10, same(arr.bytes()), nil
	case two:
		return word | size<<22 | 0b10000<<17 | op.op<<12 | 0b10<<10, same(arr), nil
	case shift:
		count := uint32(8*arr.Elem + imm)
		if name != "shl" {
			count = uint32(16*arr.Elem - imm)
		}
		return word | 1<<24 | count<<16 | op.op<<11 | 1<<10, same(arr) + fmt.Sprintf(", #%d", imm), nil
	case across:
		text = fmt.Sprintf("%s %c%d, v%d.%s", name, " bh s   d"[arr.Elem], d, n, arr)
		return word | size<<22 | 0b11000<<17 | op.op<<12 | 0b10<<10, text, nil
	case permute:
		return word | size<<22 | op.op<<12 | 0b10<<10, same(arr), nil
	case dup:
		word = arr.q() | 0b01110<<24 | uint32(imm*2*arr.Elem+arr.Elem)<<16 | 1<<10 | regs
		return word, fmt.Sprintf("dup v%d.%s, v%d.%c[%d]", d, arr, n, " bh s   d"[arr.Elem], imm), nil
	}
	return encodeMixed(name, op, r, regs)
}

// check refuses what the encoding has no room for.
func check(name string, op opcode, arr Arr, imm int) error {
	bits := 8 * arr.Elem
	switch {
	case arr == D2 && (name == "mul" || name == "umin" || name == "addv" || name == "rev64"):
		return fmt.Errorf("encode %s: not for elements of 64 bits", name)
	case name == "shl" && (imm < 0 || imm >= bits), op.form == shift && name != "shl" && (imm < 1 || imm > bits):
		return fmt.Errorf("encode %s: shift of %d bits by %d", name, bits, imm)
	case op.form == dup && (imm < 0 || imm >= 16/arr.Elem):
		return fmt.Errorf("encode %s: no element %d of %d bytes", name, imm, arr.Elem)
	}
	return nil
}

// encodeMixed is for the forms whose operands have 32-bit and 64-bit elements.
func encodeMixed(name string, op opcode, r []int, regs uint32) (word uint32, text string, err error) {
	word = op.u<<29 | 0b01110<<24 | regs
	first, rest := D2, S2
	switch {
	case op.form == narrow:
		first, rest = S2, D2
		word |= op.size<<22 | 0b10000<<17 | op.op<<12 | 0b10<<10
	case op.form == widen && op.float:
		word |= op.size<<22 | 0b10000<<17 | op.op<<12 | 0b10<<10
	case op.form == widen: // a shift by nothing
		word |= 1<<24 | 32<<16 | op.op<<11 | 1<<10
	case op.form == long:
		word |= op.size<<22 | 1<<21 | op.op<<12
		if strings.HasSuffix(name, "2") { // of the upper halves
			word, rest = word|1<<30, S4
		}
	case op.form == pairs:
		word, rest = word|1<<30|op.size<<22|0b10000<<17|op.op<<12|0b10<<10, S4
	}
	text = fmt.Sprintf("%s v%d.%s", name, r[0], first)
	for _, x := range r[1:] {
		text += fmt.Sprintf(", v%d.%s", x, rest)
	}
	return word, text, nil
}

func fmlaByElement(arr Arr, index int, r []int) (word uint32, text string, err error) {
	word = arr.q() | 0b01111<<24 | 1<<23 | uint32(arr.Elem/8)<<22 | 1<<12 | uint32(r[2])<<16 | uint32(r[1])<<5 | uint32(r[0])
	if arr.Elem == 4 {
		word |= uint32(index&1)<<21 | uint32(index>>1)<<11
	} else {
		word |= uint32(index) << 11
	}
	return word, fmt.Sprintf("fmla v%d.%s, v%d.%s, v%d.%c[%d]", r[0], arr, r[1], arr, r[2], " bh s   d"[arr.Elem], index), nil
}

// spell writes an instruction whose operands are alike.
func spell(name string, a Arr, r ...int) string {
	operands := make([]string, len(r))
	for i, x := range r {
		operands[i] = fmt.Sprintf("v%d.%s", x, a)
	}
	return name + " " + strings.Join(operands, ", ")
}
