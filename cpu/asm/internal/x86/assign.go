package x86

import "github.com/quern-go/quern/cpu/asm/internal/vcode"

// Assign gives registers to an instruction.
func (a *Asm) Assign(al *vcode.Allocator, in *instr) {
	if in.Form == fma || in.Form == fms {
		assignFMA(al, in)
		return
	}
	al.Plain(in)
}

// assignFMA chooses among the three forms of x·y ± z by which operand is in
// memory and which dies. In Go's order of operands:
//
//	132 m, s, d: d = d·m ± s    213 m, s, d: d = s·d ± m    231 m, s, d: d = s·m ± d
func assignFMA(a *vcode.Allocator, in *instr) {
	x, y, z := in.Src[0], in.Src[1], in.Src[2]
	if _, ok := a.InMemory(x, in.Elem); ok && x.ID != y.ID {
		x, y = y, x
	}
	if m, ok := a.InMemory(y, in.Elem); ok && y.ID != x.ID && y.ID != z.ID {
		a.Unlock(y)
		fmaMemory(a, in, x, z, m)
		return
	}
	if m, ok := a.InMemory(z, in.Elem); ok && z.ID != x.ID && z.ID != y.ID {
		a.Unlock(z)
		a.Need(x)
		a.Need(y)
		if a.Dies(y) && !a.Dies(x) {
			x, y = y, x
		}
		emitFMA(a, "213", in, m, a.Need(y), x)
		return
	}
	rx, ry, rz := a.Need(x), a.Need(y), a.Need(z)
	switch {
	case a.Dies(z) || !a.Dies(x) && !a.Dies(y):
		emitFMA(a, "231", in, ry, rx, z)
	case a.Dies(x):
		emitFMA(a, "213", in, rz, ry, x)
	default:
		emitFMA(a, "213", in, rz, rx, y)
	}
}

// fmaMemory is x·m ± z.
func fmaMemory(a *vcode.Allocator, in *instr, x, z Val, m vcode.Place) {
	rx, rz := a.Need(x), a.Need(z)
	if a.Dies(x) && !a.Dies(z) {
		emitFMA(a, "132", in, m, rz, x)
		return
	}
	emitFMA(a, "231", in, m, rx, z)
}

func emitFMA(a *vcode.Allocator, order string, in *instr, src3, src2 vcode.Place, over Val) {
	d, op := a.Over(over, in), "VFMADD"
	if in.Form == fms {
		op = "VFMSUB"
	}
	a.Emit(vcode.Step{In: in, Op: op + order + in.Op, Src: []vcode.Place{src3, src2}, Dst: d})
}
