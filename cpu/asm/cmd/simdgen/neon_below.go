package main

import "github.com/quern-go/quern/cpu/asm/internal/neon"

// searches emits FirstBelow.
func (g *neonGenerator) searches() {
	for _, t := range elemTypes {
		a := &neonCombine{neonGenerator: g, elem: t.size}
		g.enter("t.FirstBelow["+t.goName+"]", a.firstBelow(t.name))
	}
}

// firstBelow passes steps of four vectors, then of one, then of an element, while none
// is below the bound, which is in every lane of V0. It is where it ends, if at all.
func (a *neonCombine) firstBelow(elemName string) string {
	name := a.name("firstbelow", elemName)
	a.Func(name, "src, bound unsafe.Pointer, n int", "int", 0, goLoop(name+" computes",
		"for i := range n {", "\tif src[i] < bound[0] {", "\t\treturn i", "\t}", "}", "return n")...)
	arr := neon.Wide(a.elem)
	a.Arg("bound", "R0")
	a.Splat("R0", arr, 0)
	a.start()
	a.each("by4", 4*a.lanes(), func() {
		for v := range 4 {
			a.Load(16, neon.At("R1", 16*v), 1+v)
			a.V("fcmgt", arr, 1+v, 0, 1+v)
		}
		a.V("orr", neon.B16, 1, 1, 2)
		a.V("orr", neon.B16, 3, 3, 4)
		a.V("orr", neon.B16, 1, 1, 3)
		a.jumpIfAny("by4end")
	})
	a.each("by1", a.lanes(), func() {
		a.Load(16, neon.At("R1", 0), 1)
		a.V("fcmgt", arr, 1, 0, 1)
		a.jumpIfAny("by1end")
	})
	a.each("element", 1, func() {
		a.Splat("R1", arr, 1)
		a.V("fcmgt", arr, 1, 0, 1)
		a.jumpIfAny("elementend")
	})
	a.found()
	return name
}
