package main

import (
	"fmt"
	"math"

	"github.com/quern-go/quern/cpu/asm/internal/neon"
	"github.com/quern-go/quern/kernels"
)

// neonPhilox is the kernel of the generator being emitted; see philox for how the
// rounds go. A step makes 8 counters, in two groups of 4: words 0 to 3 of group i are
// vectors 8·i to 8·i+3, its products the four after.
type neonPhilox struct {
	*neonGenerator
	uniform bool // the words become uniforms
}

const (
	philoxGroups  = 2
	philoxCounter = 26 // counters of the first group
	philoxFour    = 27 // 4 in every lane
	philoxKey     = 28 // a constant of a round
	philoxMul0    = 29 // multipliers
	philoxMul1    = 30
)

// philoxDst are the registers that point to where the words go.
var philoxDst = []string{"R10", "R11", "R12", "R13"}

func (g *neonGenerator) philox() {
	for _, uniform := range []bool{false, true} {
		p := &neonPhilox{g, uniform}
		field, kind, value := "t.Philox", "philox", "w[k]"
		if uniform {
			field, kind, value = "t.PhiloxUniform", "philoxuniform", "float32(w[k]>>8) * 0x1p-24"
		}
		name := g.name(kind)
		g.Func(name, "dst *[4]unsafe.Pointer, state unsafe.Pointer, first, n, gap int", "", 16+4*16*philoxGroups, goLoop(
			name+" makes n > 0 counters that agree in all but the low word, a multiple of 256 if gap is not 0. It computes",
			"for i := range n {", "\tw := philox4x32(state, uint32(first+i))", "\tfor k := range dst {", "\t\tif dst[k] != nil {",
			"\t\t\tdst[k][i+i/256*gap/4] = "+value, "\t\t}", "\t}", "}")...)
		p.emit()
		g.enter(field, "philoxBlocks("+name+")")
	}
}

func (p *neonPhilox) emit() {
	p.Arg("dst", "R0")
	for k, r := range philoxDst {
		p.Line("MOVD %d(R0), %s", 8*k, r)
	}
	p.Arg("state", "R1")
	p.Arg("first", "R2")
	p.Arg("n", "R4")
	p.Arg("gap", "R6")
	p.Line("ADD $16, RSP, %s", neon.FrameReg)
	p.UsePool()
	p.Constant(4, kernels.PhiloxM0, philoxMul0)
	p.Constant(4, kernels.PhiloxM1, philoxMul1)
	p.Constant(4, 4, philoxFour)
	p.Line("VDUP R2, V%d.S4", philoxCounter)
	p.Line("MOVD $0x100000000, R2") // 0, 1, 2, 3
	p.Line("MOVD $0x300000002, R3")
	p.Line("FMOVD R2, F0")
	p.Line("VMOV R3, V0.D[1]")
	p.V("add", neon.S4, philoxCounter, philoxCounter, 0)

	p.Label("loop")
	p.rounds()
	p.Line("CMP $%d, R4", 4*philoxGroups)
	p.Line("BLT partial")
	for k, r := range philoxDst {
		p.Line("CBZ %s, skip%d", r, k)
		for i := range philoxGroups {
			p.StoreNext(16, 8*i+k, r)
		}
		p.Label(fmt.Sprintf("skip%d", k))
	}
	p.Line("SUBS $%d, R4", 4*philoxGroups)
	p.Line("BEQ done")
	p.Line("TST $%d, R4", kernels.TreeLanes-1)
	p.Line("BNE loop")
	for k, r := range philoxDst {
		p.Line("CBZ %s, nogap%d", r, k)
		p.Line("ADD R6, %s", r)
		p.Label(fmt.Sprintf("nogap%d", k))
	}
	p.Line("B loop")
	p.Label("done")
	p.Ret()
	p.partial()
}

// partial stores the words of R4 counters, fewer than a step's: through the stack.
func (p *neonPhilox) partial() {
	p.Label("partial")
	for k, r := range philoxDst {
		p.Line("CBZ %s, skippartial%d", r, k)
		for i := range philoxGroups {
			p.Store(16, 8*i+k, neon.At(neon.FrameReg, 16*i))
		}
		p.Line("MOVD %s, R2", neon.FrameReg)
		p.Line("MOVD R4, R3")
		p.Label(fmt.Sprintf("word%d", k))
		p.Line("MOVWU.P 4(R2), R5")
		p.Line("MOVW.P R5, 4(%s)", r)
		p.Line("SUBS $1, R3")
		p.Line("BNE word%d", k)
		p.Label(fmt.Sprintf("skippartial%d", k))
	}
	p.Ret()
}

// constant loads word number i of the state.
func (p *neonPhilox) constant(i int) { p.Load(16, neon.At("R1", philoxStride*i), philoxKey) }

// each calls f with the first vector of every group of a step.
func (p *neonPhilox) each(f func(w int)) {
	for i := range philoxGroups {
		f(8 * i)
	}
}

// multiply makes the double-width products of a word: two vectors from d on.
func (p *neonPhilox) multiply(x, multiplier, d int) {
	p.V("umull", neon.D2, d, x, multiplier)
	p.V("umull2", neon.D2, d+1, x, multiplier)
}

// high and low take the halves of products.
func (p *neonPhilox) high(x, d int) { p.V("uzp2", neon.S4, d, x, x+1) }
func (p *neonPhilox) low(x, d int)  { p.V("uzp1", neon.S4, d, x, x+1) }

func (p *neonPhilox) xor(x, d int) { p.V("eor", neon.B16, d, d, x) }

func (p *neonPhilox) rounds() {
	p.each(func(w int) { // round 1: words 0 and 1 come out the same for all
		p.multiply(philoxCounter, philoxMul0, w+4)
		p.V("add", neon.S4, philoxCounter, philoxCounter, philoxFour)
	})
	p.constant(0)
	p.each(func(w int) {
		p.high(w+4, w+2)
		p.xor(philoxKey, w+2)
		p.low(w+4, w+3)
	})
	p.constant(1)
	p.each(func(w int) { // round 2: so does word 3
		p.multiply(w+2, philoxMul1, w+6)
		p.high(w+6, w)
		p.xor(philoxKey, w)
		p.low(w+6, w+1)
	})
	p.constant(2)
	p.each(func(w int) { p.V("eor", neon.B16, w+2, w+3, philoxKey) })
	for round := 3; round <= kernels.PhiloxRounds; round++ {
		p.round(round)
	}
	if p.uniform {
		p.Constant(4, uint64(math.Float32bits(0x1p-24)), philoxKey)
		p.each(func(w int) {
			for k := range philoxDst {
				p.VImm("ushr", neon.S4, 8, w+k, w+k)
				p.V("ucvtf", neon.S4, w+k, w+k)
				p.V("fmul", neon.S4, w+k, w+k, philoxKey)
			}
		})
	}
}

func (p *neonPhilox) round(round int) {
	p.each(func(w int) {
		p.multiply(w, philoxMul0, w+4)
		p.multiply(w+2, philoxMul1, w+6)
	})
	p.constant(key(round))
	p.each(func(w int) {
		p.high(w+6, w)
		p.xor(w+1, w)
		p.xor(philoxKey, w)
		p.low(w+6, w+1)
	})
	p.constant(key(round) + 1)
	p.each(func(w int) {
		p.high(w+4, w+2)
		if round > 3 {
			p.xor(w+3, w+2)
		}
		p.xor(philoxKey, w+2)
		p.low(w+4, w+3)
	})
}
