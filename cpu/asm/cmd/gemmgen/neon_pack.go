package main

import (
	"fmt"

	"github.com/quern-go/quern/cpu/asm/internal/neon"
	"github.com/quern-go/quern/cpu/asm/internal/vec"
)

// neonPack writes the packing kernels of one element type.
type neonPack struct {
	*neon.Asm
	vec.Target
}

func (p *neonPack) lanes() int { return 16 / p.Elem }

func (p *neonPack) transposeName() string { return p.Letter() + "packtrans_" + neonISA }

func (p *neonPack) copyName(width int) string {
	return fmt.Sprintf("%spackcopy%d_%s", p.Letter(), width, neonISA)
}

// begin starts a kernel: R0 and R1 are dst and its stride in bytes, R2 and R3 those of
// src, R4 is the number of rows or columns, R5 that of elements along k.
func (p *neonPack) begin(name, across string, doc []string) {
	p.Func(name, fmt.Sprintf("dst *%[1]s, ds int, src *%[1]s, ss int, %s, k int", p.GoType(), across), "", 0, doc...)
	for i, arg := range []string{"dst", "ds", "src", "ss", across, "k"} {
		p.Arg(arg, fmt.Sprintf("R%d", i))
	}
	shift := map[int]int{4: 2, 8: 3}[p.Elem]
	p.Line("LSL $%d, R1", shift)
	p.Line("LSL $%d, R3", shift)
}

// transpose emits the packing of a source whose k runs along memory: as many rows
// as a vector has elements, of which those that are missing are copies of others.
func (p *neonPack) transpose() {
	lanes, name := p.lanes(), p.transposeName()
	p.begin(name, "rows", []string{
		fmt.Sprintf("%s interleaves 1 ≤ rows ≤ %d rows of k ≥ 1 elements; lanes that have no row hold", name, lanes),
		"anything:",
		"",
		"\tfor p := range k {",
		"\t\tfor i := range rows {",
		"\t\t\tdst[p*ds+i] = src[i*ss+p]",
		"\t\t}",
		"\t}",
	})
	row := func(i int) string { return fmt.Sprintf("R%d", 10+i) }
	p.Line("MOVD R2, %s", row(0))
	for i := 1; i < lanes; i++ {
		p.Line("ADD R3, %s, %s", row(i-1), row(i))
		p.Line("CMP $%d, R4", i)
		p.Line("CSEL GT, %s, %s, %s", row(i), row(i-1), row(i))
	}
	p.Label("block")
	p.Line("CMP $%d, R5", lanes)
	p.Line("BLT rest")
	for i := range lanes {
		p.LoadNext(16, row(i), i)
	}
	for _, v := range p.transposed() {
		p.storeRow(v)
	}
	p.Line("SUB $%d, R5", lanes)
	p.Line("B block")
	p.Label("rest")
	p.Line("CBZ R5, done")
	for i := range lanes {
		p.LoadNext(p.Elem, row(i), i)
	}
	p.storeRow(p.transposed()[0])
	p.Line("SUB $1, R5")
	p.Line("B rest")
	p.Label("done")
	p.Ret()
}

// storeRow stores a vector and goes to the next row of the panel.
func (p *neonPack) storeRow(v int) {
	p.Store(16, v, neon.At("R0", 0))
	p.Line("ADD R1, R0")
}

// transposed transposes the first vectors, as many as they have elements.
func (p *neonPack) transposed() []int { return p.Transpose(p.Elem, 0, 16) }

// copy emits the packing of a source whose columns run along memory, into panel rows
// of the given width.
func (p *neonPack) copy(width int) {
	name, bytes := p.copyName(width), width*p.Elem
	p.begin(name, "cols", []string{
		fmt.Sprintf("%s copies k ≥ 1 rows of 1 ≤ cols ≤ %d elements:", name, width),
		"",
		"\tfor p := range k {",
		"\t\tfor j := range cols {",
		"\t\t\tdst[p*ds+j] = src[p*ss+j]",
		"\t\t}",
		"\t}",
	})
	p.Line("CMP $%d, R4", width)
	p.Line("BLT narrow")
	p.Label("row")
	for at := 0; at < bytes; at += 16 {
		p.Load(16, neon.At("R2", at), at/16)
	}
	for at := 0; at < bytes; at += 16 {
		p.Store(16, at/16, neon.At("R0", at))
	}
	p.nextRow("row")
	p.Label("narrow")
	p.Line("MOVD R0, R10")
	p.Line("MOVD R2, R11")
	p.Line("MOVD R4, R12")
	p.Label("element")
	p.LoadNext(p.Elem, "R11", 0)
	p.StoreNext(p.Elem, 0, "R10")
	p.Line("SUBS $1, R12")
	p.Line("BNE element")
	p.nextRow("narrow")
}

// nextRow repeats from a label while there are rows.
func (p *neonPack) nextRow(label string) {
	p.Line("ADD R3, R2")
	p.Line("ADD R1, R0")
	p.Line("SUBS $1, R5")
	p.Line("BNE %s", label)
	p.Ret()
}
