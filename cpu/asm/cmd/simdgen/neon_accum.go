package main

import (
	"fmt"

	"github.com/quern-go/quern/cpu/asm/internal/neon"
	"github.com/quern-go/quern/kernels"
)

// neonCombine emits acc = acc ∘ x. Minimum and maximum are the IR's.
type neonCombine struct {
	*neonGenerator
	combine
	elem    int
	product bool // what is accumulated is the product of two vectors
}

// reductions emits the accumulating kernels.
func (g *neonGenerator) reductions() {
	for _, c := range combines {
		for _, t := range elemTypes {
			a := &neonCombine{neonGenerator: g, combine: c, elem: t.size}
			slot := fmt.Sprintf("[kernels.Combine%s][%s]", c.goName, t.goName)
			g.enter("t.AccumRows"+slot, a.rows(t.name))
			g.enter("t.FoldLanes"+slot, a.fold(t.name))
			g.enter("t.AccumStrided"+slot, a.strided(t.name))
		}
	}
	for _, t := range elemTypes {
		a := &neonCombine{neonGenerator: g, combine: combines[0], elem: t.size, product: true}
		g.enter("t.AccumRowsMul["+t.goName+"]", a.rows(t.name))
		g.enter("t.AccumStridedMul["+t.goName+"]", a.strided(t.name))
	}
}

// apply is acc = acc ∘ x.
func (a *neonCombine) apply(arr neon.Arr, x, acc int) { a.V("f"+a.op, arr, acc, acc, x) }

// take accumulates the vector x, which is overwritten; for a product, y times it.
func (a *neonCombine) take(x, y, acc int) {
	if a.product {
		a.V("fmul", neon.Wide(a.elem), x, x, y)
	}
	a.apply(neon.Wide(a.elem), x, acc)
}

// lanes is the elements in a vector.
func (a *neonCombine) lanes() int { return 16 / a.elem }

// texts are the parts of a kernel's declaration: its name, its parameters with
// those that follow acc, and the Go expression of what is accumulated.
func (a *neonCombine) texts(kind, elemName, rest, index string) (name, params, element string) {
	parts, params, element := []string{kind, a.op}, "acc, src unsafe.Pointer, ", "src["+index+"]"
	if a.product {
		parts, params, element = append(parts, "mul"), "acc, a, b unsafe.Pointer, ", "a["+index+"]*b["+index+"]"
	}
	return a.name(append(parts, elemName)...), params + rest + " int", element
}

// sources loads the pointers to what is accumulated into R1 and, of a product, R2.
func (a *neonCombine) sources() {
	if !a.product {
		a.Arg("src", "R1")
		return
	}
	a.Arg("a", "R1")
	a.Arg("b", "R2")
}

// neonGroup is the vectors of accumulators that stay in registers: V0 to V15; what
// they take goes through V16 to V23 and, the second factors, V24 to V30.
const neonGroup = 16

// rows emits AccumRows: 16 rows at a time, which stay in the L1 cache, through one
// group of accumulators after the other.
func (a *neonCombine) rows(elemName string) string {
	name, params, element := a.texts("accumrows", elemName, "rows", "256*r+j")
	a.Func(name, params, "", 0, goLoop(name+" computes",
		"for r := range rows {", "\tfor j := range 256 {", "\t\tacc[j] = "+a.formulaOf("acc[j]", element), "\t}", "}")...)
	a.Arg("acc", "R0")
	a.sources()
	a.Arg("rows", "R4")
	row := kernels.TreeLanes * a.elem
	a.Label("chunk")
	a.Line("CMP $0, R4")
	a.Line("BLE done")
	a.Line("MOVD $%d, R5", chunkRows)
	a.Line("CMP R5, R4")
	a.Line("CSEL LT, R4, R5, R5")
	a.Line("MOVD $%d, R6", row/(16*neonGroup))
	a.Label("group")
	for i := range neonGroup {
		a.Load(16, neon.At("R0", 16*i), i)
	}
	a.Line("MOVD R1, R10")
	a.Line("MOVD R2, R11")
	a.Line("MOVD R5, R12")
	a.Label("rows")
	for i := range neonGroup {
		x, y := 16+i%7, 24+i%7
		a.Load(16, neon.At("R10", 16*i), x)
		if a.product {
			a.Load(16, neon.At("R11", 16*i), y)
		}
		a.take(x, y, i)
	}
	a.Line("ADD $%d, R10", row)
	a.Line("ADD $%d, R11", row)
	a.Line("SUBS $1, R12")
	a.Line("BNE rows")
	for i := range neonGroup {
		a.Store(16, i, neon.At("R0", 16*i))
	}
	for _, r := range []string{"R0", "R1", "R2"} {
		a.Line("ADD $%d, %s", 16*neonGroup, r)
	}
	a.Line("SUBS $1, R6")
	a.Line("BNE group")
	a.Line("SUB $%d, R0", row)
	a.Line("SUB R5, R4")
	a.Line("SUB $1, R5") // the pointers are one row on
	a.Line("MOVD $%d, R10", row)
	a.Line("MADD R10, R1, R5, R1")
	a.Line("MADD R10, R2, R5, R2")
	a.Line("B chunk")
	a.Label("done")
	a.Ret()
	return name
}

// fold emits FoldLanes: halves of vectors while there are several, then halves of
// the one that is left.
func (a *neonCombine) fold(elemName string) string {
	name := a.name("foldlanes", a.op, elemName)
	a.Func(name, "acc unsafe.Pointer", "", 0, goLoop(name+" computes",
		"for half := 128; half > 0; half /= 2 {", "\tfor j := range half {", "\t\tacc[j] = "+a.formulaOf("acc[j]", "acc[j+half]"), "\t}", "}")...)
	a.Arg("acc", "R0")
	a.foldVectors(0, 1, 0)
	if a.elem == 4 {
		a.VImm("dup", neon.D2, 1, 1, 0)
		a.apply(neon.S4, 1, 0)
	}
	a.VImm("dup", neon.Wide(a.elem), 1, 1, 0)
	a.apply(neon.Wide(a.elem), 1, 0)
	a.Store(a.elem, 0, neon.At("R0", 0))
	a.Ret()
	return name
}

// foldVectors leaves in register depth what the lanes of vector v have become when
// they are folded to the given number of vectors.
func (a *neonCombine) foldVectors(v, vectors, depth int) {
	if vectors == kernels.TreeLanes/a.lanes() {
		a.Load(16, neon.At("R0", 16*v), depth)
		return
	}
	a.foldVectors(v, 2*vectors, depth)
	a.foldVectors(v+vectors, 2*vectors, depth+1)
	a.apply(neon.Wide(a.elem), depth+1, depth)
}

// The rows that a pass of AccumStrided takes have a pointer each, and another for
// the second factor of a product.
var (
	stridedRows    = []string{"R10", "R11", "R12", "R13"}
	stridedFactors = []string{"R19", "R20", "R21", "R22"}
)

// strided emits AccumStrided: passes of 4 rows over acc while there are that many,
// then of 1; each goes through acc by 4 vectors, then by one, then by an element.
func (a *neonCombine) strided(elemName string) string {
	name, params, element := a.texts("accumstrided", elemName, "n, rows, stride", "r*stride+j")
	a.Func(name, params, "", 0, goLoop(name+" computes",
		"for r := range rows {", "\tfor j := range n {", "\t\tacc[j] = "+a.formulaOf("acc[j]", element), "\t}", "}")...)
	a.Arg("acc", "R0")
	a.sources()
	a.Arg("n", "R3")
	a.Arg("rows", "R4")
	a.Arg("stride", "R5")
	a.Line("LSL $%d, R5", map[int]int{4: 2, 8: 3}[a.elem])
	for _, rows := range []int{len(stridedRows), 1} {
		a.pass(rows)
	}
	a.Ret()
	return name
}

func (a *neonCombine) pass(rows int) {
	label := func(s string) string { return fmt.Sprintf("%s%d", s, rows) }
	a.Label(label("pass"))
	a.Line("CMP $%d, R4", rows)
	a.Line("BLT %s", label("end"))
	a.Line("MOVD R0, R14")
	a.Line("MOVD R3, R15")
	for r := range rows {
		a.Line("MOVD R1, %s", stridedRows[r])
		a.Line("ADD R5, R1")
		if a.product {
			a.Line("MOVD R2, %s", stridedFactors[r])
			a.Line("ADD R5, R2")
		}
	}
	for _, w := range []struct {
		name           string
		vectors, bytes int
	}{{"by4", 4, 16}, {"by1", 1, 16}, {"element", 1, a.elem}} {
		elements := w.vectors * w.bytes / a.elem
		a.Label(label(w.name))
		a.Line("CMP $%d, R15", elements)
		a.Line("BLT %s", label(w.name+"end"))
		for v := range w.vectors {
			a.Load(w.bytes, neon.At("R14", v*w.bytes), v)
		}
		for r := range rows {
			for v := range w.vectors {
				x, y := 16+(r+v)%7, 24+(r+v)%7
				a.LoadNext(w.bytes, stridedRows[r], x)
				if a.product {
					a.LoadNext(w.bytes, stridedFactors[r], y)
				}
				a.take(x, y, v)
			}
		}
		for v := range w.vectors {
			a.StoreNext(w.bytes, v, "R14")
		}
		a.Line("SUB $%d, R15", elements)
		a.Line("B %s", label(w.name))
		a.Label(label(w.name + "end"))
	}
	a.Line("SUB $%d, R4", rows)
	a.Line("B %s", label("pass"))
	a.Label(label("end"))
}
