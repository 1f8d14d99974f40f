package main

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"

	"github.com/quern-go/quern/cpu/asm/internal/vcode"
	"github.com/quern-go/quern/cpu/asm/internal/vec"
	"github.com/quern-go/quern/cpu/asm/internal/x86"
	"github.com/quern-go/quern/cpu/internal/outline"
	"github.com/quern-go/quern/kernels"
)

// draws emits the chains of package outline that begin with words, for AVX-512: other
// levels have too few registers.
//
// A step makes the words of two blocks of 16 counters, and computes from those of the step
// before, mixed: either alone waits for its own results half of the time, and together they keep
// both of the units for 512 bits busy.
//
// # Floor, and what is reached
//
// 64 words take 114 instructions (see philox), and 12 to be uniforms. Two vectors of normals
// made of them take 82 more, the scale included: at two a cycle 52 cycles of Zen 4 for 16
// normals, of which 62 are reached. Whether 32 points lie in a circle takes 8: 33.5
// cycles for 16 points, and 37 are reached.
func (g *generator) draws() error {
	if g.ISA != vec.AVX512 {
		return nil
	}
	for _, d := range outline.Draws() {
		l := &drawLoop{generator: g, draw: d, results: 4 / d.Words(), blocks: 2, dst: []reg.GPPhysical{reg.RDI, reg.R8}, n: reg.RBX}
		if err := l.emit(); err != nil {
			return fmt.Errorf("draw %s: %w", d.Name, err)
		}
		g.enter(fmt.Sprintf("t.Draws[%q]", d.Name), fmt.Sprintf("drawBlocks(%d, %s)", l.bits(), l.kernelName()))
	}
	return nil
}

// drawLoop emits
//
//	make words
//	for there are more {
//		make the next words, compute from these, store
//	}
//	compute from the last, store
type drawLoop struct {
	*generator
	draw    *outline.Draw
	results int // of a counter
	blocks  int // of counters in a step
	dst     []reg.GPPhysical
	n       reg.GPPhysical
	body    kernels.Body
	home    vcode.Home
}

// lanes is how many counters a block has, counters how many a step.
func (l *drawLoop) lanes() int    { return l.VectorBytes() / 4 }
func (l *drawLoop) counters() int { return l.blocks * l.lanes() }

func (l *drawLoop) kernelName() string {
	return l.name("draw", strings.ReplaceAll(l.draw.Name, ".", "_"))
}

// bits is the width of a value.
func (l *drawLoop) bits() int {
	if l.draw.Body.ResultTypes()[0] == kernels.Bool {
		return 1
	}
	return 32
}

// code is what a step does: whether it makes words, and whether it computes from
// others. Inputs are the words and the counters, even and odd, outputs the results, the
// new words and the new counters; all as far as there are such.
func (l *drawLoop) code(makes, computes bool) (*vcode.Code, error) {
	c := vcode.NewCode(l.Asm, l.lanes())
	pins := make([]vcode.Val, len(l.draw.Then))
	for i := range pins {
		pins[i] = c.Pinned(4)
	}
	words := make([]vcode.Val, 4*l.blocks)
	if computes {
		for i := range words {
			words[i] = c.Input(4)
		}
	}
	var next []vcode.Val
	if makes {
		p := philoxCode{c}
		even, odd := c.Input(4), c.Input(4)
		next = append(p.words(p.counters(l.blocks, even, odd)), p.increment(l.counters(), even), p.increment(l.counters(), odd))
	}
	before := len(c.Instrs)
	var results []vcode.Val
	for r := 0; computes && r < l.results*l.blocks; r++ {
		values, err := c.Lower(&l.body, func(i int) vcode.Val {
			if n := l.draw.Words(); i < n {
				return words[r*n+i]
			} else {
				return pins[i-n]
			}
		})
		if err != nil {
			return nil, err
		}
		results = append(results, values[0])
	}
	c.Outputs = append(results, next...)
	last := 0
	if before > 0 {
		last = c.Instrs[before-1].Dst.ID
	}
	c.Prune()
	l.mix(c, last)
	return c, nil
}

// mix puts the instructions of the computation, those after value last, evenly between
// those that make words, and those of the results alternately.
func (l *drawLoop) mix(c *vcode.Code, last int) {
	split := slices.IndexFunc(c.Instrs, func(in vcode.Instr) bool { return in.Dst.ID > last })
	if split < 0 {
		return
	}
	makes, compute := c.Instrs[:split], vcode.Code{Instrs: c.Instrs[split:]}
	for part := range slices.Chunk(compute.Instrs, len(compute.Instrs)/l.blocks) {
		block := vcode.Code{Instrs: part}
		block.Interleave(l.results)
		copy(part, block.Instrs)
	}
	mixed, k := slices.Grow([]vcode.Instr(nil), len(c.Instrs)), 0
	for i, in := range makes {
		mixed = append(mixed, in)
		for ; k*len(makes) < (i+1)*len(compute.Instrs); k++ {
			mixed = append(mixed, compute.Instrs[k])
		}
	}
	c.Instrs = append(mixed, compute.Instrs[k:]...)
}

// compile makes the programs before, in and after the loop.
func (l *drawLoop) compile() (before, loop, after *vcode.Program, err error) {
	inlined, err := l.draw.Body.InlineCalls(nil)
	if err != nil {
		return nil, nil, nil, err
	}
	l.body = inlined
	if likely, guarded, err := inlined.Likely(); err != nil {
		return nil, nil, nil, err
	} else if guarded { // uniforms are always likely: see TestDrawsAreLikely
		l.body = likely
	}
	programs := make([]*vcode.Program, 3)
	for i, does := range []struct{ makes, computes bool }{{true, true}, {true, false}, {false, true}} {
		c, err := l.code(does.makes, does.computes)
		if err != nil {
			return nil, nil, nil, err
		}
		if i == 0 {
			if l.home, err = vcode.Homes(c); err != nil {
				return nil, nil, nil, err
			}
		}
		if programs[i], err = c.Allocate(l.home); err != nil {
			return nil, nil, nil, err
		}
	}
	return programs[1], programs[0], programs[2], nil
}

func (l *drawLoop) emit() error {
	before, loop, after, err := l.compile()
	if err != nil {
		return err
	}
	doc := goLoop(l.kernelName()+" makes n counters that agree in all but the low word, a multiple of 256. It computes",
		"for i := range n {", "\tw := philox4x32(state, uint32(first+i))",
		fmt.Sprintf("\tfor k := range %d {", l.results),
		fmt.Sprintf("\t\tdst[k][i+i/256*gap] = %s(w[%d*k:], args)", strings.TrimSuffix(l.draw.Name, ".f32"), l.draw.Words()), "\t}", "}")
	l.Func(l.kernelName(), "func(dst *[4]unsafe.Pointer, state unsafe.Pointer, first, n, gap int, args *[2]unsafe.Pointer)", doc...)
	l.EmitFrame(before, loop, after)
	l.prologue(before.Inputs)
	l.Emit(before)
	l.move(before.Outputs, loop.Inputs)
	l.Label("loop")
	l.Do("SUBQ", imm(uint64(l.counters())), l.n)
	l.Jump("JEQ", "last")
	l.Emit(loop)
	l.store(loop)
	l.move(loop.Outputs[l.results*l.blocks:], loop.Inputs)
	l.leaveGap()
	l.Label("last")
	l.move(loop.Inputs[:4*l.blocks], after.Inputs)
	l.Emit(after)
	l.store(after)
	l.Ret()
	return nil
}

// prologue loads what is needed, and the first counters.
func (l *drawLoop) prologue(counters []vcode.Place) {
	l.Arg("dst", tmp)
	for k, r := range l.dst[:l.results] {
		l.Do("MOVQ", operand.Mem{Base: tmp, Disp: 8 * k}, r)
	}
	l.Arg("state", x86.PointedBy)
	l.Arg("n", l.n)
	l.Arg("args", tmp)
	l.EmitHome(l.home, func(i int, r reg.Register) {
		l.Do("MOVQ", operand.Mem{Base: tmp, Disp: 8 * i}, tmp2)
		l.Do("VBROADCASTSS", operand.Mem{Base: tmp2}, r)
	})
	l.Do("MOVL", operand.U32(0xaaaa), tmp.As32())
	l.Do("KMOVW", tmp.As32(), reg.K7)
	numbers := make([]uint64, l.lanes())
	for i := range numbers {
		numbers[i] = uint64(i &^ 1)
	}
	even, odd := l.Register(counters[0]), l.Register(counters[1])
	l.Arg("first", tmp)
	l.Do("VPBROADCASTD", tmp.As32(), even)
	l.Do("VPADDD", l.Table("evennumbers", 4, numbers), even, even)
	l.Do("VPADDD_BCST", l.Splat(4, 1), even, odd)
}

// store writes the results of a step and moves on.
func (l *drawLoop) store(p *vcode.Program) {
	for k, r := range l.dst[:l.results] {
		op, bytes := "VMOVUPS", l.VectorBytes()
		if l.bits() == 1 {
			op, bytes = "KMOVW", l.lanes()/8
		}
		for n := range l.blocks {
			l.Do(op, l.Register(p.Outputs[n*l.results+k]), operand.Mem{Base: r, Disp: n * bytes})
		}
		l.Do("ADDQ", imm(uint64(l.blocks*bytes)), r)
	}
}

// leaveGap goes on, after a gap where a multiple of 256 counters is left.
func (l *drawLoop) leaveGap() {
	l.Do("TESTQ", operand.U32(kernels.TreeLanes-1), l.n)
	l.Jump("JNE", "loop")
	l.Arg("gap", tmp)
	for _, r := range l.dst[:l.results] {
		l.Do("ADDQ", tmp, r)
	}
	l.Jump("JMP", "loop")
}

// move copies vectors between registers, all at once.
func (l *drawLoop) move(from, to []vcode.Place) {
	pending, used := map[int]int{}, map[int]bool{} // source by destination
	for i := range to {
		used[from[i].Reg], used[to[i].Reg] = true, true
		if from[i].Reg != to[i].Reg {
			pending[to[i].Reg] = from[i].Reg
		}
	}
	for _, r := range l.home {
		used[r] = true
	}
	spare := 0
	for used[spare] {
		spare++
	}
	for len(pending) > 0 {
		moved := false
		for _, d := range slices.Sorted(maps.Keys(pending)) {
			if slices.Contains(slices.Collect(maps.Values(pending)), d) {
				continue // something is still to be copied from there
			}
			l.Do("VMOVAPS", l.Vector(pending[d]), l.Vector(d))
			delete(pending, d)
			moved = true
		}
		if !moved { // a cycle: all that is left are such
			d := slices.Min(slices.Collect(maps.Keys(pending)))
			l.Do("VMOVAPS", l.Vector(d), l.Vector(spare))
			for k, s := range pending {
				if s == d {
					pending[k] = spare
				}
			}
		}
	}
}
