package vm

import (
	"unsafe"

	"github.com/quern-go/quern/cpu/internal/simd"
	"github.com/quern-go/quern/kernels"
)

// lanes is the length of a row of elements whose counters are consecutive.
const lanes = kernels.TreeLanes

// philoxState keeps the values of one group of rows that a block covers only
// in part: the next block has the rest of it.
type philoxState struct {
	key          simd.PhiloxState
	valid        bool
	group        uint64 // rows group<<share … of the elements
	stream, seed uint64
	args         [2]uint32        // of the values' kernel
	rows         [4][lanes]uint64 // of values of 64 bits; others fill the beginning
}

// philoxRun draws the words of n consecutive elements, or values made of them. At share
// s, 1<<s rows of 256 elements take successive words of the same 256 counters (see
// kernels.PhiloxWord): a group of rows. The groups that the block covers are one call of
// the kernel, which writes each word to the row that has it.
func (f *Frame) philoxRun(in *inst, n int) {
	g := &in.rare.philox
	first := f.first[g.leaf]
	stream, seed := *(*uint64)(f.at[in.b]), *(*uint64)(f.at[in.c])
	for k, at := range g.args[:g.numArgs()] {
		f.args[k] = f.at[at]
	}
	if g.source > 0 && !f.readyToPick(g) {
		f.pickEach(g, first, n, stream, seed)
		return
	}
	groupLen := uint64(lanes) << g.share
	for done := 0; done < n; {
		i := first + uint64(done)
		group, skip := i>>g.share/lanes, int(i%groupLen)
		count := min(n-done, int(groupLen)-skip)
		if count == int(groupLen) && done*g.elementBits()%8 == 0 {
			groups := (n - done) / count
			f.wholeGroups(g, done, groups, group, stream, seed)
			count *= groups
		} else {
			f.partOfGroup(g, done, skip, count, group, stream, seed)
		}
		done += count
	}
}

// wholeGroups writes the elements from number done on.
func (f *Frame) wholeGroups(g *philoxGroup, done, groups int, group, stream, seed uint64) {
	perElement := g.perElement()
	for k := range f.draws {
		f.draws[k] = nil
		if value := k % perElement; k < perElement<<g.share && (g.kernel != nil || g.want[value]) {
			row := k / perElement
			f.draws[k] = unsafe.Add(f.at[g.dst[value]], (done+row*lanes)*g.elementBits()/8)
		}
	}
	f.drawGroups(g, groups, group, stream, seed)
}

// drawGroups draws 256 counters for each group, to where f.draws says for the first: the
// rows of the next come after all of a group.
func (f *Frame) drawGroups(g *philoxGroup, groups int, group, stream, seed uint64) {
	key := &f.philox[g.state].key
	key.Set(stream, seed)
	first, n, gap := group*lanes, groups*lanes, lanes*g.elementBits()/8*(1<<g.share-1)
	switch {
	case g.kernel != nil:
		g.kernel(&f.draws, key, first, n, gap, &f.args)
	case g.words:
		f.code.table.Philox(&f.draws, key, first, n, gap)
	default:
		f.code.table.PhiloxUniform(&f.draws, key, first, n, gap)
	}
}

// partOfGroup writes count elements from number done on, which are those after
// the first skip of their group.
func (f *Frame) partOfGroup(g *philoxGroup, done, skip, count int, group, stream, seed uint64) {
	s := &f.philox[g.state]
	var args [2]uint32
	for k := range g.numArgs() {
		args[k] = *(*uint32)(f.args[k])
	}
	if !s.valid || s.group != group || s.stream != stream || s.seed != seed || s.args != args {
		for k := range f.draws {
			f.draws[k] = unsafe.Pointer(&s.rows[k])
		}
		f.drawGroups(g, 1, group, stream, seed)
		s.valid, s.group, s.stream, s.seed, s.args = true, group, stream, seed, args
	}
	perElement := g.perElement()
	for end := done + count; done < end; {
		row, column := skip/lanes, skip%lanes
		m := min(end-done, lanes-column)
		for value := range perElement {
			if g.kernel == nil && !g.want[value] {
				continue
			}
			to, from := f.at[g.dst[value]], unsafe.Pointer(&s.rows[row*perElement+value])
			if bits := g.elementBits(); bits == 1 {
				copyBits(to, done, from, column, m)
			} else {
				copy(unsafe.Slice((*byte)(unsafe.Add(to, bits/8*done)), bits/8*m), unsafe.Slice((*byte)(unsafe.Add(from, bits/8*column)), bits/8*m))
			}
		}
		done, skip = done+m, skip+m
	}
}

// copyBits copies n bits, from number skip on to number at on. The bits above the last are
// cleared as far as its byte goes.
func copyBits(to unsafe.Pointer, at int, from unsafe.Pointer, skip, n int) {
	for n > 0 {
		m := min(n, 8-at%8, 8-skip%8)
		bits := *(*byte)(unsafe.Add(from, skip/8)) >> (skip % 8) & (1<<m - 1)
		d := (*byte)(unsafe.Add(to, at/8))
		*d = *d&(1<<(at%8)-1) | bits<<(at%8)
		at, skip, n = at+m, skip+m, n-m
	}
}

// philoxAny draws for elements of which nothing is known.
func (f *Frame) philoxAny(in *inst, n int) {
	g := &in.rare.philox
	var step [3]int
	for k, uniform := range g.uniform {
		if !uniform {
			step[k] = 8
		}
	}
	for i := range n {
		index := *(*uint64)(unsafe.Add(f.at[in.a], i*step[0]))
		stream := *(*uint64)(unsafe.Add(f.at[in.b], i*step[1]))
		seed := *(*uint64)(unsafe.Add(f.at[in.c], i*step[2]))
		for word := range 4 >> g.share {
			if g.want[word] {
				x := kernels.PhiloxWord(index, stream, seed, g.share, word)
				*(*uint32)(unsafe.Add(f.at[g.dst[word]], 4*i)) = x
			}
		}
	}
}
