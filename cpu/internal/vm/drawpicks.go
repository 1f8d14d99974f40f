package vm

import (
	"slices"
	"unsafe"

	"github.com/quern-go/quern/cpu/internal/simd"
	"github.com/quern-go/quern/kernels"
)

// fusePicks finds the groups whose words serve for nothing but positions, each of one
// word and all below one bound, in one array: the draws of a bootstrap.
func (s *specialiser) fusePicks(reads []int) {
	found := make(map[*philoxGroup]int) // values
	for i := range s.body.Insts {
		in := &s.body.Insts[i]
		g, k, bound := s.pickOf(in, reads)
		if g == nil || reads[i] == 0 {
			continue
		}
		source := 1 + slices.Index(s.gathers, int(in.Imm))
		if found[g] > 0 && (g.source != source || g.params[0] != bound) {
			continue
		}
		g.source, g.params, g.drawn[k] = source, []kernels.Value{bound}, kernels.Value(i)
		if found[g]++; found[g] < 4>>g.share {
			continue
		}
		g.width = 1
		for _, v := range g.drawn[:found[g]] {
			s.drawn[v], s.inside[s.body.Insts[v].Args[0]] = g, true
		}
	}
}

// pickOf is the group, the word and the bound of the position that an instruction reads
// at, if it does and nothing else needs them.
func (s *specialiser) pickOf(in *kernels.Inst, reads []int) (g *philoxGroup, word int, bound kernels.Value) {
	if in.Op != kernels.OpGather || s.table.DrawPick[in.Type.Size()] == nil {
		return nil, 0, kernels.NoValue
	}
	at := in.Args[0]
	position := &s.body.Insts[at]
	if position.Op != kernels.OpMulHi || position.Type != kernels.U32 || reads[at] != 1 {
		return nil, 0, kernels.NoValue
	}
	v, bound := position.Args[0], position.Args[1]
	if !s.isWord(v) {
		v, bound = bound, v
	}
	draw := &s.body.Insts[v]
	if !s.isWord(v) || reads[v] != 1 || s.rates[bound] == varying || !s.fastPhilox(draw) {
		return nil, 0, kernels.NoValue
	}
	_, word = kernels.PhiloxMode(draw.Imm)
	return s.groupOf(v), word, bound
}

// kernelOf makes the values of a group, of the given size in bytes.
func (s *specialiser) kernelOf(g *philoxGroup, size int) drawFunc {
	if g.source > 0 {
		return s.table.DrawPick[size]
	}
	return s.table.Draws[g.draw.Name]
}

type drawFunc = func(dst *[4]unsafe.Pointer, s *simd.PhiloxState, first uint64, n, gap int, args *[2]unsafe.Pointer)

// readyToPick gives the kernel its array, if all positions are within.
func (f *Frame) readyToPick(g *philoxGroup) bool {
	src := f.sources[g.source-1]
	f.args[1] = src.Base
	bound := int(*(*uint32)(f.args[0]))
	return 0 < bound && bound <= src.Len // none is below 0, and the position is 0 then
}

// pickEach reads the elements one by one, where some positions may be beyond.
func (f *Frame) pickEach(g *philoxGroup, first uint64, n int, stream, seed uint64) {
	src, bound, t := f.sources[g.source-1], uint64(*(*uint32)(f.args[0])), kernels.U64
	if g.bits == 32 {
		t = kernels.U32
	}
	for i := range n {
		for k := range g.perElement() {
			at := uint64(kernels.PhiloxWord(first+uint64(i), stream, seed, g.share, k)) * bound >> 32
			switch {
			case at >= uint64(src.Len):
				f.Missed = true
				store(f.at[g.dst[k]], i, t, 0)
			case g.bits == 32:
				store(f.at[g.dst[k]], i, t, uint64(*(*uint32)(unsafe.Add(src.Base, 4*at))))
			default:
				store(f.at[g.dst[k]], i, t, *(*uint64)(unsafe.Add(src.Base, 8*at)))
			}
		}
	}
}

// Align is how many of n elements are best taken by the next Run, which begins where
// first says for each index leaf: of values that are made together some rows apart, a Run
// that has only a part makes all, and copies.
func (c *Code) Align(n int, first func(leaf int) uint64) int {
	if c.aligned.multiple == 0 {
		return n
	}
	rest := int(first(c.aligned.leaf) % uint64(c.aligned.multiple))
	if rest == 0 {
		return n
	}
	return min(n, c.aligned.multiple-rest)
}
