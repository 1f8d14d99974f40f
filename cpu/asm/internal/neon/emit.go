package neon

// instruction prints one instruction over machine registers: d is the result's.
func (a *Asm) instruction(in *instr, lanes, d int, src []int) {
	switch in.pseudo {
	case lookup:
		a.emitLookup(in, lanes, d, src[0])
	case mulHigh:
		for i := range lanes {
			a.Line("VMOV %s, R10", Lane(src[0], 8, i))
			a.Line("VMOV %s, R11", Lane(src[1], 8, i))
			a.Line("UMULH R10, R11, R10")
			a.setLane(d, 8, i, "R10")
		}
	case signed, unsigned:
		for i := range lanes {
			a.Line("VMOV %s, R10", Lane(src[0], 8, i))
			a.Line("%s R10, F%d", map[pseudo]string{signed: "SCVTFS", unsigned: "UCVTFS"}[in.pseudo], Scratch)
			if i == 0 {
				a.Line("FMOVS F%d, F%d", Scratch, d)
			} else {
				a.Line("VMOV %s, %s", Lane(Scratch, 4, 0), Lane(d, 4, i))
			}
		}
	default:
		a.VImm(in.name, in.arr, in.imm, append([]int{d}, src...)...)
	}
}

// setLane sets lane i from a general register; lane 0 clears the others.
func (a *Asm) setLane(d, elem, i int, reg string) {
	if i == 0 {
		a.Line("%s %s, F%d", moveOf(elem), reg, d)
	} else {
		a.Line("VMOV %s, %s", reg, Lane(d, elem, i))
	}
}

// emitLookup loads lane after lane.
func (a *Asm) emitLookup(in *instr, lanes, d, index int) {
	elem := in.arr.Elem
	a.Line("MOVD $%s<>(SB), R11", in.table)
	for i := range lanes {
		a.Line("VMOV %s, R10", Lane(index, in.src[0].Elem, i))
		a.Line("ADD R10<<%d, R11, R10", log2(elem))
		if i == 0 {
			a.Load(elem, At("R10", 0), d)
		} else {
			a.Line("VLD1 (R10), %s", Lane(d, elem, i))
		}
	}
}
