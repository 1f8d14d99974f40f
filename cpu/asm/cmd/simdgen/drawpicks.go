package main

import (
	"fmt"

	"github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"

	"github.com/quern-go/quern/cpu/asm/internal/vcode"
	"github.com/quern-go/quern/cpu/asm/internal/vec"
)

// drawPicks emits the kernels that read elements at random positions, as a bootstrap
// does: a step makes positions of the words of 32 counters, and between its
// instructions, which are all of vectors, stand those that copy the elements at the
// positions of the step before, which are all of general registers.
//
// # Floor, and what is reached
//
// 128 draws take 252 instructions of 512 bits, two a cycle on Zen 4: 16 cycles for 16
// draws. Beside them pass 7 instructions for two draws (14 cycles, six a cycle with the
// others) and 16 stores, one a cycle; all addresses, three a cycle, take 17. Reached are 23.
// Of an array that exceeds the L1 cache most draws bring a line of 64 bytes from L2,
// two cycles each: 22 cycles for 16 draws of 10,000 float64, of which 30 are reached.
func (g *generator) drawPicks() error {
	if g.ISA != vec.AVX512 {
		return nil
	}
	for _, elem := range []int{4, 8} {
		d := &drawLoop{generator: g, results: 4, blocks: 2, dst: []reg.GPPhysical{reg.RDI, reg.R8, reg.R12, reg.R13}, n: reg.RBX}
		l := &pickDrawLoop{drawLoop: d, elem: elem, src: reg.R15}
		if err := l.emit(); err != nil {
			return fmt.Errorf("picks of %d bytes: %w", elem, err)
		}
		g.enter(fmt.Sprintf("t.DrawPick[%d]", elem), fmt.Sprintf("drawBlocks(%d, %s)", 8*elem, l.kernelName()))
	}
	return nil
}

type pickDrawLoop struct {
	*drawLoop
	elem      int // bytes
	src       reg.GPPhysical
	program   *vcode.Program // from counters to positions and the next counters
	positions int            // the first slot of those of the step before
}

func (l *pickDrawLoop) kernelName() string { return l.name("drawpick", fmt.Sprint(8*l.elem)) }

// vectors is how many a step has of positions: words 0 to 3 of each block in turn.
func (l *pickDrawLoop) vectors() int { return l.results * l.blocks }

func (l *pickDrawLoop) compile() error {
	c := vcode.NewCode(l.Asm, l.lanes())
	p, bound := philoxCode{c}, c.Pinned(4)
	even, odd := c.Input(4), c.Input(4)
	counters := p.counters(l.blocks, even, odd)
	w := p.rounds(counters)
	for i := 0; i < len(w); i += 2 {
		for word := range w[i] {
			c.Outputs = append(c.Outputs, p.highs(p.times(bound, w[i][word]), p.times(bound, w[i+1][word])))
		}
	}
	c.Outputs = append(c.Outputs, p.increment(l.counters(), even), p.increment(l.counters(), odd))
	home, err := vcode.Homes(c)
	if err != nil {
		return err
	}
	l.home = home
	if l.program, err = c.Allocate(home); err != nil {
		return err
	}
	l.positions = l.program.Slots
	l.program.Slots += l.vectors()
	return nil
}

func (l *pickDrawLoop) emit() error {
	if err := l.compile(); err != nil {
		return err
	}
	l.Func(l.kernelName(), "func(dst *[4]unsafe.Pointer, state unsafe.Pointer, first, n, gap int, args *[2]unsafe.Pointer)", goLoop(
		l.kernelName()+" makes n counters that agree in all but the low word, a multiple of 256. It computes",
		"for i := range n {", "\tw := philox4x32(state, uint32(first+i))", "\tfor k := range dst {",
		"\t\tdst[k][i+i/256*gap] = args[1][w[k]*args[0]>>32]", "\t}", "}")...)
	l.EmitFrame(l.program)
	l.prologue(l.program.Inputs)
	l.Arg("args", tmp)
	l.Do("MOVQ", operand.Mem{Base: tmp, Disp: 8}, l.src)
	l.Emit(l.program)
	l.keep()
	l.Label("loop")
	l.Do("SUBQ", imm(uint64(l.counters())), l.n)
	l.Jump("JEQ", "last")
	draws, done := l.vectors()*l.lanes(), 0
	l.EmitWith(l.program, func(step int) {
		for ; done*len(l.program.Steps) < (step+1)*draws; done += 2 {
			l.pick(done)
		}
	})
	l.keep()
	for _, r := range l.dst {
		l.Do("ADDQ", imm(uint64(l.counters()*l.elem)), r)
	}
	l.leaveGap()
	l.Label("last")
	for i := 0; i < draws; i += 2 {
		l.pick(i)
	}
	l.Ret()
	return nil
}

// keep leaves the positions of a step to the next.
func (l *pickDrawLoop) keep() {
	for v := range l.vectors() {
		l.Do("VMOVUPS", l.Register(l.program.Outputs[v]), l.Slot(l.positions+v))
	}
	l.move(l.program.Outputs[l.vectors():], l.program.Inputs)
}

// pick copies the elements for draws i and i+1 of a step, whose positions are one word of 64
// bits: the units that make addresses have enough to do without reading them one by one.
func (l *pickDrawLoop) pick(i int) {
	word, counter := i/l.counters(), i%l.counters()
	from := l.Slot(l.positions + counter/l.lanes()*l.results + word)
	from.Disp += 4 * (counter % l.lanes())
	first, second := reg.RAX, reg.RDX
	l.Do("MOVQ", from, second)
	l.Do("MOVL", second.As32(), first.As32())
	l.Do("SHRQ", operand.U8(32), second)
	value, load := reg.Register(reg.RCX), "MOVQ"
	if l.elem == 4 {
		value, load = reg.ECX, "MOVL"
	}
	for n, at := range []reg.GPPhysical{first, second} {
		l.Do(load, operand.Mem{Base: l.src, Index: at, Scale: uint8(l.elem)}, value)
		l.Do(load, value, operand.Mem{Base: l.dst[word], Disp: (counter + n) * l.elem})
	}
}
