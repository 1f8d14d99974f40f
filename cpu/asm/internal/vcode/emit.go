package vcode

import (
	"sort"

	"github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

var (
	zmm = []reg.VecPhysical{
		reg.Z0, reg.Z1, reg.Z2, reg.Z3, reg.Z4, reg.Z5, reg.Z6, reg.Z7, reg.Z8, reg.Z9, reg.Z10,
		reg.Z11, reg.Z12, reg.Z13, reg.Z14, reg.Z15, reg.Z16, reg.Z17, reg.Z18, reg.Z19, reg.Z20, reg.Z21,
		reg.Z22, reg.Z23, reg.Z24, reg.Z25, reg.Z26, reg.Z27, reg.Z28, reg.Z29, reg.Z30, reg.Z31,
	}
	ymm = views(reg.VecPhysical.AsY)
	xmm = views(reg.VecPhysical.AsX)
)

func views(as func(reg.VecPhysical) reg.Register) []reg.VecPhysical {
	rs := make([]reg.VecPhysical, len(zmm))
	for i, r := range zmm {
		rs[i] = as(r).(reg.VecPhysical)
	}
	return rs
}

// Homes chooses the constants that keep a register: as many as the code leaves
// free, the most used first. Scalar operands (Pinned) always have one.
func Homes(hot *Code) (Home, error) {
	home := Home{}
	top := hot.asm.vectorRegisters()
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
	for i := range hot.instrs {
		for _, v := range hot.instrs[i].reads() {
			if k := hot.vals[v.id].constant; k != nil {
				if counts[*k] == 0 {
					order = append(order, *k)
				}
				counts[*k]++
			}
		}
	}
	sort.SliceStable(order, func(i, j int) bool { return counts[order[i]] > counts[order[j]] })
	for _, k := range order[:min(len(order), max(0, top-max(p.pressure, leastFree)))] {
		top--
		home[constantOrPin{constant: k}] = top
	}
	return home, nil
}

// leastFree is how many registers stay for values at least: as many as one
// instruction can need at once.
const leastFree = 5

// EmitHome loads the constants that keep a register. scalar loads scalar operand
// number i into every lane.
func (a *Asm) EmitHome(home Home, scalar func(i int, r reg.Register)) {
	byRegister := map[int]constantOrPin{}
	for k, r := range home {
		byRegister[r] = k
	}
	for r := a.vectorRegisters() - 1; r >= 0; r-- {
		k, ok := byRegister[r]
		switch {
		case !ok:
		case k.pin > 0:
			scalar(k.pin-1, a.Vector(r))
		default:
			op, m, dst := a.loadConst(k.constant, a.Vector(r))
			a.Do(op, m, dst)
		}
	}
}

// Vector is vector register r at its full width.
func (a *Asm) Vector(r int) reg.VecPhysical {
	if a.VectorBytes() == 64 {
		return zmm[r]
	}
	return ymm[r]
}

// EmitFrame reserves the stack that the programs spill to.
func (a *Asm) EmitFrame(programs ...*Program) {
	slots := 0
	for _, p := range programs {
		slots = max(slots, p.slots)
	}
	if slots == 0 {
		return
	}
	line := a.VectorBytes()
	a.Frame((slots + 1) * line)
	a.Do("LEAQ", operand.NewStackAddr(line-1), frameGP)
	a.Do("ANDQ", operand.I8(-line), frameGP)
}

// Emit prints the program.
func (p *Program) Emit() {
	for _, in := range p.insts {
		p.asm.Do(in.op, in.ops...)
	}
}
