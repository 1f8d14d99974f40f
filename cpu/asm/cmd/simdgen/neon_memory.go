package main

import (
	"fmt"

	"github.com/quern-go/quern/cpu/asm/internal/neon"
)

// memory emits the transposition of a square tile, which is 8 elements of 32 bits
// wide or 4 of 64, and Prefetch.
func (g *neonGenerator) memory() {
	for _, t := range []struct {
		elem, side int
		goType     string
	}{{4, 8, "uint32"}, {8, 4, "uint64"}} {
		name := g.name(fmt.Sprintf("transpose%dx%d", t.side, t.side), fmt.Sprint(8*t.elem))
		g.Func(name, "dst unsafe.Pointer, dstStride int, src unsafe.Pointer, srcStride int", "", 0, goLoop(name+" computes",
			fmt.Sprintf("for r := range %d {", t.side), fmt.Sprintf("\tfor c := range %d {", t.side), "\t\tdst[r*dstStride+c] = src[c*srcStride+r]", "\t}", "}")...)
		g.transposeTile(t.elem, t.side)
		g.enter(fmt.Sprintf("t.Transpose[%d]", t.elem), fmt.Sprintf("tiled[%s](%d, %s)", t.goType, t.side, name))
	}
	name := g.name("prefetch")
	g.Func(name, "p unsafe.Pointer, skip int", "", 0, fmt.Sprintf("%s asks for %d cache lines from skip bytes after p on.", name, prefetchLines))
	g.Arg("p", "R0")
	g.Arg("skip", "R1")
	g.Line("ADD R1, R0")
	for range prefetchLines {
		g.Line("PRFM (R0), PLDL1KEEP")
		g.Line("ADD $64, R0")
	}
	g.Ret()
	g.enter("t.Prefetch", name)
}

// transposeFree is the first vector that no row of a tile is in.
const transposeFree = 16

// transposeTile takes the source by blocks of as many rows and columns as a vector
// has elements.
func (g *neonGenerator) transposeTile(elem, side int) {
	g.Arg("dst", "R0")
	g.Arg("dstStride", "R1")
	g.Arg("src", "R2")
	g.Arg("srcStride", "R3")
	shift := map[int]int{4: 2, 8: 3}[elem]
	g.Line("LSL $%d, R1", shift)
	g.Line("LSL $%d, R3", shift)
	lanes := 16 / elem
	for across := 0; across < side; across += lanes { // columns of dst
		g.Line("MOVD R0, R10")
		for i := range lanes { // their elements: rows of src, in registers
			for v := range side / lanes {
				g.Load(16, neon.At("R2", 16*v), lanes*v+i)
			}
			g.Line("ADD R3, R2")
		}
		for v := range side / lanes {
			for _, r := range g.Transpose(elem, lanes*v, transposeFree) {
				g.Store(16, r, neon.At("R10", across*elem))
				g.Line("ADD R1, R10")
			}
		}
	}
	g.Ret()
}
