package main

import (
	"fmt"
	"strings"

	"github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"

	"github.com/quern-go/quern/cpu/asm/internal/vcode"
	"github.com/quern-go/quern/cpu/asm/internal/vec"
	"github.com/quern-go/quern/kernels"
)

// General registers of an elementwise kernel. K7 is the mask of a partial
// vector; R10 and R11 belong to package x86.
var (
	dstReg   = reg.RDI
	argRegs  = []reg.GPPhysical{reg.RSI, reg.RDX, reg.R12}
	countReg = reg.RBX
	tmp      = reg.RAX
	count2   = reg.RCX // of shifts
	bitsReg  = reg.R8
	tmp2     = reg.R9
)

// loop emits an elementwise kernel:
//
//	for there are elements left {
//		load a step of vectors, or its part that is left
//		compute; if the guard fails, compute the unlikely way
//		store the step, or its part
//	}
//
// What is for a partial step or an unlikely case stands after the loop.
type loop struct {
	*generator
	*kernel
	lanes   int
	step    int // elements per step
	elem    int // element size of masks on AVX2
	program *vcode.Program
	slow    *vcode.Program // nil: program has no guard
	result  kernels.DType
	labels  int
	tail    int // element size of the mask table that tmp2 points to
}

func (g *generator) loop(k *kernel) error {
	l := &loop{generator: g, kernel: k, result: k.body.ResultTypes()[0]}
	widest := 4
	for i := range k.body.Insts {
		widest = max(widest, k.body.Insts[i].Type.Size())
	}
	l.lanes = g.VectorBytes() / widest
	l.elem = g.VectorBytes() / l.lanes
	l.setCopies(k.copies)
	home, err := l.compile()
	if err != nil {
		return err
	}
	l.emit(home)
	for _, e := range k.entries {
		g.enter(e, g.name(k.name))
	}
	for _, e := range k.swapped {
		g.enter(e, fmt.Sprintf("swap(%s)", g.name(k.name)))
	}
	return nil
}

// compile makes the programs of a step.
func (l *loop) compile() (vcode.Home, error) {
	fast, guarded, err := l.body.Likely()
	if err != nil {
		return nil, err
	}
	if !guarded {
		fast = l.body
	}
	hot, home, err := l.hot(&fast, guarded)
	if err != nil {
		return nil, err
	}
	if l.program, err = hot.Allocate(home); err != nil || !guarded {
		return home, err
	}
	cold, err := l.lower(&l.body)
	if err != nil {
		return nil, err
	}
	l.slow, err = cold.Allocate(home)
	return home, err
}

// hot lowers the body of a step and gives its constants registers. Of a function that
// needs no memory for them the step is two vectors, interleaved: one has some 20
// instructions that each wait for the one before.
func (l *loop) hot(body *kernels.Body, guarded bool) (*vcode.Code, vcode.Home, error) {
	if l.pairs && !guarded {
		l.setCopies(2)
		pair, err := l.lower(body)
		if err != nil {
			return nil, nil, err
		}
		pair.Interleave(2)
		if home, err := vcode.Homes(pair); err == nil && pair.InRegisters(home) {
			return pair, home, nil
		}
		l.setCopies(1)
	}
	code, err := l.lower(body)
	if err != nil {
		return nil, nil, err
	}
	home, err := vcode.Homes(code)
	return code, home, err
}

// setCopies sets the vectors of a step.
func (l *loop) setCopies(n int) { l.copies, l.step = n, l.lanes*n }

// lower compiles the copies of a body one after the other. Inputs are in the
// order of eachInput.
func (l *loop) lower(body *kernels.Body) (*vcode.Code, error) {
	c := vcode.NewCode(l.Asm, l.lanes)
	inputs := map[input]vcode.Val{}
	var pinned vcode.Val
	if l.scalar >= 0 {
		pinned = c.Pinned(l.args[l.scalar].Size())
	}
	l.eachInput(func(in input) {
		switch {
		case l.args[in.arg] != kernels.Bool:
			inputs[in] = c.Input(l.args[in.arg].Size())
		case l.ISA == vec.AVX512:
			inputs[in] = c.Input(0)
		default:
			inputs[in] = c.Input(l.elem)
		}
	})
	for n := range l.copies {
		var expanded vcode.Val
		results, err := c.Lower(body, func(arg int) vcode.Val {
			switch {
			case arg == l.scalar:
				return pinned
			case l.args[arg] != kernels.Bool || l.ISA == vec.AVX512:
				return inputs[input{n, arg}]
			case expanded == vcode.Val{}:
				expanded = c.Expand(inputs[input{0, arg}], l.elem, n*l.lanes)
			}
			return expanded
		})
		if err != nil {
			return nil, err
		}
		c.Outputs = append(c.Outputs, results...)
	}
	c.Prune()
	return c, nil
}

// input is one argument's part in one copy. On AVX2 a Bool argument is the same
// vector of bits for all copies, that of copy 0.
type input struct{ copy, arg int }

func (l *loop) eachInput(f func(in input)) {
	for n := range l.copies {
		for arg, t := range l.args {
			if arg == l.scalar || t == kernels.Bool && l.ISA == vec.AVX2 && n > 0 {
				continue
			}
			f(input{n, arg})
		}
	}
}

func (l *loop) emit(home vcode.Home) {
	names := []string{"a", "b", "c"}[:len(l.args)]
	sentence := l.generator.name(l.kernel.name) + " computes"
	if l.past {
		sentence += ", past the caches,"
	}
	l.Func(l.generator.name(l.kernel.name), fmt.Sprintf("func(dst, %s unsafe.Pointer, n int)", strings.Join(names, ", ")),
		goLoop(sentence, "for i := range n {", "\tdst[i] = "+l.formula, "}")...)
	programs := []*vcode.Program{l.program}
	if l.slow != nil {
		programs = append(programs, l.slow)
	}
	l.EmitFrame(programs...)
	l.Arg("dst", dstReg)
	for i, name := range names {
		l.Arg(name, argRegs[i])
	}
	l.Arg("n", countReg)
	l.EmitHome(home, func(_ int, r reg.Register) {
		op := map[int]string{4: "VBROADCASTSS", 8: "VBROADCASTSD"}[l.args[l.scalar].Size()]
		l.Do(op, operand.Mem{Base: argRegs[l.scalar]}, r)
	})

	l.Label("loop")
	l.compareCount()
	l.Jump("JLT", "partial")
	l.loadStep(l.program)
	l.Label("compute")
	l.Emit(l.program)
	if l.slow != nil {
		l.jumpUnlessAll(l.Register(l.program.Outputs[1]), "unlikely")
		l.Label("store")
	}
	l.compareCount()
	l.Jump("JLT", "partialstore")
	l.storeStep()
	l.advance()
	l.Do("SUBQ", imm(uint64(l.step)), countReg)
	l.Jump("JMP", "loop")

	l.Label("partial")
	l.Do("TESTQ", countReg, countReg)
	l.Jump("JLE", "done")
	l.loadPartial(l.program)
	l.Jump("JMP", "compute")
	if l.slow != nil {
		l.emitUnlikely()
	}
	l.Label("partialstore")
	l.storePartial()
	l.Label("done")
	l.Ret()
}

func (l *loop) compareCount() { l.Do("CMPQ", countReg, imm(uint64(l.step))) }

// emitUnlikely computes a step anew with the full body.
func (l *loop) emitUnlikely() {
	l.Label("unlikely")
	l.compareCount()
	l.Jump("JLT", "unlikelypartial")
	l.loadStep(l.slow)
	l.Label("unlikelycompute")
	l.Emit(l.slow)
	if from, to := l.slow.Outputs[0], l.program.Outputs[0]; from != to {
		l.Do("VMOVAPS", l.Register(from), l.Register(to))
	}
	l.Jump("JMP", "store")
	l.Label("unlikelypartial")
	l.loadPartial(l.slow)
	l.Jump("JMP", "unlikelycompute")
}

// jumpUnlessAll jumps if a mask is not set in every lane.
func (l *loop) jumpUnlessAll(mask reg.Register, label string) {
	switch {
	case l.ISA == vec.AVX512 && l.lanes == 16:
		l.Do("KORTESTW", mask, mask)
		l.Jump("JCC", label)
	case l.ISA == vec.AVX512:
		l.Do("KORTESTB", mask, mask)
		l.Jump("JCC", label)
	default:
		l.Do(l.moveMask(mask), mask, tmp.As32())
		l.Do("CMPL", tmp.As32(), imm(1<<l.lanes-1))
		l.Jump("JNE", label)
	}
}

// moveMask takes the sign bits of a vector mask's elements.
func (l *loop) moveMask(mask reg.Register) string {
	if int(mask.Size())/l.lanes == 4 {
		return "VMOVMSKPS"
	}
	return "VMOVMSKPD"
}

func (l *loop) advance() {
	for arg, t := range l.args {
		if arg != l.scalar {
			l.Do("ADDQ", imm(uint64(l.bytes(t))), argRegs[arg])
		}
	}
	l.Do("ADDQ", imm(uint64(l.bytes(l.result))), dstReg)
}

// bytes is the size of a step of elements.
func (l *loop) bytes(t kernels.DType) int {
	if t == kernels.Bool {
		return l.step / 8
	}
	return l.step * t.Size()
}

// vectorAt is the memory of one copy of an argument (or the result) at base.
func (l *loop) vectorAt(base reg.Register, t kernels.DType, n int) operand.Mem {
	return operand.Mem{Base: base, Disp: n * l.bytes(t) / l.copies}
}

// imm is an immediate operand in a size that instructions take.
func imm(x uint64) operand.Op {
	if x < 128 {
		return operand.U8(uint8(x))
	}
	return operand.U32(uint32(x))
}
