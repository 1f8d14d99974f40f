package main

import (
	"github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// A loop over k takes thousands of cycles, in which it needs little of what the
// caches can bring. It asks them for what is needed next:
//
//   - the rows of C below the tile, where the next one is: they may come from memory,
//     and chains that start at c wait for them;
//   - in the last iterations the rows of the tile itself, which panels of A and B have
//     pushed out of L1, so that the stores at the end find them;
//   - B some iterations ahead. The first tile that uses a panel has it from L3, and what the
//     hardware guesses comes too late.
type prefetch struct {
	row, step   reg.GPVirtual // of C: what is asked for, and how far it is to the next
	turns, left reg.GPVirtual // iterations up to a change of these, and those after it; in place all, and none
}

// Distances ahead: of B in bytes, and of the tile's end in iterations, beside one for each row.
const (
	aheadB   = 2048
	aheadEnd = 2
	line     = 64
)

// startPrefetch sets out for the rows below the tile, one each iteration.
func (m *micro) startPrefetch(k reg.GPVirtual) {
	p := &m.ahead
	if m.variant == inPlace {
		p.turns = k
		return
	}
	p.row, p.step, p.turns, p.left = m.pointer(m.c), m.pointer(m.ldc), m.GP64(), m.pointer(k)
	for range m.acc {
		m.ADDQ(m.ldc, p.row)
	}
	m.MOVQ(operand.U32(uint32(len(m.acc))), p.turns)
	m.CMPQ(p.turns, k)
	m.CMOVQGT(k, p.turns)
	m.SUBQ(p.turns, p.left)
}

// aheadB asks for what the loop reads of B from address b on, later.
func (m *micro) aheadB(b reg.GPVirtual, bytes int) {
	switch m.variant {
	case packed:
		for at := 0; at < bytes; at += line {
			m.PREFETCHT0(operand.Mem{Base: b, Disp: aheadB + at})
		}
	case copying:
		m.copyB(b)
	}
}

// prefetchC asks for a row of C. Where lines begin elsewhere than tiles, the tile to the
// left has asked for the first.
func (m *micro) prefetchC() {
	for at := 0; at < m.vectors*m.VectorBytes(); at += line {
		m.PREFETCHT0(operand.Mem{Base: m.ahead.row, Disp: at + line - 1})
	}
	m.ADDQ(m.ahead.step, m.ahead.row)
}

// again closes the loop. When the rows below have been asked for, the same row is, which costs
// nothing, and at last those of the tile.
func (m *micro) again(label string) {
	p, end := &m.ahead, uint32(len(m.acc)+aheadEnd)
	if m.variant == inPlace {
		m.DECQ(p.turns)
		m.JNZ(operand.LabelRef(label + "loop"))
		return
	}
	m.prefetchC()
	m.DECQ(p.turns)
	m.JNZ(operand.LabelRef(label + "loop"))
	m.MOVQ(p.left, p.turns)
	m.SUBQ(operand.U8(uint8(end)), p.turns)
	m.JLE(operand.LabelRef(label + "last"))
	m.MOVQ(operand.U32(end), p.left)
	m.XORQ(p.step, p.step)
	m.JMP(operand.LabelRef(label + "loop"))

	m.Label(label + "last")
	m.MOVQ(p.left, p.turns)
	m.XORQ(p.left, p.left)
	m.MOVQ(m.c, p.row)
	m.MOVQ(m.ldc, p.step)
	m.TESTQ(p.turns, p.turns)
	m.JNZ(operand.LabelRef(label + "loop"))
}
