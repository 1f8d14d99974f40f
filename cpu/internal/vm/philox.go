package vm

import (
	"unsafe"

	"github.com/quern-go/quern/cpu/internal/simd"
	"github.com/quern-go/quern/kernels"
)

// lanes is the length of a row of elements whose counters are consecutive.
const lanes = kernels.TreeLanes

// philoxState keeps the counters of one group of rows that a block covers only
// in part: the next block has the rest of it.
type philoxState struct {
	key          simd.PhiloxState
	valid        bool
	group        uint64 // rows group<<share … of the elements
	stream, seed uint64
	words        [4][lanes]uint32
}

// philoxRun draws the words of n consecutive elements. At share s, 1<<s rows of
// 256 elements take successive words of the same 256 counters (see
// kernels.PhiloxWord): a group of rows. The groups that the block covers are one call of
// the kernel, which writes each word to the row that has it.
func (f *Frame) philoxRun(in *inst, n int) {
	g := &in.rare.philox
	first := f.first[g.leaf]
	stream, seed := *(*uint64)(f.at[in.b]), *(*uint64)(f.at[in.c])
	groupLen := uint64(lanes) << g.share
	for done := 0; done < n; {
		i := first + uint64(done)
		group, skip := i>>g.share/lanes, int(i%groupLen)
		count := min(n-done, int(groupLen)-skip)
		if count == int(groupLen) {
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
	perElement := 4 >> g.share
	for lane := range f.draws {
		f.draws[lane] = nil
		if word := lane % perElement; g.want[word] {
			row := lane / perElement
			f.draws[lane] = unsafe.Add(f.at[g.dst[word]], 4*(done+row*lanes))
		}
	}
	f.drawGroups(g, groups, group, stream, seed)
}

// drawGroups draws 256 counters for each group, to where f.draws says for the first: the
// rows of the next come after all of a group.
func (f *Frame) drawGroups(g *philoxGroup, groups int, group, stream, seed uint64) {
	key, draw := &f.philox[g.state].key, f.code.table.PhiloxUniform
	if g.words {
		draw = f.code.table.Philox
	}
	key.Set(stream, seed)
	draw(&f.draws, key, group*lanes, groups*lanes, 4*lanes*(1<<g.share-1))
}

// partOfGroup writes count elements from number done on, which are those after
// the first skip of their group.
func (f *Frame) partOfGroup(g *philoxGroup, done, skip, count int, group, stream, seed uint64) {
	s := &f.philox[g.state]
	if !s.valid || s.group != group || s.stream != stream || s.seed != seed {
		for lane := range f.draws {
			f.draws[lane] = unsafe.Pointer(&s.words[lane])
		}
		f.drawGroups(g, 1, group, stream, seed)
		s.valid, s.group, s.stream, s.seed = true, group, stream, seed
	}
	perElement := 4 >> g.share
	for end := done + count; done < end; {
		row, column := skip/lanes, skip%lanes
		m := min(end-done, lanes-column)
		for word := range perElement {
			if g.want[word] {
				dst := unsafe.Slice((*uint32)(unsafe.Add(f.at[g.dst[word]], 4*done)), m)
				copy(dst, s.words[row*perElement+word][column:])
			}
		}
		done, skip = done+m, skip+m
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
