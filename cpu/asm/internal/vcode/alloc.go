package vcode

import (
	"fmt"
	"sort"

	"github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// scratchGP is the general register that addresses a lookup table.
var scratchGP = reg.R11

// inst is an instruction over machine registers, ready for avo.
type inst struct {
	op  string
	ops []operand.Op
}

// Program is a Code with machine registers.
type Program struct {
	asm      *Asm
	insts    []inst
	Inputs   []reg.Register
	Outputs  []reg.Register
	slots    int // stack slots of a vector each
	pressure int // vector registers in use at once, those of Home not counted
}

// Home is where constants and scalar operands that keep a register live.
type Home map[constantOrPin]int

type constantOrPin struct {
	constant constant
	pin      int // number of a scalar operand, from 1
}

// vectorRegisters is how many there are; opmasks 1 to 6 are for values, K7 is
// left to those who call the program.
func (a *Asm) vectorRegisters() int { return a.VectorBytes() / 2 }

const opmasks = 6

// allocator is a linear scan over a Code.
type allocator struct {
	*Code
	p      *Program
	home   map[int]int // value id → its own register
	uses   [][]int     // positions of each value's uses, ascending
	reg    []int       // value id → register, or −1
	slot   []int       // value id → stack slot, or −1
	vecs   []int       // register → value id, 0 free, −1 not available
	masks  []int
	locked map[int]bool // values the current instruction needs
	at     int
}

const nowhere = -1

// Allocate assigns registers. home gives a register to constants that keep one.
func (c *Code) Allocate(home Home) (*Program, error) {
	a := &allocator{Code: c, p: &Program{asm: c.asm}, home: map[int]int{}}
	a.vecs = make([]int, c.asm.vectorRegisters())
	a.masks = make([]int, opmasks)
	a.reg, a.slot = make([]int, len(c.vals)), make([]int, len(c.vals))
	for id := range c.vals {
		a.reg[id], a.slot[id] = nowhere, nowhere
	}
	for _, r := range home {
		a.vecs[r] = nowhere
	}
	pins := 0
	for id, v := range c.vals {
		key := constantOrPin{}
		switch {
		case v.constant != nil:
			key.constant = *v.constant
		case v.pinned:
			pins++
			key.pin = pins
		default:
			continue
		}
		if r, ok := home[key]; ok {
			a.home[id], a.reg[id] = r, r
		}
	}
	a.countUses()
	if err := a.run(); err != nil {
		return nil, err
	}
	return a.p, nil
}

func (a *allocator) countUses() {
	a.uses = make([][]int, len(a.vals))
	for i := range a.instrs {
		for _, v := range a.instrs[i].reads() {
			a.uses[v.id] = append(a.uses[v.id], i)
		}
	}
	for _, v := range a.Code.Outputs {
		a.uses[v.id] = append(a.uses[v.id], len(a.instrs))
	}
}

// reads lists the values an instruction reads.
func (in *instr) reads() []Val {
	vs := append([]Val{}, in.src...)
	for _, v := range []Val{in.mask, in.tied} {
		if v.id != 0 {
			vs = append(vs, v)
		}
	}
	return vs
}

func (a *allocator) run() (err error) {
	defer func() { // the helpers below are many and fail alike
		if r := recover(); r != nil {
			failure, ok := r.(allocError)
			if !ok {
				panic(r)
			}
			err = failure
		}
	}()
	a.locked = map[int]bool{}
	for _, v := range a.Code.Inputs {
		r := a.take(v)
		a.p.Inputs = append(a.p.Inputs, a.name(v, r))
	}
	for i := range a.instrs {
		a.at = i
		a.step(&a.instrs[i])
	}
	a.at = len(a.instrs)
	for _, v := range a.Code.Outputs {
		a.locked[v.id] = true
	}
	for _, v := range a.Code.Outputs {
		a.p.Outputs = append(a.p.Outputs, a.need(v))
	}
	return nil
}

type allocError struct{ error }

func (a *allocator) fail(format string, args ...any) {
	panic(allocError{fmt.Errorf("allocate instruction %d: %s", a.at, fmt.Sprintf(format, args...))})
}

// dies reports whether the current instruction is the value's last use.
func (a *allocator) dies(v Val) bool {
	if _, ok := a.home[v.id]; ok {
		return false
	}
	u := a.uses[v.id]
	return len(u) == 0 || u[len(u)-1] <= a.at
}

// nextUse is the first use at or after the current instruction.
func (a *allocator) nextUse(id int) int {
	u := a.uses[id]
	k := sort.SearchInts(u, a.at)
	if k == len(u) {
		return len(a.instrs) + 1
	}
	return u[k]
}

func (a *allocator) file(v Val) []int {
	if a.vals[v.id].mask {
		return a.masks
	}
	return a.vecs
}

// name is the register as the value's width sees it.
func (a *allocator) name(v Val, r int) reg.Register {
	switch {
	case a.vals[v.id].mask:
		return []reg.Register{reg.K1, reg.K2, reg.K3, reg.K4, reg.K5, reg.K6}[r]
	case v.Bytes == 64:
		return zmm[r]
	case v.Bytes == 32:
		return ymm[r]
	case v.Bytes == 16:
		return xmm[r]
	}
	a.fail("%v: no register is %d bytes wide", v, v.Bytes)
	return nil
}

// take finds a register for the value, sending another to the stack if needed.
func (a *allocator) take(v Val) int {
	file := a.file(v)
	best, farthest := nowhere, -1
	for r, id := range file {
		if id == 0 {
			best = r
			break
		}
		if id > 0 && !a.locked[id] {
			if next := a.nextUse(id); next > farthest {
				best, farthest = r, next
			}
		}
	}
	if best == nowhere {
		a.fail("no register for %v", v)
	}
	if id := file[best]; id != 0 {
		a.spill(id, best)
	}
	file[best] = v.id
	a.reg[v.id] = best
	if !a.vals[v.id].mask {
		a.p.pressure = max(a.p.pressure, a.inUse())
	}
	return best
}

func (a *allocator) inUse() (n int) {
	for _, id := range a.vecs {
		if id > 0 {
			n++
		}
	}
	return n
}

// spill frees a register. A value is written to the stack at most once, and a
// constant never.
func (a *allocator) spill(id, r int) {
	v := Val{id, a.asm.VectorBytes()}
	if a.vals[id].constant == nil && a.slot[id] == nowhere && a.nextUse(id) <= len(a.instrs) {
		a.slot[id] = a.p.slots
		a.p.slots++
		a.emit(a.moveOp(id), a.name(v, r), a.stack(id))
	}
	a.reg[id] = nowhere
	a.file(v)[r] = 0
}

func (a *allocator) moveOp(id int) string {
	if a.vals[id].mask {
		return "KMOVQ"
	}
	return "VMOVUPS"
}

// frameGP addresses the spill area, aligned to a cache line.
var frameGP = reg.R10

func (a *allocator) stack(id int) operand.Mem {
	return operand.Mem{Base: frameGP, Disp: a.slot[id] * a.asm.VectorBytes()}
}

func (a *allocator) release(v Val) {
	if _, ok := a.home[v.id]; ok || a.reg[v.id] == nowhere {
		return
	}
	a.file(v)[a.reg[v.id]] = 0
	a.reg[v.id] = nowhere
}

// need returns the value's register, loading it if it is not in one.
func (a *allocator) need(v Val) reg.Register {
	r := a.reg[v.id]
	if r == nowhere {
		r = a.take(v)
		full := Val{v.id, a.asm.VectorBytes()}
		switch k := a.vals[v.id].constant; {
		case k != nil:
			a.emit(a.asm.loadConst(*k, a.name(full, r)))
		case a.slot[v.id] == nowhere:
			a.fail("%v is used before it is set", v)
		default:
			a.emit(a.moveOp(v.id), a.stack(v.id), a.name(full, r))
		}
	}
	return a.name(v, r)
}

// loadConst is the instruction that fills a register with a constant.
func (a *Asm) loadConst(k constant, r reg.Register) (string, operand.Op, operand.Op) {
	op := "VMOVUPS"
	if k.bytes(a.ISA) == k.elem {
		op = map[int]string{4: "VBROADCASTSS", 8: "VBROADCASTSD"}[k.elem]
	}
	return op, a.address(k), r
}

func (a *allocator) emit(op string, ops ...operand.Op) {
	a.p.insts = append(a.p.insts, inst{op, ops})
}
