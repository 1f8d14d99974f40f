package oracle

import (
	"slices"

	"github.com/quern-go/quern/kernels"
)

// runContract evaluates every output (or, with Fold, every row) of every batch.
func (r *run) runContract(c *kernels.Contract) {
	axes := len(r.args.Shape)
	if axes < 3 {
		r.fail("contract: shape %v, expected batch axes and m, n, k", r.args.Shape)
		return
	}
	if !r.begin(c, c.OutRank(axes)) {
		return
	}
	forEach(r.args.Shape[:axes-3], func(batch []int) {
		r.contractBatch(c, batch)
	})
}

// at is the index (batch…, i, j, k).
func at(batch []int, i, j, k int) []int { return append(slices.Clone(batch), i, j, k) }

func (r *run) contractBatch(c *kernels.Contract, batch []int) {
	r.batch = batch
	mnk := r.args.Shape[len(batch):]
	m, n, k := mnk[0], mnk[1], mnk[2]
	columns := make([][]uint64, n) // columns[j][kk] is b at (kk, j)
	for j := range n {
		columns[j] = r.vector(&c.PreB, k, func(kk int) []int { return at(batch, 0, j, kk) })
	}
	for i := range m {
		row := r.vector(&c.PreA, k, func(kk int) []int { return at(batch, i, 0, kk) })
		switch {
		case c.Fold != nil && c.Fold.Top > 0:
			r.topOfRow(c, batch, i, row, columns)
			continue
		case c.Fold != nil:
			r.foldRow(c, batch, i, row, columns)
			continue
		}
		for j := range n {
			index := at(batch, i, j, 0)
			out := r.eval(&c.Post, point{index: index, accs: r.chains(c, row, columns[j])})
			r.store(index[:len(index)-1], out)
		}
	}
}

// vector is a one-result body's value at n points.
func (r *run) vector(body *kernels.Body, n int, index func(int) []int) []uint64 {
	v := make([]uint64, n)
	for i := range v {
		v[i] = r.eval(body, point{index: index(i)})[0]
	}
	return v
}

// chains is the accumulators' values for one output: chains of at most ChunkK
// steps over ascending k, each from Start, joined in order.
func (r *run) chains(c *kernels.Contract, a, b []uint64) []kernels.Partial {
	total := r.chain(c, a, b, 0, min(kernels.ChunkK, len(a)))
	for lo := kernels.ChunkK; lo < len(a); lo += kernels.ChunkK {
		part := r.chain(c, a, b, lo, min(lo+kernels.ChunkK, len(a)))
		for n, acc := range c.Accs {
			total[n] = acc.Combine.Apply(acc.Type, total[n], part[n])
		}
	}
	return total
}

// chain runs Step over ascending k from lo to hi.
func (r *run) chain(c *kernels.Contract, a, b []uint64, lo, hi int) []kernels.Partial {
	accs := make([]kernels.Partial, len(c.Accs))
	for n, bits := range c.Start {
		accs[n].Bits = bits
	}
	index := at(r.batch, 0, 0, 0)
	for k := lo; k < hi; k++ {
		index[len(index)-1] = k
		for n, bits := range r.eval(&c.Step, point{index: index, step: [2]uint64{a[k], b[k]}, accs: accs}) {
			accs[n].Bits = bits
		}
	}
	return accs
}

// foldRow reduces Post's results along j, in Tree order, and stores Fold's Post.
func (r *run) foldRow(c *kernels.Contract, batch []int, i int, row []uint64, columns [][]uint64) {
	fold := newReducers(kernels.Tree, c.Fold.Accs)
	for j, column := range columns {
		point := point{index: at(batch, i, j, 0), accs: r.chains(c, row, column)}
		for n, bits := range r.eval(&c.Post, point) {
			fold[n].push(kernels.Partial{Bits: bits, Index: int64(j)})
		}
	}
	index := at(batch, i, 0, 0)
	out := r.eval(&c.Fold.Post, point{index: index, accs: results(fold)})
	r.store(index[:len(index)-2], out)
}

// topOfRow sorts Post's results and stores Fold's Post of the first of them.
func (r *run) topOfRow(c *kernels.Contract, batch []int, i int, row []uint64, columns [][]uint64) {
	t := c.Fold.Accs[0].Type
	all := make([]kernels.Partial, len(columns), len(columns)+c.Fold.Top)
	for j, column := range columns {
		point := point{index: at(batch, i, j, 0), accs: r.chains(c, row, column)}
		all[j] = kernels.Partial{Bits: r.eval(&c.Post, point)[0], Index: int64(j)}
	}
	slices.SortFunc(all, func(p, q kernels.Partial) int {
		if kernels.Before(t, p, q) {
			return -1
		}
		return 1 // no two are at one position
	})
	for len(all) < c.Fold.Top {
		all = append(all, kernels.Missing(t))
	}
	index := at(batch, i, 0, 0)
	for place, p := range all[:c.Fold.Top] {
		out := r.eval(&c.Fold.Post, point{index: index, accs: []kernels.Partial{p}})
		r.store(append(index[:len(index)-2:len(index)-2], place), out)
	}
}
