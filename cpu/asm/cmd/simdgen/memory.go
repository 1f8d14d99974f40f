package main

import (
	"fmt"

	"github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"

	"github.com/quern-go/quern/cpu/asm/internal/vec"
)

// transposes emits the transposition of one square tile of as many elements as
// a vector has lanes.
func (g *generator) transposes() {
	for _, elem := range []int{4, 8} {
		lanes := g.VectorBytes() / elem
		name := g.name(fmt.Sprintf("transpose%dx%d", lanes, lanes), fmt.Sprint(8*elem))
		g.Func(name, "func(dst unsafe.Pointer, dstStride int, src unsafe.Pointer, srcStride int)", goLoop(name+" computes",
			fmt.Sprintf("for r := range %d {", lanes), fmt.Sprintf("\tfor c := range %d {", lanes), "\t\tdst[r*dstStride+c] = src[c*srcStride+r]", "\t}", "}")...)
		g.transposeTile(elem, lanes)
		g.enter(fmt.Sprintf("t.Transpose[%d]", elem), fmt.Sprintf("tiled[%s](%d, %s)", map[int]string{4: "uint32", 8: "uint64"}[elem], lanes, name))
	}
}

// transposeTile loads rows of 128-bit blocks so that the blocks are already in
// their places: vector i of a group holds, in its 128-bit part q, block i of
// the row that part q of the result comes from. What is left is to transpose
// within the 128-bit parts.
func (g *generator) transposeTile(elem, lanes int) {
	dst, dstStride, src, srcStride := reg.RDI, reg.RDX, reg.RSI, reg.RCX
	g.Arg("dst", dst)
	g.Arg("dstStride", dstStride)
	g.Arg("src", src)
	g.Arg("srcStride", srcStride)
	shift := operand.U8(map[int]uint8{4: 2, 8: 3}[elem])
	g.Do("SHLQ", shift, dstStride)
	g.Do("SHLQ", shift, srcStride)

	perBlock, parts := 16/elem, g.VectorBytes()/16
	rows := g.strideTable(src, srcStride, lanes)
	for block := range parts { // elements block·perBlock … of each source row
		in := make([]reg.VecPhysical, perBlock)
		for i := range perBlock {
			in[i] = g.Vector(i)
			for q := range parts {
				m := rows(q*perBlock + i)
				m.Disp += 16 * block
				g.insertBlock(q, m, in[i])
			}
		}
		out := g.transposeParts(elem, in)
		for i, r := range out {
			g.Do("VMOVUPS", r, operand.Mem{Base: dst})
			if block*perBlock+i < lanes-1 {
				g.Do("ADDQ", dstStride, dst)
			}
		}
	}
	g.Ret()
}

// strideTable prepares registers so that the address of each of n rows is one
// memory operand.
func (g *generator) strideTable(base, stride reg.GPPhysical, n int) func(row int) operand.Mem {
	stride3 := reg.RAX
	bases := []reg.GPPhysical{base, reg.R8, reg.R9, reg.R10}[:(n+3)/4]
	g.Do("LEAQ", operand.Mem{Base: stride, Index: stride, Scale: 2}, stride3)
	for i := range bases[1:] {
		g.Do("LEAQ", operand.Mem{Base: bases[i], Index: stride, Scale: 4}, bases[i+1])
	}
	return func(row int) operand.Mem {
		m := operand.Mem{Base: bases[row/4]}
		switch row % 4 {
		case 1, 2:
			m.Index, m.Scale = stride, uint8(row%4)
		case 3:
			m.Index, m.Scale = stride3, 1
		}
		return m
	}
}

// insertBlock loads 16 bytes into part q of a vector; part 0 clears the others.
func (g *generator) insertBlock(q int, m operand.Mem, r reg.VecPhysical) {
	switch {
	case q == 0:
		g.Do("VMOVUPS", m, r.AsX())
	case g.ISA == vec.AVX2:
		g.Do("VINSERTF128", operand.U8(uint8(q)), m, r, r)
	default:
		g.Do("VINSERTF32X4", operand.U8(uint8(q)), m, r, r)
	}
}

// transposeParts transposes, within each 128-bit part, 4 vectors of 32-bit or 2
// of 64-bit elements. Vectors 8 to 15 are free.
func (g *generator) transposeParts(elem int, in []reg.VecPhysical) []reg.VecPhysical {
	v := func(i int) reg.VecPhysical { return g.Vector(8 + i) }
	if elem == 8 {
		g.Do("VUNPCKLPD", in[1], in[0], v(0))
		g.Do("VUNPCKHPD", in[1], in[0], v(1))
		return []reg.VecPhysical{v(0), v(1)}
	}
	g.Do("VUNPCKLPS", in[1], in[0], v(0)) // 00 10 01 11
	g.Do("VUNPCKHPS", in[1], in[0], v(1)) // 02 12 03 13
	g.Do("VUNPCKLPS", in[3], in[2], v(2))
	g.Do("VUNPCKHPS", in[3], in[2], v(3))
	g.Do("VUNPCKLPD", v(2), v(0), v(4))
	g.Do("VUNPCKHPD", v(2), v(0), v(5))
	g.Do("VUNPCKLPD", v(3), v(1), v(6))
	g.Do("VUNPCKHPD", v(3), v(1), v(7))
	return []reg.VecPhysical{v(4), v(5), v(6), v(7)}
}

// gathers emits Gather for AVX-512. AVX2's gathers are no faster than scalar
// loads, on some processors far slower.
func (g *generator) gathers() {
	if g.ISA != vec.AVX512 {
		return
	}
	for _, elem := range []int{4, 8} {
		name := g.name("gather", fmt.Sprint(8*elem))
		g.Func(name, "func(dst, src unsafe.Pointer, stride, n int)",
			goLoop(name+" computes, for |stride| < 1<<24,", "for i := range n {", "\tdst[i] = src[i*stride]", "}")...)
		g.gatherLoop(elem)
		g.enter(fmt.Sprintf("t.Gather[%d]", elem), fmt.Sprintf("gatherNear(%d, %s, %s, t.Gather[%d])", elem, g.nearbyGathers(elem), name, elem))
	}
}

// gatherLoop keeps the byte offsets of a vector's elements in 32-bit lanes. The
// instruction clears its mask, so there is a new one each time.
func (g *generator) gatherLoop(elem int) {
	dst, src, stride, n := reg.RDI, reg.RSI, reg.RDX, reg.RBX
	lanes := g.VectorBytes() / elem
	a := &accumulator{generator: g, elem: elem}
	var offsets, number reg.Register = reg.Z1, reg.Z2
	if elem == 8 {
		offsets, number = reg.Y1, reg.Y2
	}
	g.Arg("dst", dst)
	g.Arg("src", src)
	g.Arg("stride", stride)
	g.Arg("n", n)
	g.Do("SHLQ", operand.U8(map[int]uint8{4: 2, 8: 3}[elem]), stride)
	numbers := make([]uint64, 16)
	for i := range numbers {
		numbers[i] = uint64(i)
	}
	g.Do("VMOVUPS", g.Table("lanenumbers", 4, numbers), number)
	g.Do("VPBROADCASTD", stride.As32(), offsets)
	g.Do("VPMULLD", number, offsets, offsets)
	g.Do("IMUL3Q", operand.U8(uint8(lanes)), stride, stride)
	at := operand.Mem{Base: src, Index: offsets, Scale: 1}

	g.Label("loop")
	g.Do("CMPQ", n, imm(uint64(lanes)))
	g.Jump("JLT", "tail")
	g.Do("KXNORW", reg.K1, reg.K1, reg.K1)
	g.Do("VPGATHERD"+map[int]string{4: "D", 8: "Q"}[elem], at, reg.K1, reg.Z0)
	g.Do("VMOVUPS", reg.Z0, operand.Mem{Base: dst})
	g.Do("ADDQ", stride, src)
	g.Do("ADDQ", imm(uint64(g.VectorBytes())), dst)
	g.Do("SUBQ", imm(uint64(lanes)), n)
	g.Jump("JMP", "loop")
	g.Label("tail")
	g.Do("TESTQ", n, n)
	g.Jump("JLE", "done")
	mask := a.vectorMask(n, reg.Z0)
	g.Do("KMOVW", mask, reg.K1)
	g.Do("VPGATHERD"+map[int]string{4: "D", 8: "Q"}[elem], at, reg.K1, reg.Z0)
	a.storeMasked(reg.Z0, mask, operand.Mem{Base: dst})
	g.Label("done")
	g.Ret()
}

// streamVectors is the vectors a step of Stream moves.
const streamVectors = 4

// stream emits Stream and StreamFence. Bytes before the first aligned vector of
// dst and after the last are moved one by one.
func (g *generator) stream() {
	name := g.name("stream")
	g.Func(name, "func(dst, src unsafe.Pointer, n int)",
		goLoop(name+" computes, past the caches,", "for i := range n { // bytes", "\tdst[i] = src[i]", "}")...)
	dst, src, n, count := reg.RDI, reg.RSI, reg.RBX, reg.RCX
	vb := uint64(g.VectorBytes())
	g.Arg("dst", dst)
	g.Arg("src", src)
	g.Arg("n", n)
	g.Do("MOVQ", dst, count)
	g.Do("NEGQ", count)
	g.Do("ANDQ", imm(vb-1), count)
	g.Do("CMPQ", count, n)
	g.Do("CMOVQGT", n, count)
	g.Do("SUBQ", count, n)
	g.moveBytes("head", dst, src, count)
	for _, vectors := range []int{streamVectors, 1} {
		label := fmt.Sprintf("by%d", vectors)
		g.Label(label)
		g.Do("CMPQ", n, imm(uint64(vectors)*vb))
		g.Jump("JLT", label+"end")
		for i := range vectors {
			g.Do("VMOVUPS", operand.Mem{Base: src, Disp: i * int(vb)}, g.Vector(i))
		}
		for i := range vectors {
			g.Do("VMOVNTPS", g.Vector(i), operand.Mem{Base: dst, Disp: i * int(vb)})
		}
		g.Do("ADDQ", imm(uint64(vectors)*vb), src)
		g.Do("ADDQ", imm(uint64(vectors)*vb), dst)
		g.Do("SUBQ", imm(uint64(vectors)*vb), n)
		g.Jump("JMP", label)
		g.Label(label + "end")
	}
	g.moveBytes("tail", dst, src, n)
	g.Ret()
	g.enter("t.Stream", name)

	fence := g.name("streamfence")
	g.Func(fence, "func()", fence+" orders the stores of "+name+" before all later ones.")
	g.Do("SFENCE")
	g.Do("RET")
	g.enter("t.StreamFence", fence)
}

// prefetchLines is how many cache lines Prefetch asks for: more would wait for the
// line fill buffers of the L1 cache.
const prefetchLines = 32

// prefetch emits Prefetch.
func (g *generator) prefetch() {
	name := g.name("prefetch")
	g.Func(name, "func(p unsafe.Pointer, skip int)",
		fmt.Sprintf("%s asks for %d cache lines from skip bytes after p on.", name, prefetchLines))
	g.Arg("p", reg.RSI)
	g.Arg("skip", reg.RBX)
	g.Do("ADDQ", reg.RBX, reg.RSI)
	for i := range prefetchLines {
		g.Do("PREFETCHT0", operand.Mem{Base: reg.RSI, Disp: 64 * i})
	}
	g.Do("RET")
	g.enter("t.Prefetch", name)
}

// moveBytes moves count bytes, advancing the pointers.
func (g *generator) moveBytes(label string, dst, src, count reg.GPPhysical) {
	g.Label(label)
	g.Do("TESTQ", count, count)
	g.Jump("JLE", label+"end")
	g.Do("MOVB", operand.Mem{Base: src}, tmp.As8())
	g.Do("MOVB", tmp.As8(), operand.Mem{Base: dst})
	g.Do("INCQ", src)
	g.Do("INCQ", dst)
	g.Do("DECQ", count)
	g.Jump("JMP", label)
	g.Label(label + "end")
}
