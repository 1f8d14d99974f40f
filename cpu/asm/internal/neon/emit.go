package neon

import "github.com/quern-go/quern/cpu/asm/internal/vcode"

// Registers counts those for values. No mask is anything but a vector.
func (a *Asm) Registers() (vectors, masks int) { return Scratch, 0 }

// Assign gives registers to an instruction.
func (a *Asm) Assign(al *vcode.Allocator, in *instr) { al.Plain(in) }

// EmitHome loads the constants that keep a register. scalar loads a scalar operand
// into every lane.
func (a *Asm) EmitHome(home vcode.Home, scalar func(i, r int)) {
	home.Each(func(k vcode.Constant, r int) { a.Load(16, a.constant(a.pool.Offset(k)), r) }, scalar)
}

// Emit prints a program whose spill area is at the given offset from FrameReg.
func (a *Asm) Emit(p *vcode.Program, area int) {
	for i := range p.Steps {
		s := &p.Steps[i]
		if s.In != nil {
			a.instruction(s)
			continue
		}
		switch from, to := s.Src[0], s.Dst; {
		case from.Constant != nil:
			a.Load(16, a.constant(a.pool.Offset(*from.Constant)), to.Reg)
		case !from.InRegister():
			a.Load(16, At(FrameReg, area+16*from.Slot), to.Reg)
		case !to.InRegister():
			a.Store(16, from.Reg, At(FrameReg, area+16*to.Slot))
		default:
			a.Move(from.Reg, to.Reg)
		}
	}
}

func (a *Asm) instruction(s *vcode.Step) {
	arr := Arr{s.In.Elem, s.Dst.Bytes}
	regs := []int{s.Dst.Reg}
	for _, p := range s.Src {
		regs = append(regs, p.Reg)
	}
	if s.In.Form == single {
		a.VImm(s.Op, arr, s.In.Imm, regs...)
		return
	}
	if s.In.Form == lookup {
		a.Line("MOVD $%s<>(SB), R11", s.In.Table)
	}
	for i := range arr.Bytes / arr.Elem {
		a.lane(s, i, regs)
	}
}

// lane prints what makes one lane of the result, regs[0].
func (a *Asm) lane(s *vcode.Step, i int, regs []int) {
	d, elem := regs[0], s.In.Elem
	switch s.In.Form {
	case lookup:
		lanes := s.Dst.Bytes / elem
		a.Line("VMOV %s, R10", Lane(regs[1], s.Src[0].Bytes/lanes, i))
		a.Line("ADD R10<<%d, R11, R10", log2(elem))
		if i == 0 {
			a.Load(elem, At("R10", 0), d)
		} else {
			a.Line("VLD1 (R10), %s", Lane(d, elem, i))
		}
	case mulHigh:
		a.Line("VMOV %s, R10", Lane(regs[1], 8, i))
		a.Line("VMOV %s, R11", Lane(regs[2], 8, i))
		a.Line("UMULH R10, R11, R10")
		if i == 0 { // clears the others
			a.Line("FMOVD R10, F%d", d)
		} else {
			a.Line("VMOV R10, %s", Lane(d, 8, i))
		}
	case signed, unsigned:
		a.Line("VMOV %s, R10", Lane(regs[1], 8, i))
		a.Line("%s R10, F%d", map[vcode.Form]string{signed: "SCVTFS", unsigned: "UCVTFS"}[s.In.Form], Scratch)
		if i == 0 {
			a.Line("FMOVS F%d, F%d", Scratch, d)
		} else {
			a.Line("VMOV %s, %s", Lane(Scratch, 4, 0), Lane(d, 4, i))
		}
	}
}
