package main

import (
	"fmt"
	"math"

	"github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"

	"github.com/quern-go/quern/cpu/asm/internal/vec"
	"github.com/quern-go/quern/kernels"
)

// What the kernel reads of a state, 32 bytes of copies each: see PhiloxState in
// package simd, which has the same layout.
//
//	0          round 1: the stream's high word with the key, into word 2
//	1, 2       round 2: what is the same for all counters, into words 0 and 2
//	3, 4 … 17, 18  rounds 3 to 10: keys of words 0 and 2
const philoxStride = 32

// philox emits the generator, and the same with its words made uniforms. A step
// makes one or two blocks of as many counters as there are 32-bit lanes, each in
// two groups: the even counters in the low halves of the 64-bit lanes of one
// vector, the odd ones in another. The high halves hold what is left of products,
// which nothing minds: multiplications read low halves only. A round is
//
//	p0, p1 = word0·M0, word2·M1
//	word0, word1, word2, word3 = high(p1)^word1^key0, low(p1), high(p0)^word3^key1, low(p0)
//
// so words 1 and 3 are the products as they are, and only high(p) takes an
// instruction, besides the multiplication and the exclusive or. In rounds 1 and
// 2 much is the same for all counters. The last round puts both groups together.
//
// # Floor, and what is reached
//
// With AVX-512, 16 counters (64 words) take 36 multiplications, 34 shifts or
// shuffles, 34 exclusive ors, 8 instructions that put the groups together and 2 for
// the counters: 114 of 512 bits, of which both Zen 4 and Sapphire Rapids do two a
// cycle: 57 cycles, and 63 for uniforms. Zen 4 takes 64 and 73. A round's products
// wait for those of the round before, some 6 cycles, so that two groups alone leave
// the units half idle (86 cycles); two blocks at a time keep them busy.
func (g *generator) philox() {
	for _, uniform := range []bool{false, true} {
		p := &philoxLoop{generator: g, uniform: uniform, state: reg.RSI, n: reg.RBX,
			dst: []reg.GPPhysical{reg.R8, reg.R9, reg.R10, reg.R11}, groups: make([]philoxGroup, 2)}
		if g.ISA == vec.AVX512 {
			p.groups = make([]philoxGroup, 4)
		}
		p.emit()
	}
	g.enter("t.Philox", fmt.Sprintf("philoxBlocks(%s)", g.name("philox")))
	g.enter("t.PhiloxUniform", fmt.Sprintf("philoxBlocks(%s)", g.name("philoxuniform")))
}

// philoxLoop is the kernel being emitted. The vectors of the groups come first,
// then the multipliers and the counters.
type philoxLoop struct {
	*generator
	uniform  bool // the words become uniforms
	state, n reg.GPPhysical
	dst      []reg.GPPhysical
	groups   []philoxGroup // of a step: even and odd counters of each block
}

// philoxGroup is the vectors of a group: words 0 to 3, then two that are free.
type philoxGroup [6]reg.VecPhysical

// counters is how many a block has.
func (p *philoxLoop) counters() int { return p.VectorBytes() / 4 }

// The vectors that live through the loop follow those of the groups.
const (
	philoxM0   = iota // multipliers
	philoxM1          //
	philoxEven        // counters
	philoxOdd         //
)

func (p *philoxLoop) lasting(i int) reg.VecPhysical {
	return p.Vector(len(philoxGroup{})*len(p.groups) + i)
}

func (p *philoxLoop) emit() {
	name, value := p.name("philox"), "w[k]"
	if p.uniform {
		name, value = p.name("philoxuniform"), "float32(w[k]>>8) * 0x1p-24"
	}
	p.Func(name, "func(dst *[4]unsafe.Pointer, state unsafe.Pointer, first, n, gap int)", goLoop(
		name+" makes n > 0 counters that agree in all but the low word, a multiple of 256 if gap is not 0. It computes",
		"for i := range n {", "\tw := philox4x32(state, uint32(first+i))", "\tfor k := range dst {", "\t\tif dst[k] != nil {",
		"\t\t\tdst[k][i+i/256*gap/4] = "+value, "\t\t}", "\t}", "}")...)
	p.prologue()
	p.Label("loop")
	p.step()
	for block := range len(p.groups) / 2 {
		p.store(block)
	}
	p.Jump("JMP", "loop")
	p.Label("done")
	p.Ret()
}

func (p *philoxLoop) prologue() {
	p.Arg("dst", tmp)
	for k, r := range p.dst {
		p.Do("MOVQ", operand.Mem{Base: tmp, Disp: 8 * k}, r)
	}
	p.Arg("state", p.state)
	p.Arg("n", p.n)
	p.Arg("first", tmp)
	for i := range p.groups {
		for k := range p.groups[i] {
			p.groups[i][k] = p.Vector(len(p.groups[i])*i + k)
		}
	}
	numbers := make([]uint64, p.counters())
	for i := range numbers {
		numbers[i] = uint64(i &^ 1)
	}
	even, odd := p.lasting(philoxEven), p.lasting(philoxOdd)
	if p.ISA == vec.AVX512 {
		p.Do("VPBROADCASTD", tmp.As32(), even)
	} else {
		p.Do("VMOVD", tmp.As32(), even.AsX())
		p.Do("VPBROADCASTD", even.AsX(), even)
	}
	p.Do("VPADDD", p.Table("evennumbers", 4, numbers), even, even)
	p.splat(1, odd)
	p.Do("VPADDD", even, odd, odd)
	p.splat(kernels.PhiloxM0, p.lasting(philoxM0))
	p.splat(kernels.PhiloxM1, p.lasting(philoxM1))
	if p.ISA == vec.AVX512 { // the odd 32-bit lanes
		p.Do("MOVL", operand.U32(0xaaaa), tmp.As32())
		p.Do("KMOVW", tmp.As32(), reg.K1)
	}
}

func (g *generator) splat(x uint64, r reg.Register) {
	op := "VBROADCASTSS"
	if g.ISA == vec.AVX2 {
		op = "VMOVUPS"
	}
	g.Do(op, g.Splat(4, x), r)
}

// store writes the words of a block, which the first of its groups holds, and
// leaves when those of n counters are written.
func (p *philoxLoop) store(block int) {
	label := func(name string, k int) string { return fmt.Sprintf("%s%d%d", name, block, k) }
	words := p.groups[2*block][:len(p.dst)]
	p.Do("CMPQ", p.n, imm(uint64(p.counters())))
	p.Jump("JLT", label("partial", 0))
	for k, r := range p.dst {
		p.Do("TESTQ", r, r)
		p.Jump("JEQ", label("skip", k))
		p.toUniform(words[k])
		p.Do("VMOVUPS", words[k], operand.Mem{Base: r})
		p.Do("ADDQ", imm(uint64(p.VectorBytes())), r)
		p.Label(label("skip", k))
	}
	p.Do("SUBQ", imm(uint64(p.counters())), p.n)
	p.Jump("JEQ", "done")
	if block == len(p.groups)/2-1 {
		p.leaveGap()
	}
	p.Jump("JMP", label("whole", 0))

	p.Label(label("partial", 0))
	a := &accumulator{generator: p.generator, elem: 4}
	mask := a.vectorMask(p.n, p.groups[2*block][4])
	for k, r := range p.dst {
		p.Do("TESTQ", r, r)
		p.Jump("JEQ", label("skippartial", k))
		p.toUniform(words[k])
		a.storeMasked(words[k], mask, operand.Mem{Base: r})
		p.Label(label("skippartial", k))
	}
	p.Ret()
	p.Label(label("whole", 0))
}

// leaveGap moves on where a multiple of 256 counters is left to be made.
func (p *philoxLoop) leaveGap() {
	p.Do("TESTQ", operand.U32(kernels.TreeLanes-1), p.n)
	p.Jump("JNE", "loop")
	p.Arg("gap", tmp)
	for k, r := range p.dst {
		label := fmt.Sprintf("nogap%d", k)
		p.Do("TESTQ", r, r)
		p.Jump("JEQ", label)
		p.Do("ADDQ", tmp, r)
		p.Label(label)
	}
}

// toUniform makes float32 uniforms of words: the top 24 bits × 2⁻²⁴.
func (p *philoxLoop) toUniform(x reg.VecPhysical) {
	if !p.uniform {
		return
	}
	p.Do("VPSRLD", operand.U8(8), x, x)
	p.Do("VCVTDQ2PS", x, x)
	scale := p.Splat(4, uint64(math.Float32bits(0x1p-24)))
	if p.ISA == vec.AVX512 {
		p.Do("VMULPS_BCST", scale, x, x)
	} else {
		p.Do("VMULPS", scale, x, x)
	}
}

// constant is word number i of the state.
func (p *philoxLoop) constant(i int) operand.Mem {
	return operand.Mem{Base: p.state, Disp: philoxStride * i}
}

// high brings the high halves down: groups of even counters by a shift, of odd
// ones by a shuffle, which on Intel's units run on different ports.
func (p *philoxLoop) high(group int, x, d reg.VecPhysical) {
	if group%2 == 0 {
		p.Do("VPSRLQ", operand.U8(32), x, d)
	} else {
		p.Do("VMOVSHDUP", x, d)
	}
}

// xorConstant is d = x ^ the constant, which stays in memory.
func (p *philoxLoop) xorConstant(constant int, x, d reg.VecPhysical) {
	if p.ISA == vec.AVX512 {
		p.Do("VPXORD_BCST", p.constant(constant), x, d)
		return
	}
	p.Do("VPXOR", p.constant(constant), x, d)
}

// xor is d = d ^ x ^ the constant.
func (p *philoxLoop) xor(constant int, x, d reg.VecPhysical) {
	if p.ISA == vec.AVX512 {
		p.Do("VPTERNLOGD_BCST", operand.U8(0x96), p.constant(constant), x, d)
		return
	}
	p.Do("VPXOR", x, d, d)
	p.xorConstant(constant, d, d)
}

// each calls f with every group of a step.
func (p *philoxLoop) each(f func(i int, w *philoxGroup)) {
	for i := range p.groups {
		f(i, &p.groups[i])
	}
}

// step makes the words of all groups.
func (p *philoxLoop) step() {
	p.firstRounds()
	for round := 3; round < kernels.PhiloxRounds; round++ {
		p.round(round)
	}
	for block := range len(p.groups) / 2 {
		p.lastRound(&p.groups[2*block], &p.groups[2*block+1])
	}
}

// increment is d = x + n, in all lanes.
func (p *philoxLoop) increment(n int, x, d reg.VecPhysical) {
	m := p.Splat(4, uint64(n))
	if p.ISA == vec.AVX512 {
		p.Do("VPADDD_BCST", m, x, d)
	} else {
		p.Do("VPADDD", m, x, d)
	}
}

// firstRounds is rounds 1 and 2, with one product each, and moves the counters on.
// Word 3 is then the same for all counters, and part of a constant of round 3.
func (p *philoxLoop) firstRounds() {
	counters := []reg.VecPhysical{p.lasting(philoxEven), p.lasting(philoxOdd)}
	p.each(func(i int, w *philoxGroup) {
		counter := counters[i%2]
		if i >= 2 {
			p.increment(i/2*p.counters(), counter, w[4])
			counter = w[4]
		}
		p.Do("VPMULUDQ", p.lasting(philoxM0), counter, w[3])
	})
	for _, counter := range counters {
		p.increment(len(p.groups)/2*p.counters(), counter, counter)
	}
	p.each(func(i int, w *philoxGroup) { p.high(i, w[3], w[2]) })
	p.each(func(_ int, w *philoxGroup) { p.xorConstant(0, w[2], w[2]) })
	p.each(func(_ int, w *philoxGroup) { p.Do("VPMULUDQ", p.lasting(philoxM1), w[2], w[1]) })
	p.each(func(_ int, w *philoxGroup) { p.xorConstant(2, w[3], w[2]) })
	p.each(func(i int, w *philoxGroup) { p.high(i, w[1], w[0]) })
	p.each(func(_ int, w *philoxGroup) { p.xorConstant(1, w[0], w[0]) })
}

// key is the number of the constant of word 0 in a round from the third on; that
// of word 2 follows.
func key(round int) int { return 3 + 2*(round-3) }

func (p *philoxLoop) round(round int) {
	p.each(func(i int, w *philoxGroup) {
		p.Do("VPMULUDQ", p.lasting(philoxM0), w[0], w[4])
		p.Do("VPMULUDQ", p.lasting(philoxM1), w[2], w[5])
		p.high(i, w[5], w[0])
		p.high(i, w[4], w[2])
		p.xor(key(round), w[1], w[0])
		if round == 3 {
			p.xorConstant(key(round)+1, w[2], w[2])
		} else {
			p.xor(key(round)+1, w[3], w[2])
		}
		w[1], w[3], w[4], w[5] = w[5], w[4], w[1], w[3]
	})
}

// lastRound leaves the words of all counters of two groups in the first.
func (p *philoxLoop) lastRound(a, b *philoxGroup) {
	for _, w := range []*philoxGroup{a, b} {
		p.Do("VPMULUDQ", p.lasting(philoxM0), w[0], w[4])
		p.Do("VPMULUDQ", p.lasting(philoxM1), w[2], w[5])
	}
	p.highs(a[5], b[5], a[0])
	p.lows(a[1], b[1], b[0])
	p.xor(key(kernels.PhiloxRounds), a[1], a[0])
	p.highs(a[4], b[4], a[2])
	p.lows(a[3], b[3], b[0])
	p.xor(key(kernels.PhiloxRounds)+1, a[3], a[2])
	p.lows(a[5], b[5], b[0])
	p.lows(a[4], b[4], b[0])
	a[1], a[3], a[4], a[5] = a[5], a[4], a[1], a[3]
}

// highs puts the high halves of a in the even lanes of d, those of b in the odd.
func (p *philoxLoop) highs(a, b, d reg.VecPhysical) {
	p.Do("VPSRLQ", operand.U8(32), a, d)
	if p.ISA == vec.AVX512 {
		p.Do("VPBLENDMD", b, d, reg.K1, d)
	} else {
		p.Do("VPBLENDD", operand.U8(0xaa), b, d, d)
	}
}

// lows puts the low halves of b in the odd lanes of a.
func (p *philoxLoop) lows(a, b, spare reg.VecPhysical) {
	if p.ISA == vec.AVX512 {
		p.Do("VMOVSLDUP", b, reg.K1, a)
		return
	}
	p.Do("VMOVSLDUP", b, spare)
	p.Do("VPBLENDD", operand.U8(0xaa), spare, a, a)
}
