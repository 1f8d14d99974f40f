package vcode

import (
	"fmt"
	"sort"
)

// Allocator is a linear scan over a Code.
type Allocator struct {
	code    *Code
	p       *Program
	home    map[int]int // value id → its own register
	uses    [][]int     // positions of each value's uses, ascending
	reg     []int       // value id → register, or nowhere
	slot    []int       // value id → spill slot, or nowhere
	vectors []int       // register → value id, 0 free, nowhere not available
	masks   []int
	locked  map[int]bool // values the current instruction needs in registers
	at      int
	err     error // the first
}

const nowhere = -1

// Allocate assigns registers. home gives a register to constants that keep one.
func (c *Code) Allocate(home Home) (*Program, error) {
	vectors, masks := c.machine.Registers()
	a := &Allocator{
		code: c, p: &Program{}, home: home.registers(c), locked: map[int]bool{}, vectors: make([]int, vectors), masks: make([]int, masks),
		uses: make([][]int, len(c.vals)), reg: make([]int, len(c.vals)), slot: make([]int, len(c.vals)),
	}
	for id := range c.vals {
		a.reg[id], a.slot[id] = nowhere, nowhere
	}
	for _, r := range home {
		a.vectors[r] = nowhere
	}
	for id, r := range a.home {
		a.reg[id] = r
	}
	for i := range c.Instrs {
		a.countUses(i, c.Instrs[i].reads())
	}
	a.countUses(len(c.Instrs), c.Outputs)
	a.run()
	return a.p, a.err
}

// countUses notes what instruction i reads. Constants get addresses in that order,
// whether or not they keep a register.
func (a *Allocator) countUses(i int, reads []Val) {
	for _, v := range reads {
		a.uses[v.ID] = append(a.uses[v.ID], i)
		if k := a.code.vals[v.ID].constant; k != nil {
			a.code.machine.Pool().Offset(*k)
		}
	}
}

func (a *Allocator) run() {
	for _, v := range a.code.Inputs {
		a.p.Inputs = append(a.p.Inputs, a.take(v))
	}
	for i := range a.code.Instrs {
		in := &a.code.Instrs[i]
		a.at = i
		a.lock(in.reads())
		a.code.machine.Assign(a, in)
		if len(a.uses[in.Dst.ID]) == 0 {
			a.release(in.Dst)
		}
	}
	a.at = len(a.code.Instrs)
	a.lock(a.code.Outputs)
	for _, v := range a.code.Outputs {
		a.p.Outputs = append(a.p.Outputs, a.Need(v))
	}
}

// lock keeps the values, and no others, in the registers they are in.
func (a *Allocator) lock(vs []Val) {
	clear(a.locked)
	for _, v := range vs {
		a.locked[v.ID] = true
	}
}

// Plain assigns registers to an instruction that reads all its operands before it
// writes, so that the result may take the register of one that dies; unless it is
// several (Instr.Apart).
func (a *Allocator) Plain(in *Instr) {
	s := Step{In: in, Op: in.Op, Src: make([]Place, 0, len(in.Src)+1)}
	for i, v := range in.Src {
		if i == 0 && a.folds(in) {
			m, _ := a.InMemory(v, in.Elem)
			s.Src = append(s.Src, m)
			continue
		}
		s.Src = append(s.Src, a.Need(v))
	}
	if in.Mask.ID != 0 {
		s.Src = append(s.Src, a.Need(in.Mask))
	}
	s.Dst = a.result(in)
	a.Emit(s)
}

// Emit appends a step to the program.
func (a *Allocator) Emit(s Step) { a.p.Steps = append(a.p.Steps, s) }

// folds reports whether Src[0] is to be in memory, and if so unlocks it.
func (a *Allocator) folds(in *Instr) bool {
	if !in.Fold {
		return false
	}
	for _, v := range append(in.Src[1:len(in.Src):len(in.Src)], in.Tied) {
		if v.ID == in.Src[0].ID {
			return false // it is needed in a register all the same
		}
	}
	_, ok := a.InMemory(in.Src[0], in.Elem)
	if ok {
		a.Unlock(in.Src[0])
	}
	return ok
}

// InMemory is where the value is in memory, if it is not in a register and an
// instruction on elements of the given size can read it there.
func (a *Allocator) InMemory(v Val, elem int) (Place, bool) {
	if a.reg[v.ID] != nowhere {
		return Place{}, false
	}
	m := a.memory(v)
	return m, m.Constant == nil || m.Constant.elem == elem || !a.code.machine.Pool().Broadcasts(*m.Constant)
}

func (a *Allocator) memory(v Val) Place {
	return Place{Reg: nowhere, Slot: a.slot[v.ID], Constant: a.code.vals[v.ID].constant, Bytes: v.Bytes}
}

// Unlock says that the current instruction does not need the value in a register.
func (a *Allocator) Unlock(v Val) { delete(a.locked, v.ID) }

// result gives Dst a register: that of the value it overwrites, or any one once the
// dying operands' are free.
func (a *Allocator) result(in *Instr) (r Place) {
	switch {
	case in.Tied.ID != 0:
		return a.Over(in.Tied, in)
	case in.Apart:
		r = a.take(in.Dst)
		a.releaseDying(in)
	default:
		a.releaseDying(in)
		r = a.take(in.Dst)
	}
	return r
}

// Over gives Dst a register that holds the value v, its own if this is the last use and
// otherwise one with a copy, and frees those of the dying operands.
func (a *Allocator) Over(v Val, in *Instr) Place {
	old := a.Need(v)
	if !a.Dies(v) {
		r := a.take(in.Dst)
		a.Emit(Step{Src: []Place{old}, Dst: r})
		a.releaseDying(in)
		return r
	}
	a.reg[v.ID] = nowhere
	a.releaseDying(in)
	a.file(in.Dst)[old.Reg] = in.Dst.ID
	a.reg[in.Dst.ID] = old.Reg
	return a.inRegister(in.Dst)
}

// Dies reports whether the current instruction is the value's last use.
func (a *Allocator) Dies(v Val) bool {
	if _, ok := a.home[v.ID]; ok {
		return false
	}
	u := a.uses[v.ID]
	return len(u) == 0 || u[len(u)-1] <= a.at
}

func (a *Allocator) releaseDying(in *Instr) {
	for _, v := range in.reads() {
		if a.Dies(v) {
			a.release(v)
		}
	}
}

func (a *Allocator) release(v Val) {
	if _, ok := a.home[v.ID]; ok || a.reg[v.ID] == nowhere {
		return
	}
	a.file(v)[a.reg[v.ID]] = 0
	a.reg[v.ID] = nowhere
}

// nextUse is the first use at or after the current instruction.
func (a *Allocator) nextUse(id int) int {
	u := a.uses[id]
	if k := sort.SearchInts(u, a.at); k < len(u) {
		return u[k]
	}
	return len(a.code.Instrs) + 1
}

func (a *Allocator) file(v Val) []int {
	if a.code.vals[v.ID].bytes == 0 {
		return a.masks
	}
	return a.vectors
}

func (a *Allocator) inRegister(v Val) Place {
	return Place{Reg: a.reg[v.ID], Slot: nowhere, Bytes: v.Bytes}
}

// Need returns the value's register, loading it if it is not in one.
func (a *Allocator) Need(v Val) Place {
	if a.reg[v.ID] == nowhere {
		m := a.memory(v)
		if m.Constant == nil && m.Slot == nowhere {
			a.fail("%v is used before it is set", v)
		}
		a.Emit(Step{Src: []Place{m}, Dst: a.take(v)})
	}
	return a.inRegister(v)
}

// take finds a register for the value, sending another to the stack if needed.
func (a *Allocator) take(v Val) Place {
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
		return Place{}
	}
	if file[best] != 0 {
		a.spill(file[best])
	}
	file[best], a.reg[v.ID] = v.ID, best
	a.p.pressure = max(a.p.pressure, a.inUse())
	return a.inRegister(v)
}

func (a *Allocator) inUse() (n int) {
	for _, id := range a.vectors {
		if id > 0 {
			n++
		}
	}
	return n
}

// spill frees the register of a value. It is written to the stack at most once, and a
// constant never.
func (a *Allocator) spill(id int) {
	v := Val{id, a.code.vals[id].bytes}
	if a.code.Constant(v) == nil && a.slot[id] == nowhere && a.nextUse(id) <= len(a.code.Instrs) {
		a.slot[id] = a.p.Slots
		a.p.Slots++
		a.Emit(Step{Src: []Place{a.inRegister(v)}, Dst: a.memory(v)})
	}
	a.file(v)[a.reg[id]] = 0
	a.reg[id] = nowhere
}

func (a *Allocator) fail(format string, args ...any) {
	if a.err == nil {
		a.err = fmt.Errorf("allocate instruction %d: %s", a.at, fmt.Sprintf(format, args...))
	}
}
