package neon

import (
	"bytes"
	"fmt"
	"strings"

	"github.com/quern-go/quern/cpu/asm/internal/vcode"
)

// Scratch is the vector register that no value is in: V31.
const Scratch = 31

// General registers with a purpose. Code of Bodies uses PoolReg, FrameReg, and as
// temporaries R10 and R11; R16 to R18 and R26 up are not for assembly.
const (
	PoolReg  = "R7"
	FrameReg = "R9"
)

// Asm is one assembly file under construction.
type Asm struct {
	text   bytes.Buffer
	stubs  bytes.Buffer
	pool   *vcode.Pool
	params map[string]int // offsets of the current function's parameters and its result
	err    error
}

// NewAsm returns an empty file.
func NewAsm() *Asm { return &Asm{pool: vcode.NewPool("neon", func(vcode.Constant) int { return 16 })} }

// Fail keeps the first mistake, which Files returns.
func (a *Asm) Fail(err error) {
	if a.err == nil {
		a.err = err
	}
}

// Func starts a function with the given parameters ("dst, a unsafe.Pointer, n int"),
// all of 8 bytes or, the last ones, bool, result type (or "") and frame. The doc
// lines should end with the Go loop it computes.
func (a *Asm) Func(name, params, result string, frame int, doc ...string) {
	a.params = map[string]int{}
	size := 0
	for _, group := range strings.Split(params, ",") {
		fields := strings.Fields(group)
		if len(fields) == 0 {
			continue
		}
		a.params[fields[0]] = size
		size += 8
	}
	args := size
	if strings.HasSuffix(params, " bool") && result == "" {
		args -= 7
	}
	if result != "" {
		a.params["ret"] = size
		args = size + 8
		result = " " + result
	}
	flags := "NOSPLIT"
	if frame > 0 {
		flags = "0"
	}
	fmt.Fprintf(&a.text, "\n// func %s(%s)%s\nTEXT ·%s(SB), %s, $%d-%d\n", name, params, result, name, flags, frame, args)
	a.stubs.WriteByte('\n')
	for _, line := range doc {
		fmt.Fprintln(&a.stubs, strings.TrimRight("// "+line, " "))
	}
	fmt.Fprintf(&a.stubs, "//\n//go:noescape\nfunc %s(%s)%s\n", name, params, result)
}

// Line writes one instruction of Go's assembler.
func (a *Asm) Line(format string, args ...any) { fmt.Fprintf(&a.text, "\t"+format+"\n", args...) }

// Label marks a place in the function.
func (a *Asm) Label(name string) { fmt.Fprintf(&a.text, "%s:\n", name) }

// Arg loads a parameter of the function into a general register.
func (a *Asm) Arg(name, reg string) {
	offset, ok := a.params[name]
	if !ok {
		a.Fail(fmt.Errorf("argument %s: there is no such", name))
	}
	a.Line("MOVD %s+%d(FP), %s", name, offset, reg)
}

// BoolArg loads a parameter that is a bool.
func (a *Asm) BoolArg(name, reg string) { a.Line("MOVBU %s+%d(FP), %s", name, a.params[name], reg) }

// Result stores the function's result from a general register.
func (a *Asm) Result(reg string) { a.Line("MOVD %s, ret+%d(FP)", reg, a.params["ret"]) }

// Ret ends the function.
func (a *Asm) Ret() { a.Line("RET") }

// V writes a vector instruction: its registers are d, n and m.
func (a *Asm) V(name string, arr Arr, r ...int) { a.VImm(name, arr, 0, r...) }

// VImm is V with an immediate operand.
func (a *Asm) VImm(name string, arr Arr, imm int, r ...int) {
	word, text, err := encode(name, arr, imm, r...)
	if err != nil {
		a.Fail(err)
	}
	a.Line("WORD $%#08x // %s", word, text)
}

// Move is d = n, the whole register.
func (a *Asm) Move(n, d int) { a.V("orr", B16, d, n, n) }

// Load loads 16, 8 or 4 bytes; what is above them becomes zero.
func (a *Asm) Load(bytes int, from string, v int) { a.Line("%s %s, F%d", moveOf(bytes), from, v) }

// Store stores 16, 8 or 4 bytes.
func (a *Asm) Store(bytes, v int, to string) { a.Line("%s F%d, %s", moveOf(bytes), v, to) }

// LoadNext and StoreNext move the pointer past what they load or store.
func (a *Asm) LoadNext(bytes int, pointer string, v int) {
	a.Line("%s.P %d(%s), F%d", moveOf(bytes), bytes, pointer, v)
}

// StoreNext: see LoadNext.
func (a *Asm) StoreNext(bytes, v int, pointer string) {
	a.Line("%s.P F%d, %d(%s)", moveOf(bytes), v, bytes, pointer)
}

func moveOf(bytes int) string { return map[int]string{4: "FMOVS", 8: "FMOVD", 16: "FMOVQ"}[bytes] }

// At is the memory offset bytes after where a register points.
func At(reg string, offset int) string { return fmt.Sprintf("%d(%s)", offset, reg) }

// Lane is element i of a vector in Go's spelling.
func Lane(v, elem, i int) string { return fmt.Sprintf("V%d.%c[%d]", v, " BH S   D"[elem], i) }

// Splat loads the scalar at reg into every lane.
func (a *Asm) Splat(reg string, arr Arr, v int) {
	a.Line("VLD1R (%s), [V%d.%s]", reg, v, goArr(arr))
}

// SplatNext is Splat, moving the pointer past the scalar.
func (a *Asm) SplatNext(reg string, arr Arr, v int) {
	a.Line("VLD1R.P %d(%s), [V%d.%s]", arr.Elem, reg, v, goArr(arr))
}

// FMLAElement is d = d + n·m[index], rounded once.
func (a *Asm) FMLAElement(arr Arr, d, n, m, index int) { a.VImm(fmlaElement, arr, index, d, n, m) }

// goArr is an arrangement in Go's spelling, such as S4.
func goArr(a Arr) string { return fmt.Sprintf("%c%d", " BH S   D"[a.Elem], a.Bytes/a.Elem) }

// Files returns the assembly and the Go stubs, without their heads: constants come
// first.
func (a *Asm) Files() (assembly, stubs []byte, err error) {
	var b bytes.Buffer
	a.writePool(&b)
	b.Write(a.text.Bytes())
	return b.Bytes(), a.stubs.Bytes(), a.err
}
