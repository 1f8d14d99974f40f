package main

import (
	"fmt"

	"github.com/quern-go/quern/cpu/asm/internal/neon"
)

// positions emits ArgMin and ArgMax, in two passes: the first finds the extreme
// value, which is NaN if there is one, the second the first element that is it. −0
// equals +0 there.
func (g *neonGenerator) positions() {
	for _, t := range elemTypes {
		for i, op := range []string{"min", "max"} {
			a := &neonCombine{neonGenerator: g, combine: combine{op: op}, elem: t.size}
			inf := map[int]uint64{4: 0x7f800000, 8: 0x7ff0000000000000}[t.size]
			worst := inf | uint64(i)<<(8*t.size-1)
			g.enter(fmt.Sprintf("t.Arg%s[%s]", []string{"Min", "Max"}[i], t.goName), a.position(t.name, worst))
		}
	}
}

// position emits a kernel: R1 is where it is, R4 the elements left.
func (a *neonCombine) position(elemName string, worst uint64) string {
	name := a.name("arg"+a.op, elemName)
	sign := map[string]string{"min": "<", "max": ">"}[a.op]
	a.Func(name, "src unsafe.Pointer, n int", "int", 0, goLoop(name+" computes", "best := 0", "for i := range n {",
		"\tif isNaN(src[i]) {", "\t\treturn i", "\t}", "\tif src[i] "+sign+" src[best] {", "\t\tbest = i", "\t}", "}", "return best")...)
	arr := neon.Wide(a.elem)
	a.start()
	a.UsePool()
	for v := range 4 {
		a.Constant(a.elem, worst, v)
	}
	a.each("by4", 4*a.lanes(), func() {
		for v := range 4 {
			a.Load(16, neon.At("R1", 16*v), 4+v)
			a.apply(arr, 4+v, v)
		}
	})
	a.each("element", 1, func() {
		a.Splat("R1", arr, 4)
		a.apply(arr, 4, 0)
	})
	a.apply(arr, 1, 0)
	a.apply(arr, 3, 2)
	a.apply(arr, 2, 0)
	for lane := range a.lanes() {
		a.VImm("dup", arr, lane, 1+lane, 0)
	}
	for lane := range a.lanes() {
		a.apply(arr, 1+lane, 0)
	}
	a.start()
	compare := map[int]string{4: "FCMPS", 8: "FCMPD"}[a.elem]
	a.Line("%s F0, F0", compare)
	a.Line("BVS hasnan")
	a.search("number", func() { a.V("fcmeq", arr, 1, 1, 0) }, fmt.Sprintf("%s F0, F1", compare), "BEQ")
	a.Label("hasnan")
	a.search("nan", func() {
		a.V("fcmeq", arr, 1, 1, 1)
		a.V("orn", neon.B16, 1, 2, 1) // V2 is 0: the complement
	}, fmt.Sprintf("%s F1, F1", compare), "BVS")
	return name
}

// start goes to the first element.
func (a *neonCombine) start() {
	a.Arg("src", "R1")
	a.Arg("n", "R4")
}

// each emits a loop over steps of elements while there are as many.
func (a *neonCombine) each(label string, step int, body func()) {
	a.Label(label)
	a.Line("CMP $%d, R4", step)
	a.Line("BLT %send", label)
	body()
	a.Line("ADD $%d, R1", step*a.elem)
	a.Line("SUB $%d, R4", step)
	a.Line("B %s", label)
	a.Label(label + "end")
}

// search returns the position of the first element wanted, which there is: match
// makes a mask of a vector in V1, and compare and branch take the one in F1.
func (a *neonCombine) search(label string, match func(), compare, branch string) {
	a.V("eor", neon.B16, 2, 2, 2)
	a.each(label, a.lanes(), func() {
		a.Load(16, neon.At("R1", 0), 1)
		match()
		a.jumpIfAny(label + "end")
	})
	a.Label(label + "one")
	a.Load(a.elem, neon.At("R1", 0), 1)
	a.Line("%s", compare)
	a.Line("%s %sfound", branch, label)
	a.Line("ADD $%d, R1", a.elem)
	a.Line("B %sone", label)
	a.Label(label + "found")
	a.found()
}

// jumpIfAny jumps if a mask, V1, is set in some lane.
func (a *neonCombine) jumpIfAny(label string) {
	a.V("umaxp", neon.B16, 1, 1, 1)
	a.Line("FMOVD F1, R10")
	a.Line("CBNZ R10, %s", label)
}

// found returns the position of what is at R1.
func (a *neonCombine) found() {
	a.Arg("src", "R10")
	a.Line("SUB R10, R1")
	a.Line("LSR $%d, R1", map[int]int{4: 2, 8: 3}[a.elem])
	a.Result("R1")
	a.Ret()
}
