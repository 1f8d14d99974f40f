package neon

import (
	"fmt"
	"sort"
)

// Program is a Code with machine registers.
type Program struct {
	steps    []step
	Inputs   []int
	Outputs  []int
	Slots    int // of 16 bytes each in the spill area
	lanes    int
	pressure int // registers in use at once, those of Home not counted
}

// step is an instruction over machine registers.
type step struct {
	kind     stepKind
	in       *instr // compute
	d        int    // the result's register; spill: the value's
	src      []int  // compute, move
	slot     int    // spill, reload
	constant constant
}

type stepKind uint8

const (
	compute stepKind = iota
	move
	spill
	reload
	loadConstant
)

// Emit prints the program. Its spill area is at the given offset from FrameReg.
func (p *Program) Emit(a *Asm, area int) {
	for _, s := range p.steps {
		switch slot := At(FrameReg, area+16*s.slot); s.kind {
		case compute:
			a.instruction(s.in, p.lanes, s.d, s.src)
		case move:
			a.Move(s.src[0], s.d)
		case spill:
			a.Store(16, s.d, slot)
		case reload:
			a.Load(16, slot, s.d)
		case loadConstant:
			a.Load(16, a.pool.address(s.constant), s.d)
		}
	}
}

// Home is where constants and scalar operands that keep a register live.
type Home map[constantOrPin]int

type constantOrPin struct {
	constant constant
	pin      int // number of a scalar operand, from 1
}

// allocator is a linear scan over a Code. Where registers do not suffice, the value
// whose next use is farthest goes to the stack; a constant is loaded anew.
type allocator struct {
	*Code
	p      *Program
	home   map[int]int // value id → its own register
	uses   [][]int     // positions of each value's uses, ascending
	reg    []int       // value id → register, or nowhere
	slot   []int       // value id → spill slot, or nowhere
	holds  [Scratch]int
	locked map[int]bool // values the current instruction needs
	at     int
	err    error
}

const nowhere = -1

// Allocate assigns registers. home gives a register to constants that keep one.
func (c *Code) Allocate(home Home) (*Program, error) {
	a := &allocator{Code: c, p: &Program{lanes: c.lanes}, home: map[int]int{}, locked: map[int]bool{}}
	a.reg, a.slot = make([]int, len(c.vals)), make([]int, len(c.vals))
	for _, r := range home {
		a.holds[r] = nowhere
	}
	pins := 0
	for id, v := range c.vals {
		a.reg[id], a.slot[id] = nowhere, nowhere
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
	a.placeConstants()
	a.run()
	return a.p, a.err
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
	if in.tied.id == 0 {
		return in.src
	}
	return append(in.src[:len(in.src):len(in.src)], in.tied)
}

// placeConstants gives the constants addresses in the order in which the code reads
// them, whether or not they keep a register.
func (a *allocator) placeConstants() {
	place := func(vs []Val) {
		for _, v := range vs {
			if k := a.vals[v.id].constant; k != nil {
				a.asm.pool.address(*k)
			}
		}
	}
	for i := range a.instrs {
		place(a.instrs[i].reads())
	}
	place(a.Code.Outputs)
}

func (a *allocator) run() {
	for _, v := range a.Code.Inputs {
		a.p.Inputs = append(a.p.Inputs, a.take(v.id))
	}
	for i := range a.instrs {
		a.at = i
		a.assign(&a.instrs[i])
	}
	a.at = len(a.instrs)
	clear(a.locked)
	for _, v := range a.Code.Outputs {
		a.locked[v.id] = true
	}
	for _, v := range a.Code.Outputs {
		a.p.Outputs = append(a.p.Outputs, a.need(v.id))
	}
}

// assign gives registers to one instruction. An instruction reads all its operands
// before it writes, so the result may take the register of one that dies; not that
// of a pseudo, which is several.
func (a *allocator) assign(in *instr) {
	clear(a.locked)
	for _, v := range in.reads() {
		a.locked[v.id] = true
	}
	var src []int
	for _, v := range in.src {
		src = append(src, a.need(v.id))
	}
	d := nowhere
	switch {
	case in.tied.id != 0 && a.dies(in.tied.id):
		d = a.need(in.tied.id)
		a.release(in.tied.id)
		a.holds[d], a.reg[in.dst.id] = in.dst.id, d
		a.releaseDying(in)
	case in.tied.id != 0:
		old := a.need(in.tied.id)
		d = a.take(in.dst.id)
		a.emit(step{kind: move, d: d, src: []int{old}})
		a.releaseDying(in)
	case in.pseudo != single:
		d = a.take(in.dst.id)
		a.releaseDying(in)
	default:
		a.releaseDying(in)
		d = a.take(in.dst.id)
	}
	a.emit(step{kind: compute, in: in, d: d, src: src})
	if len(a.uses[in.dst.id]) == 0 {
		a.release(in.dst.id)
	}
}

func (a *allocator) emit(s step) { a.p.steps = append(a.p.steps, s) }

// dies reports whether the current instruction is the value's last use.
func (a *allocator) dies(id int) bool {
	if _, ok := a.home[id]; ok {
		return false
	}
	u := a.uses[id]
	return len(u) == 0 || u[len(u)-1] <= a.at
}

func (a *allocator) releaseDying(in *instr) {
	for _, v := range in.reads() {
		if a.dies(v.id) {
			a.release(v.id)
		}
	}
}

func (a *allocator) release(id int) {
	if _, ok := a.home[id]; ok || a.reg[id] == nowhere {
		return
	}
	a.holds[a.reg[id]] = 0
	a.reg[id] = nowhere
}

// nextUse is the first use at or after the current instruction.
func (a *allocator) nextUse(id int) int {
	u := a.uses[id]
	if k := sort.SearchInts(u, a.at); k < len(u) {
		return u[k]
	}
	return len(a.instrs) + 1
}

// take finds a register for the value, sending another to the stack if needed.
func (a *allocator) take(id int) int {
	best, farthest := nowhere, -1
	for r, held := range a.holds {
		if held == 0 {
			best = r
			break
		}
		if held > 0 && !a.locked[held] {
			if next := a.nextUse(held); next > farthest {
				best, farthest = r, next
			}
		}
	}
	if best == nowhere {
		if a.err == nil {
			a.err = fmt.Errorf("allocate instruction %d: no register for value %d", a.at, id)
		}
		return 0
	}
	if held := a.holds[best]; held != 0 {
		a.spill(held, best)
	}
	a.holds[best], a.reg[id] = id, best
	inUse := 0
	for _, held := range a.holds {
		if held > 0 {
			inUse++
		}
	}
	a.p.pressure = max(a.p.pressure, inUse)
	return best
}

// spill frees a register. A value is written to the stack at most once, and a
// constant never.
func (a *allocator) spill(id, r int) {
	if a.vals[id].constant == nil && a.slot[id] == nowhere && a.nextUse(id) <= len(a.instrs) {
		a.slot[id] = a.p.Slots
		a.p.Slots++
		a.emit(step{kind: spill, d: r, slot: a.slot[id]})
	}
	a.reg[id] = nowhere
	a.holds[r] = 0
}

// need returns the value's register, loading it if it is not in one.
func (a *allocator) need(id int) int {
	if r := a.reg[id]; r != nowhere {
		return r
	}
	r := a.take(id)
	switch k, slot := a.vals[id].constant, a.slot[id]; {
	case k != nil:
		a.emit(step{kind: loadConstant, d: r, constant: *k})
	case slot != nowhere:
		a.emit(step{kind: reload, d: r, slot: slot})
	case a.err == nil:
		a.err = fmt.Errorf("allocate instruction %d: value %d is used before it is set", a.at, id)
	}
	return r
}

// leastFree is how many registers stay for values at least: as many as one
// instruction can need at once.
const leastFree = 5

// Homes chooses the constants that keep a register: as many as the code leaves
// free, the most used first. Scalar operands (Pinned) always have one.
func Homes(hot *Code) (Home, error) {
	home := Home{}
	top := Scratch
	pins := 0
	for _, v := range hot.vals {
		if v.pinned {
			pins++
			top--
			home[constantOrPin{pin: pins}] = top
		}
	}
	p, err := hot.Allocate(home)
	if err != nil {
		return nil, err
	}
	counts := map[constant]int{}
	var order []constant
	count := func(vs []Val) {
		for _, v := range vs {
			if k := hot.vals[v.id].constant; k != nil {
				if counts[*k] == 0 {
					order = append(order, *k)
				}
				counts[*k]++
			}
		}
	}
	for i := range hot.instrs {
		count(hot.instrs[i].reads())
	}
	sort.SliceStable(order, func(i, j int) bool { return counts[order[i]] > counts[order[j]] })
	for _, k := range order[:min(len(order), max(0, top-max(p.pressure, leastFree)))] {
		top--
		home[constantOrPin{constant: k}] = top
	}
	return home, nil
}

// EmitHome loads the constants that keep a register. scalar loads scalar operand
// number i into every lane.
func (a *Asm) EmitHome(home Home, scalar func(i, r int)) {
	byRegister := map[int]constantOrPin{}
	for k, r := range home {
		byRegister[r] = k
	}
	for r := Scratch - 1; r >= 0; r-- {
		k, ok := byRegister[r]
		switch {
		case !ok:
		case k.pin > 0:
			scalar(k.pin-1, r)
		default:
			a.Load(16, a.pool.address(k.constant), r)
		}
	}
}
