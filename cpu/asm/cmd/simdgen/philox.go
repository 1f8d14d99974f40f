package main

import (
	"fmt"
	"strings"

	"github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"

	"github.com/quern-go/quern/cpu/asm/internal/vec"
	"github.com/quern-go/quern/kernels"
)

// philoxWords is the constants that the kernel reads, 32 bytes of copies each:
// see philoxState in package simd, which has the same layout.
//
//	0          the first counter
//	1          round 1: the stream's high word with the key, into word 2
//	2, 3       round 2: what is the same for all counters, into words 0 and 2
//	4, 5 … 18, 19  rounds 3 to 10: keys of words 0 and 2
const philoxStride = 32

// philox emits the generator. A step makes as many counters as there are 32-bit
// lanes, in two groups: the even counters in the low halves of the 64-bit lanes
// of one vector, the odd ones in another. The high halves hold what is left of
// products, which nothing minds: multiplications read low halves only. A round is
//
//	p0, p1 = word0·M0, word2·M1
//	word0, word1, word2, word3 = high(p1)^word1^key0, low(p1), high(p0)^word3^key1, low(p0)
//
// so words 1 and 3 are the products as they are, and only high(p) takes an
// instruction, besides the multiplication and the exclusive or. In rounds 1 and
// 2 much is the same for all counters. The last round puts both groups together.
func (g *generator) philox() {
	name := g.name("philox")
	g.Func(name, "func(dst *[4]unsafe.Pointer, state unsafe.Pointer, n int)", goLoop(
		name+" writes the words of n > 0 counters that agree in all but the low word. It computes",
		"for i := range n {", "\tw := philox4x32(state, i)", "\tfor k := range dst {", "\t\tif dst[k] != nil {", "\t\t\tdst[k][i] = w[k]", "\t\t}", "\t}", "}")...)
	p := &philoxLoop{generator: g, state: reg.RSI, n: reg.RBX, dst: []reg.GPPhysical{reg.R8, reg.R9, reg.R10, reg.R11}}
	p.prologue()
	p.Label("loop")
	p.step()
	p.Do("CMPQ", p.n, imm(uint64(p.counters())))
	p.Jump("JLT", "partial")
	for k, r := range p.dst {
		label := fmt.Sprintf("skip%d", k)
		p.Do("TESTQ", r, r)
		p.Jump("JEQ", label)
		p.Do("VMOVUPS", p.out[k], operand.Mem{Base: r})
		p.Do("ADDQ", imm(uint64(p.VectorBytes())), r)
		p.Label(label)
	}
	p.Do("SUBQ", imm(uint64(p.counters())), p.n)
	p.Jump("JNE", "loop")
	p.Ret()
	p.Label("partial")
	a := &accumulator{generator: g, elem: 4}
	mask := a.vectorMask(p.n, p.Vector(8))
	for k, r := range p.dst {
		label := fmt.Sprintf("partial%d", k)
		p.Do("TESTQ", r, r)
		p.Jump("JEQ", label)
		a.storeMasked(p.out[k], mask, operand.Mem{Base: r})
		p.Label(label)
	}
	p.Ret()
	g.enter("t.Philox", fmt.Sprintf("philoxBlocks(%s)", strings.ToUpper(string(g.ISA))))
}

// philoxLoop is the kernel being emitted. Vectors 0 to 11 are the words and
// temporaries of both groups; then come the multipliers and the counters.
type philoxLoop struct {
	*generator
	state, n reg.GPPhysical
	dst      []reg.GPPhysical
	out      [4]reg.VecPhysical // the words of all counters, after a step
}

func (p *philoxLoop) counters() int { return p.VectorBytes() / 4 }

// The vectors that live through the loop.
const (
	philoxM0   = 12 + iota // multipliers
	philoxM1               //
	philoxEven             // counters
	philoxOdd              //
)

func (p *philoxLoop) prologue() {
	p.Arg("dst", tmp)
	for k, r := range p.dst {
		p.Do("MOVQ", operand.Mem{Base: tmp, Disp: 8 * k}, r)
	}
	p.Arg("state", p.state)
	p.Arg("n", p.n)
	numbers := make([]uint64, p.counters())
	for i := range numbers {
		numbers[i] = uint64(i &^ 1)
	}
	even, odd := p.Vector(philoxEven), p.Vector(philoxOdd)
	p.Do("VPBROADCASTD", p.constant(0), even)
	p.Do("VPADDD", p.Table("evennumbers", 4, numbers), even, even)
	p.splat(1, odd)
	p.Do("VPADDD", even, odd, odd)
	p.splat(kernels.PhiloxM0, p.Vector(philoxM0))
	p.splat(kernels.PhiloxM1, p.Vector(philoxM1))
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

// constant is word number i of the state.
func (p *philoxLoop) constant(i int) operand.Mem {
	return operand.Mem{Base: p.state, Disp: philoxStride * i}
}

// high brings the high halves down. Group 0 does so by a shift, group 1 by a
// shuffle: on AVX-512 they run on different ports.
func (p *philoxLoop) high(group int, x, d reg.VecPhysical) {
	if group == 0 {
		p.Do("VPSRLQ", operand.U8(32), x, d)
	} else {
		p.Do("VMOVSHDUP", x, d)
	}
}

// withConstant emits an instruction with a constant that stays in memory.
func (p *philoxLoop) withConstant(avx512, avx2 string, constant int, ops ...operand.Op) {
	if p.ISA == vec.AVX512 {
		p.Do(avx512+"_BCST", append([]operand.Op{p.constant(constant)}, ops...)...)
	} else {
		p.Do(avx2, append([]operand.Op{p.constant(constant)}, ops...)...)
	}
}

// xorConstant is d = x ^ the constant.
func (p *philoxLoop) xorConstant(constant int, x, d reg.VecPhysical) {
	p.withConstant("VPXORD", "VPXOR", constant, x, d)
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

// group is the vectors of a group: words 0 to 3, then two that are free.
type group [6]reg.VecPhysical

// step makes one block of words.
func (p *philoxLoop) step() {
	var groups [2]group
	for i, counter := range []reg.VecPhysical{p.Vector(philoxEven), p.Vector(philoxOdd)} {
		w := &groups[i]
		for k := range w {
			w[k] = p.Vector(6*i + k)
		}
		p.firstRounds(i, counter, w)
		p.advance(counter)
	}
	for round := 3; round < kernels.PhiloxRounds; round++ {
		for i := range groups {
			p.round(round, i, &groups[i])
		}
	}
	p.lastRound(groups[0], groups[1])
}

// advance moves a group's counters on.
func (p *philoxLoop) advance(counter reg.VecPhysical) {
	m := p.Splat(4, uint64(p.counters()))
	if p.ISA == vec.AVX512 {
		p.Do("VPADDD_BCST", m, counter, counter)
	} else {
		p.Do("VPADDD", m, counter, counter)
	}
}

// firstRounds is rounds 1 and 2, with one product each. Word 3 is then the same
// for all counters, and part of a constant of round 3.
func (p *philoxLoop) firstRounds(i int, counter reg.VecPhysical, w *group) {
	p.Do("VPMULUDQ", p.Vector(philoxM0), counter, w[3])
	p.high(i, w[3], w[2])
	p.xorConstant(1, w[2], w[2])
	p.Do("VPMULUDQ", p.Vector(philoxM1), w[2], w[1])
	p.high(i, w[1], w[0])
	p.xorConstant(2, w[0], w[0])
	p.xorConstant(3, w[3], w[2])
}

// key is the number of the constant of word 0 in a round from the third on; that
// of word 2 follows.
func key(round int) int { return 4 + 2*(round-3) }

func (p *philoxLoop) round(round, i int, w *group) {
	p0, p1 := w[4], w[5]
	p.Do("VPMULUDQ", p.Vector(philoxM0), w[0], p0)
	p.Do("VPMULUDQ", p.Vector(philoxM1), w[2], p1)
	p.high(i, p1, w[0])
	p.xor(key(round), w[1], w[0])
	p.high(i, p0, w[2])
	if round == 3 {
		p.xorConstant(key(round)+1, w[2], w[2])
	} else {
		p.xor(key(round)+1, w[3], w[2])
	}
	w[1], w[3], w[4], w[5] = p1, p0, w[1], w[3]
}

// lastRound leaves the words of all counters in p.out.
func (p *philoxLoop) lastRound(a, b group) {
	for _, w := range []*group{&a, &b} {
		p.Do("VPMULUDQ", p.Vector(philoxM0), w[0], w[4])
		p.Do("VPMULUDQ", p.Vector(philoxM1), w[2], w[5])
	}
	p.highs(a[5], b[5], a[0])
	p.lows(a[1], b[1], b[0])
	p.xor(key(kernels.PhiloxRounds), a[1], a[0])
	p.highs(a[4], b[4], a[2])
	p.lows(a[3], b[3], b[0])
	p.xor(key(kernels.PhiloxRounds)+1, a[3], a[2])
	p.lows(a[5], b[5], b[0])
	p.lows(a[4], b[4], b[0])
	p.out = [4]reg.VecPhysical{a[0], a[5], a[2], a[4]}
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
