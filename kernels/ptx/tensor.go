package ptx

import (
	"github.com/quern-go/quern/kernels"
	"github.com/quern-go/quern/kernels/term"
)

// Tiles whose products tensor units do (mma.sync of sm_80), for a Contract that may be
// computed with less Precision. They are as those of exact ones, of 16·rows by 16·cols
// outputs from slices in shared memory, but the eight warps lie in two rows of four, a
// warp has 8·rows by 4·cols outputs, and a thread of it those that the fragments of
// mma.sync give it: rows g, g+8, g+16, … and of every 8 columns 2q and 2q+1, where g
// is the thread's number in the warp divided by 4 and q the remainder.
//
// Elements stay float32 in shared memory, where copies put them, and are rounded as
// they are read. Where a slice has no element there are zeros.

const (
	fragmentSide = 8 // rows that a thread's are apart, and columns of a fragment of b
	warpRows     = 2 // of warps in a tile
	warpCols     = 4
)

// product is an mma.sync.
type product struct {
	name  string
	depth int // positions along k
	round string
	pairs bool // a register holds two elements
}

var products = map[kernels.Precision]product{
	kernels.TF32: {"mma.sync.aligned.m16n8k8.row.col.f32.tf32.tf32.f32", 8, "cvt.rna.tf32.f32", false},
	kernels.BF16: {"mma.sync.aligned.m16n8k16.row.col.f32.bf16.bf16.f32", 16, "cvt.rn.bf16x2.f32", true},
}

// tensor says that tensor units do the tile's products.
func (t tile) tensor() bool { return t.precision != kernels.Exact }

func (t tile) product() product { return products[t.precision] }

// tensorTile is a tile for tensor units; rows and cols are multiples of 2.
func (k *contractRender) tensorTile(rows, cols int) tile {
	return tile{rows: rows, cols: cols, depth: 16, wideRows: 1, wideCols: 2, precision: k.precision}
}

// chooseUnits finds whether tensor units may do the products, and can.
func (k *contractRender) chooseUnits() {
	step, t := term.Match(k.contract)
	k.double = k.target.Product64 != NoProduct64 && UsesProduct64(k.contract)
	if step != term.FMA && step != term.SqDiff || t != f32 || k.typeA != f32 || k.typeB != f32 {
		return
	}
	if k.contract.Fold != nil || !k.target.ampere() {
		return
	}
	k.precision, k.differences = k.contract.Precision, step == term.SqDiff
}

// Precision is that of the products of large launches; of others, and of all of a
// kernel that does not allow another, it is Exact.
func (m *Module) Precision() kernels.Precision {
	if k, ok := m.plan.(*contractRender); ok {
		return k.precision
	}
	return kernels.Exact
}

// fragmentRow and fragmentCol are the first of the thread's rows and columns.
func (x *tileCode) fragmentRow() string {
	c := x.c
	warpRow := c.to(u32, "shr.u32", c.thread(), "7")
	group := c.to(u32, "and.b32", c.to(u32, "shr.u32", c.thread(), "2"), "7")
	return c.mad(u32, warpRow, integer(x.t.m()/warpRows), group)
}

func (x *tileCode) fragmentCol() string {
	c := x.c
	first := c.mul(u32, x.warpCol(), integer(x.t.n()/warpCols))
	return c.mad(u32, c.to(u32, "and.b32", c.thread(), "3"), "2", first)
}

// warpCol is the column of the thread's warp among those of the tile.
func (x *tileCode) warpCol() string {
	return x.c.to(u32, "and.b32", x.c.to(u32, "shr.u32", x.c.thread(), "5"), "3")
}

// computeTensor adds a slice to the chains.
func (x *tileCode) computeTensor(stage string) {
	c := x.c
	c.comment("Fragments of a: rows of the warp; of b: its columns; products of all pairs.")
	quarter := c.to(u32, "and.b32", c.thread(), "3")
	group := c.to(u32, "and.b32", c.to(u32, "shr.u32", c.thread(), "2"), "7")
	at := func(s *slice, first string) string {
		k := quarter
		if x.t.product().pairs {
			k = c.mul(u32, k, "2")
		}
		element := c.mad(u32, k, integer(s.pitch()), first)
		start := c.mad(u32, stage, integer(s.bytes()), c.to(u32, "mov.u32", s.array))
		return c.mad(u32, element, integer(s.t.Size()), start)
	}
	a := at(x.a.slice, x.fragmentRow())
	b := at(x.b.slice, c.mad(u32, x.warpCol(), integer(x.t.n()/warpCols), group))
	for k := 0; k < x.t.depth; k += x.t.product().depth {
		x.multiply(a, b, k)
	}
	if x.k.differences {
		x.sliceNorms(stage)
	}
}

// multiply does the products of the positions from k on.
func (x *tileCode) multiply(a, b string, k int) {
	c, p := x.c, x.t.product()
	var as, bs [][]string
	for row := 0; row < x.t.rows; row += 2 {
		as = append(as, []string{
			x.element(x.a.slice, a, k, x.t.row(row)), x.element(x.a.slice, a, k, x.t.row(row+1)),
			x.element(x.a.slice, a, k+p.depth/2, x.t.row(row)), x.element(x.a.slice, a, k+p.depth/2, x.t.row(row+1)),
		})
	}
	for col := 0; col < x.t.cols; col += 2 {
		bs = append(bs, []string{
			x.element(x.b.slice, b, k, x.t.col(col)), x.element(x.b.slice, b, k+p.depth/2, x.t.col(col)),
		})
	}
	for row, fa := range as {
		for col, fb := range bs {
			upper, lower := 2*row*x.t.cols+2*col, (2*row+1)*x.t.cols+2*col
			accs := x.accs[0]
			d := vector([]string{accs[upper], accs[upper+1], accs[lower], accs[lower+1]})
			c.emit(p.name, d, vector(fa), vector(fb), d)
		}
	}
}

// element is one register of a fragment: the element, or the two that follow each
// other along k, at a place in a slice, rounded.
func (x *tileCode) element(s *slice, at string, k, other int) string {
	c, p := x.c, x.t.product()
	load := func(k int) string {
		return c.to(f32, "ld.shared.f32", "["+at+"+"+integer((k*s.pitch()+other)*s.t.Size())+"]")
	}
	if p.pairs {
		low := load(k)
		return c.to(u32, p.round, load(k+1), low)
	}
	return c.to(u32, p.round, load(k))
}

// Squared distances are |a|² + |b|² − 2ab of the rounded elements, so that those of
// equal rows are 0 but for the rounding of sums. A thread adds up the squares of one
// row of a or column of b, as slice after slice passes by.

// beginNorms clears the thread's sum of squares.
func (x *tileCode) beginNorms() {
	if x.t.tensor() && x.k.differences {
		x.norm = x.c.variable(f32, immediate(f32, 0))
	}
}

// sliceNorms adds the squares of the thread's row or column of a slice: threads from
// the width of the tile on have columns of b.
func (x *tileCode) sliceNorms(stage string) {
	c, width, size := x.c, x.t.m(), x.a.t.Size() // rows and columns are equally many
	c.comment("Squares of the elements of one row or column.")
	thread := c.thread()
	skip := c.label("squared")
	c.jumpIf(c.compare("ge", u32, thread, integer(2*width)), skip)
	ofA := c.compare("lt", u32, thread, integer(width))
	array := c.to(u32, "selp.b32", c.to(u32, "mov.u32", x.a.array), c.to(u32, "mov.u32", x.b.array), ofA)
	number := c.to(u32, "and.b32", thread, integer(width-1))
	at := c.mad(u32, number, integer(size), c.mad(u32, stage, integer(x.a.bytes()), array))
	for k := range x.t.depth {
		v := c.to(f32, "ld.shared.f32", "["+at+"+"+integer(k*x.a.pitch()*size)+"]")
		v = x.rounded(v)
		c.emit("fma.rn.f32", x.norm, v, v, x.norm)
	}
	c.place(skip)
}

// rounded is an element as the products take it.
func (x *tileCode) rounded(v string) string {
	c, p := x.c, x.t.product()
	if p.pairs { // in the upper half, which is a float32 with zeros below
		return c.to(f32, "mov.b32", c.to(u32, p.round, v, immediate(f32, 0)))
	}
	return c.to(f32, "mov.b32", c.to(u32, p.round, v))
}

// addNorms makes distances of the chains: max(|a|² + |b|² − 2ab, 0).
func (x *tileCode) addNorms() {
	if !x.t.tensor() || !x.k.differences {
		return
	}
	c, width, size := x.c, x.t.m(), x.a.t.Size()
	c.comment("Squared distances of products and norms.")
	norms := c.unit.sharedArray("norms", f32, 2*width)
	thread := c.thread()
	skip := c.label("normed")
	c.jumpIf(c.compare("ge", u32, thread, integer(2*width)), skip)
	c.emit("st.shared.f32", "["+c.element(f32, norms, thread)+"]", x.norm)
	c.place(skip)
	c.emit("bar.sync", "0")
	read := func(at string, offset int) string {
		return c.to(f32, "ld.shared.f32", "["+at+"+"+integer(offset*size)+"]")
	}
	rows, cols := c.element(f32, norms, x.fragmentRow()), c.element(f32, norms, x.fragmentCol())
	var ofCols []string
	for col := range x.t.cols {
		ofCols = append(ofCols, read(cols, width+x.t.col(col)))
	}
	for row := range x.t.rows {
		ofRow := read(rows, x.t.row(row))
		for col, ofCol := range ofCols {
			acc := x.accs[0][row*x.t.cols+col]
			sum := c.to(f32, "add.rn.f32", ofRow, ofCol)
			c.emit("fma.rn.f32", acc, acc, immediate(f32, kernels.FloatBits(f32, -2)), sum)
			c.emit("max.NaN.f32", acc, acc, immediate(f32, 0))
		}
	}
}
