package ops

import (
	"fmt"
	"math"

	"github.com/quern-go/quern/kernels"
)

// tree joins the sums of parts of a simulation in the canonical order (see package
// kernels), whatever the order in which they come: the samples are cut in blocks of
// 4096, the sums of 4096 blocks make one of the next level, and so on until one is
// left. Sums that lack others of their group are kept until those come.
type tree struct {
	counts []int               // of each level: how many sums there are in all
	levels []map[int][]float64 // level 0 is the blocks of samples
	have   []map[int]int       // of each level but the last: sums kept, by group
}

// newTree is for so many samples.
func newTree(samples int) *tree {
	t := new(tree)
	for n := blocksOf(samples); ; n = blocksOf(n) {
		t.counts = append(t.counts, n)
		t.levels = append(t.levels, make(map[int][]float64))
		t.have = append(t.have, make(map[int]int))
		if n == 1 {
			return t
		}
	}
}

// blocksOf is how many blocks so many values make.
func blocksOf(n int) int { return (n + kernels.TreeBlock - 1) / kernels.TreeBlock }

// add takes the sums of block i of a level.
func (t *tree) add(level, i int, sums []float64) error {
	if level >= len(t.counts) || i < 0 || i >= t.counts[level] {
		return fmt.Errorf("block %d of level %d does not exist", i, level)
	}
	if t.covered(level, i) {
		return fmt.Errorf("block %d of level %d is there twice", i, level)
	}
	t.levels[level][i] = sums
	if level == len(t.counts)-1 {
		return nil
	}
	group := i / kernels.TreeBlock
	first := group * kernels.TreeBlock
	size := min(kernels.TreeBlock, t.counts[level]-first)
	if t.have[level][group]++; t.have[level][group] < size {
		return nil
	}
	delete(t.have[level], group)
	list := make([][]float64, size)
	for k := range list {
		list[k] = t.levels[level][first+k]
		delete(t.levels[level], first+k)
	}
	return t.add(level+1, group, foldBlock(list))
}

// covered reports whether the sums of a block, or of one that it is part of, are
// there.
func (t *tree) covered(level, i int) bool {
	for ; level < len(t.counts); level, i = level+1, i/kernels.TreeBlock {
		if _, ok := t.levels[level][i]; ok {
			return true
		}
	}
	return false
}

// overlap finds a block, of any level, that both trees have, be it as a part of others.
func (t *tree) overlap(u *tree) (block int, found bool) {
	for _, pair := range [][2]*tree{{t, u}, {u, t}} {
		for level, blocks := range pair[0].levels {
			for i := range blocks {
				if pair[1].covered(level, i) {
					return i, true
				}
			}
		}
	}
	return 0, false
}

// total is the sums of everything, if all parts have come.
func (t *tree) total() (sums []float64, ok bool) {
	sums, ok = t.levels[len(t.levels)-1][0]
	return sums, ok
}

// foldBlock adds up a block of at most 4096 values, of each several sums: each of
// 256 lanes adds its rows in order, then the lanes fold in halves.
func foldBlock(list [][]float64) []float64 {
	out := make([]float64, len(list[0]))
	for k := range out {
		lanes := emptyLanes()
		for i, sums := range list {
			lanes[i%kernels.TreeLanes] += sums[k]
		}
		out[k] = foldLanes(&lanes)
	}
	return out
}

// lanes are the partial sums of a block.
type lanes [kernels.TreeLanes]float64

func emptyLanes() (l lanes) {
	for i := range l {
		l[i] = math.Copysign(0, -1)
	}
	return l
}

func foldLanes(l *lanes) float64 {
	for width := kernels.TreeLanes / 2; width > 0; width /= 2 {
		for i := range width {
			l[i] += l[i+width]
		}
	}
	return l[0]
}
