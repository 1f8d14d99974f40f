package x86

import (
	"github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"

	"github.com/quern-go/quern/cpu/asm/internal/vcode"
)

var (
	// scratchGP addresses a lookup table, frameGP the spill area, aligned to a cache line.
	scratchGP, frameGP = reg.R11, reg.R10

	// PointedBy is where Pointed instructions read.
	PointedBy = reg.RSI

	zmm = []reg.VecPhysical{
		reg.Z0, reg.Z1, reg.Z2, reg.Z3, reg.Z4, reg.Z5, reg.Z6, reg.Z7, reg.Z8, reg.Z9, reg.Z10,
		reg.Z11, reg.Z12, reg.Z13, reg.Z14, reg.Z15, reg.Z16, reg.Z17, reg.Z18, reg.Z19, reg.Z20, reg.Z21,
		reg.Z22, reg.Z23, reg.Z24, reg.Z25, reg.Z26, reg.Z27, reg.Z28, reg.Z29, reg.Z30, reg.Z31,
	}
	// opmasks are for values; K7 is left to those who call the program.
	opmasks = []reg.Register{reg.K1, reg.K2, reg.K3, reg.K4, reg.K5, reg.K6}
)

// Registers counts those for values.
func (a *Asm) Registers() (vectors, masks int) { return a.VectorBytes() / 2, len(opmasks) }

// Vector is vector register r at its full width.
func (a *Asm) Vector(r int) reg.VecPhysical {
	return view(r, a.VectorBytes()).(reg.VecPhysical)
}

// view is vector register r as instructions on so many bytes see it.
func view(r, bytes int) reg.Register {
	switch bytes {
	case 16:
		return zmm[r].AsX()
	case 32:
		return zmm[r].AsY()
	}
	return zmm[r]
}

// Register is that of a place.
func (a *Asm) Register(p vcode.Place) reg.Register {
	if p.Bytes == 0 {
		return opmasks[p.Reg]
	}
	return view(p.Reg, p.Bytes)
}

// EmitHome loads the constants that keep a register. scalar loads a scalar operand
// into every lane.
func (a *Asm) EmitHome(home vcode.Home, scalar func(i int, r reg.Register)) {
	home.Each(func(k vcode.Constant, r int) { a.loadConstant(k, r) }, func(i, r int) { scalar(i, a.Vector(r)) })
}

func (a *Asm) loadConstant(k vcode.Constant, r int) {
	op := "VMOVUPS"
	if a.pool.Broadcasts(k) {
		op = map[int]string{4: "VBROADCASTSS", 8: "VBROADCASTSD"}[k.Elem()]
	}
	a.Do(op, a.constant(a.pool.Offset(k)), a.Vector(r))
}

// EmitFrame reserves the stack that the programs spill to.
func (a *Asm) EmitFrame(programs ...*vcode.Program) {
	slots := 0
	for _, p := range programs {
		slots = max(slots, p.Slots)
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
func (a *Asm) Emit(p *vcode.Program) { a.EmitWith(p, func(int) {}) }

// EmitWith prints the program and, after each of its steps, what between prints.
func (a *Asm) EmitWith(p *vcode.Program, between func(step int)) {
	for i := range p.Steps {
		if s := &p.Steps[i]; s.In == nil {
			a.copy(s.Src[0], s.Dst)
		} else {
			a.instruction(s)
		}
		between(i)
	}
}

// copy prints a move of a whole register, to or from memory or another.
func (a *Asm) copy(from, to vcode.Place) {
	switch {
	case from.Constant != nil:
		a.loadConstant(*from.Constant, to.Reg)
	case to.Bytes == 0:
		a.Do("KMOVQ", a.operand(from), a.operand(to))
	case from.InRegister() && to.InRegister():
		a.Do("VMOVAPS", a.operand(from), a.operand(to))
	default:
		from.Bytes, to.Bytes = a.VectorBytes(), a.VectorBytes()
		a.Do("VMOVUPS", a.operand(from), a.operand(to))
	}
}

func (a *Asm) operand(p vcode.Place) operand.Op {
	switch {
	case p.InRegister():
		return a.Register(p)
	case p.Constant != nil:
		return a.constant(a.pool.Offset(*p.Constant))
	}
	return a.Slot(p.Slot)
}

// Slot is a vector in the spill area.
func (a *Asm) Slot(i int) operand.Mem {
	return operand.Mem{Base: frameGP, Disp: i * a.VectorBytes()}
}

func (a *Asm) instruction(s *vcode.Step) {
	d := a.operand(s.Dst)
	switch s.In.Form {
	case self:
		a.Do(s.Op, d, d, d)
		return
	case gather:
		a.gather(s)
		return
	}
	op := s.Op
	var ops []operand.Op
	if s.In.Imm >= 0 {
		ops = append(ops, operand.U8(uint8(s.In.Imm)))
	}
	if s.In.Form == Pointed {
		op += "_BCST"
		ops = append(ops, operand.Mem{Base: PointedBy, Disp: s.In.At})
	}
	for _, p := range s.Src {
		if !p.InRegister() && p.Constant != nil && a.pool.Broadcasts(*p.Constant) {
			op += "_BCST"
		}
		ops = append(ops, a.operand(p))
	}
	switch s.In.Form {
	case zeroing:
		op += "_Z"
	case OddLanes:
		ops = append(ops, reg.K7)
	}
	a.Do(op, append(ops, d)...)
}

// gather: the mask and the destination are overwritten, and no two of the three
// registers may be the same.
func (a *Asm) gather(s *vcode.Step) {
	a.Do("LEAQ", operand.NewDataAddr(operand.NewStaticSymbol(s.In.Table), 0), scratchGP)
	m := operand.Mem{Base: scratchGP, Index: a.Register(s.Src[0]), Scale: uint8(s.In.Elem)}
	if mask := s.Src[1]; mask.Bytes == 0 {
		a.Do(s.Op, m, a.operand(mask), a.operand(s.Dst))
	} else {
		a.Do(s.Op, a.operand(mask), m, a.operand(s.Dst))
	}
}
