package main

import (
	"github.com/quern-go/quern/cpu/asm/internal/vcode"
	"github.com/quern-go/quern/cpu/asm/internal/x86"
	"github.com/quern-go/quern/kernels"
)

// philoxCode appends the generator to a code for AVX-512: one block of 16 counters, in
// two groups as philoxLoop has them, with the same instructions, but over virtual
// registers, so that they can be mixed with others.
type philoxCode struct{ *vcode.Code }

// counters appends what makes the counters of all blocks of those of the first: of each
// the even and the odd ones.
func (c philoxCode) counters(blocks int, even, odd vcode.Val) []vcode.Val {
	list := []vcode.Val{even, odd}
	for n := 1; n < blocks; n++ {
		list = append(list, c.increment(n*c.Lanes, even), c.increment(n*c.Lanes, odd))
	}
	return list
}

// words appends what makes the words of counters: for each two groups, of even and of odd
// ones, word 0, 1, 2 and 3.
func (c philoxCode) words(counters []vcode.Val) (words []vcode.Val) {
	w := c.allButOne(counters)
	for i := 0; i < len(w); i += 2 {
		last := c.lastRound(w[i], w[i+1])
		words = append(words, last[:]...)
	}
	return words
}

// rounds appends all rounds. The words of each group are in the low halves of 64-bit lanes.
func (c philoxCode) rounds(counters []vcode.Val) [][4]vcode.Val {
	w := c.allButOne(counters)
	for i := range w {
		w[i] = c.round(kernels.PhiloxRounds, i, w[i])
	}
	return w
}

// allButOne appends all rounds but the last.
func (c philoxCode) allButOne(counters []vcode.Val) [][4]vcode.Val {
	w := make([][4]vcode.Val, len(counters))
	each := func(f func(i int)) {
		for i := range w {
			f(i)
		}
	}
	each(func(i int) { w[i][3] = c.product(kernels.PhiloxM0, counters[i]) })
	each(func(i int) { w[i][2] = c.high(i, w[i][3]) })
	each(func(i int) { w[i][2] = c.xorConstant(0, w[i][2]) })
	each(func(i int) { w[i][1] = c.product(kernels.PhiloxM1, w[i][2]) })
	each(func(i int) { w[i][2] = c.xorConstant(2, w[i][3]) })
	each(func(i int) { w[i][0] = c.high(i, w[i][1]) })
	each(func(i int) { w[i][0] = c.xorConstant(1, w[i][0]) })
	for round := 3; round < kernels.PhiloxRounds; round++ {
		each(func(i int) { w[i] = c.round(round, i, w[i]) })
	}
	return w
}

func (c philoxCode) round(round, group int, w [4]vcode.Val) [4]vcode.Val {
	p0, p1 := c.product(kernels.PhiloxM0, w[0]), c.product(kernels.PhiloxM1, w[2])
	first := c.xor(key(round), w[1], c.high(group, p1))
	second := c.high(group, p0)
	if round == 3 { // word 3 is part of the constant
		second = c.xorConstant(key(round)+1, second)
	} else {
		second = c.xor(key(round)+1, w[3], second)
	}
	return [4]vcode.Val{first, p1, second, p0}
}

// lastRound puts the words of both groups together.
func (c philoxCode) lastRound(a, b [4]vcode.Val) [4]vcode.Val {
	a0, a1 := c.product(kernels.PhiloxM0, a[0]), c.product(kernels.PhiloxM1, a[2])
	b0, b1 := c.product(kernels.PhiloxM0, b[0]), c.product(kernels.PhiloxM1, b[2])
	last := key(kernels.PhiloxRounds)
	return [4]vcode.Val{
		c.xor(last, c.lows(a[1], b[1]), c.highs(a1, b1)), c.lows(a1, b1),
		c.xor(last+1, c.lows(a[3], b[3]), c.highs(a0, b0)), c.lows(a0, b0),
	}
}

// increment is x + n, in all lanes.
func (c philoxCode) increment(n int, x vcode.Val) vcode.Val {
	return c.Add(x.Bytes, vcode.Instr{Op: "VPADDD", Imm: -1, Src: []vcode.Val{c.Splat(4, uint64(n)), x}, Fold: true, Elem: 4})
}

// product is that of the low halves of 64-bit lanes with a constant.
func (c philoxCode) product(m uint64, x vcode.Val) vcode.Val {
	return c.times(c.Splat(8, m).As(x.Bytes), x)
}

// times is the product of the low halves of 64-bit lanes.
func (c philoxCode) times(x, y vcode.Val) vcode.Val {
	return c.Add(y.Bytes, vcode.Instr{Op: "VPMULUDQ", Imm: -1, Src: []vcode.Val{x, y}, Fold: true, Elem: 8})
}

// high brings the high halves down: see philoxLoop.
func (c philoxCode) high(group int, x vcode.Val) vcode.Val {
	if group%2 == 0 {
		return c.Add(x.Bytes, vcode.Instr{Op: "VPSRLQ", Imm: 32, Src: []vcode.Val{x}})
	}
	return c.Add(x.Bytes, vcode.Instr{Op: "VMOVSHDUP", Imm: -1, Src: []vcode.Val{x}})
}

// xorConstant is x ^ the state's constant.
func (c philoxCode) xorConstant(constant int, x vcode.Val) vcode.Val {
	return c.Add(x.Bytes, vcode.Instr{Form: x86.Pointed, Op: "VPXORD", Imm: -1, At: philoxStride * constant, Src: []vcode.Val{x}})
}

// xor is x ^ y ^ the state's constant.
func (c philoxCode) xor(constant int, x, y vcode.Val) vcode.Val {
	return c.Add(x.Bytes, vcode.Instr{Form: x86.Pointed, Op: "VPTERNLOGD", Imm: 0x96, At: philoxStride * constant, Src: []vcode.Val{x}, Tied: y})
}

// highs has the high halves of a in the even lanes, those of b in the odd.
func (c philoxCode) highs(a, b vcode.Val) vcode.Val {
	return c.Add(a.Bytes, vcode.Instr{Form: x86.OddLanes, Op: "VPBLENDMD", Imm: -1, Src: []vcode.Val{b, c.high(0, a)}})
}

// lows has the low halves of a in the even lanes, those of b in the odd.
func (c philoxCode) lows(a, b vcode.Val) vcode.Val {
	return c.Add(a.Bytes, vcode.Instr{Form: x86.OddLanes, Op: "VMOVSLDUP", Imm: -1, Src: []vcode.Val{b}, Tied: a})
}
