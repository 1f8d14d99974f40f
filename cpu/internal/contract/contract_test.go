package contract

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"

	"github.com/quern-go/quern/kernels"
	"github.com/quern-go/quern/kernels/mathfn"
	"github.com/quern-go/quern/kernels/oracle"
	"github.com/quern-go/quern/kernels/term"
)

// Axes of a launch without batches, and of the outputs.
const (
	axisM = iota
	axisN
	axisK
)

var (
	rowA, colA   = layout{order: []int{axisM, axisK}}, layout{order: []int{axisK, axisM}}
	rowB, colB   = layout{order: []int{axisK, axisN}}, layout{order: []int{axisN, axisK}}
	rowC, colC   = layout{order: []int{axisM, axisN}}, layout{order: []int{axisN, axisM}}
	perRow       = layout{order: []int{axisM}}
	perK         = layout{order: []int{axisK}}
	perColumn    = layout{order: []int{axisN}, gap: 1}
	combinesList = []kernels.Combine{
		kernels.CombineAdd, kernels.CombineMul, kernels.CombineMin, kernels.CombineMax,
		kernels.CombineArgMin, kernels.CombineArgMax,
	}
)

func gapped(l layout) layout   { l.gap = 2; return l }
func reversed(l layout) layout { l.reverse = true; return l }

// TestNamed has every named step in sizes and layouts of all kinds.
func TestNamed(t *testing.T) {
	all := machines(t)
	shapes := [][]int{{1, 1, 1}, {5, 7, 3}, {33, 70, 65}, {1, 300, 9}, {300, 1, 9}, {70, 3, 20}, {130, 129, 12}, {2, 3, 0}, {300, 1, 0}}
	layouts := [][3]layout{
		{rowA, rowB, rowC}, {colA, colB, colC}, {gapped(rowA), reversed(colB), gapped(rowC)},
		{reversed(colA), gapped(rowB), reversed(rowC)}, {rowA, colB, gapped(colC)},
	}
	for _, dt := range floatTypes {
		for _, step := range term.All() {
			for i, shape := range shapes {
				l := layouts[i%len(layouts)]
				tr := trial{
					name: fmt.Sprint(step, dt, shape, i), kernel: named(t, step, dt), shape: shape,
					ins: []layout{l[0], l[1]}, outs: l[2], specials: i%2 == 1,
				}
				if step.IsWeighted() {
					tr.ins = append(tr.ins, []layout{perK, reversed(perK), gapped(perK)}[i%3])
				}
				tr.check(t, all)
			}
		}
	}
}

// TestSteps has steps without a name, one and several accumulators.
func TestSteps(t *testing.T) {
	all := machines(t)
	list := []*kernels.Contract{brayCurtis(t, kernels.F32), brayCurtis(t, kernels.F64), asymmetric(t)}
	for x, k := range list {
		for i, shape := range [][]int{{1, 1, 1}, {5, 7, 3}, {40, 1030, 5}, {300, 1, 9}, {270, 20, 3}, {2, 3, 0}, {33, 300, 40}} {
			tr := trial{name: fmt.Sprint("step", x, shape), kernel: k, shape: shape,
				ins: []layout{rowA, []layout{rowB, colB, reversed(colB)}[i%3]}, outs: []layout{rowC, colC}[i/3%2]}
			tr.check(t, all)
		}
	}
}

// TestLongChains has k around multiples of the chunks'.
func TestLongChains(t *testing.T) {
	all := machines(t)
	for _, dt := range floatTypes {
		for _, k := range []*kernels.Contract{named(t, term.FMA, dt), named(t, term.MaxAbsDiff, dt), brayCurtis(t, dt), asymmetric(t)} {
			for _, depth := range []int{8191, 8192, 8193, 16390} {
				tr := trial{name: fmt.Sprint("long", k.Accs, depth), kernel: k, shape: []int{3, 2, depth},
					ins: []layout{rowA, colB}, outs: rowC}
				tr.check(t, all)
			}
		}
	}
}

// withBodies prepares a by a parameter, an index and a transcendental, b by random
// numbers and a gather, and finishes with row, column and full operands: one
// output of the accumulator's type, one of the other float's, and an integer.
func withBodies(t *testing.T, k *kernels.Contract) {
	dt := k.Accs[0].Type
	other := kernels.F32 + kernels.F64 - dt
	k.Ins = []kernels.DType{dt, dt, dt, dt, dt}
	k.Params, k.Indices = append(k.Params, dt), 3
	param := len(k.Params) - 1
	k.PreA = body(t, func(b *kernels.Builder) values {
		x := b.Mul(b.Load(0, dt), b.Param(param, dt))
		return values{b.FMA(x, x, b.Convert(dt, b.Index(0)))}
	})
	k.PreB = body(t, func(b *kernels.Builder) values {
		u := mathfn.Uniform(b, dt, b.Index(1), b.Int(kernels.U64, 3), b.Int(kernels.U64, 4))
		return values{b.Sub(b.Gather(1, dt, b.Index(1)), u)}
	})
	k.Post = body(t, func(b *kernels.Builder) values {
		row, col, full := b.Load(2, dt), b.Load(3, dt), b.Load(4, dt)
		v := b.FMA(b.Acc(0, dt), row, b.Mul(col, b.Param(param, dt)))
		return values{b.Convert(other, v), b.Add(v, full), b.Bitcast(kernels.I64, b.Index(2)), b.Convert(kernels.I64, full)}
	})
}

// TestBodies has parts of a and b that are computed, and finished outputs.
func TestBodies(t *testing.T) {
	all := machines(t)
	for _, dt := range floatTypes {
		for i, shape := range [][]int{{1, 1, 1}, {9, 33, 6}, {70, 140, 20}, {33, 9, 20}, {40, 1, 7}} {
			m, n, depth := shape[0], shape[1], shape[2]
			for x, k := range []*kernels.Contract{named(t, term.SqDiff, dt), brayCurtis(t, dt)} {
				withBodies(t, k)
				tr := trial{
					name: fmt.Sprint("bodies", x, dt, shape), kernel: k, shape: shape,
					ins: []layout{
						[]layout{rowA, colA, gapped(rowA)}[i%3], {order: []int{axisN, axisK}}, gapped(perRow), perColumn,
						[]layout{rowC, colC}[i%2],
					},
					outs: []layout{rowC, colC, gapped(rowC)}[(i+1)%3],
					indices: []kernels.Layout{
						{Strides: []int{depth, 0, 3}, Offset: 5},
						{Strides: []int{0, 1, -n}, Offset: max(0, depth-1) * n},
						{Strides: []int{n, []int{1, 5}[i%2], 0}, Offset: -m},
					},
				}
				args := tr.args()
				if args.Ins[1].Len()-args.Ins[1].Offset < n*depth {
					t.Fatal("the gathered input is too short")
				}
				tr.check(t, all)
			}
		}
	}
}

// TestTurned has operands that are computed along the axis along which they lie, which is
// not always that of their panels: random numbers at indices, and functions of arrays.
func TestTurned(t *testing.T) {
	all := machines(t)
	for _, dt := range floatTypes {
		for i, shape := range [][]int{{9, 33, 6}, {40, 50, 300}, {60, 3, 20}, {20, 4100, 9}} {
			m, n, depth := shape[0], shape[1], shape[2]
			k := named(t, term.FMA, dt)
			k.Indices = 2
			pre := func(slot int) kernels.Body {
				return body(t, func(b *kernels.Builder) values {
					u := mathfn.Uniform(b, dt, b.Index(slot), b.Int(kernels.U64, 3), b.Int(kernels.U64, 4))
					return values{b.Add(u, b.Sqrt(b.Load(slot, dt)))}
				})
			}
			k.PreA, k.PreB = pre(0), pre(1)
			tr := trial{
				name: fmt.Sprint("turned", dt, shape), kernel: k, shape: shape,
				ins: []layout{colA, colB}, outs: []layout{rowC, colC}[i%2],
				indices: []kernels.Layout{
					{Strides: []int{1, 0, m}, Offset: 5},
					{Strides: []int{0, depth, 1}, Offset: 7},
				},
			}
			if n > 1000 {
				k.Post = body(t, func(b *kernels.Builder) values { return values{b.Neg(b.Acc(0, dt))} })
				k.Fold = &kernels.Fold{Accs: []kernels.Acc{{Type: dt, Combine: kernels.CombineAdd}}}
				k.Fold.Post = body(t, func(b *kernels.Builder) values { return values{b.Acc(0, dt)} })
				tr.outs = perRow
			}
			tr.check(t, all)
		}
	}
}

// TestFold reduces rows by every combine, at once and one by one, over one and
// several Tree blocks, for many rows and for few.
func TestFold(t *testing.T) {
	all := machines(t)
	for _, dt := range floatTypes {
		for x, k := range []*kernels.Contract{named(t, term.SqDiff, dt), brayCurtis(t, dt)} {
			for i, shape := range [][]int{{1, 1, 2}, {7, 5, 3}, {3, 300, 2}, {2, 9000, 2}, {270, 4097, 1}, {4, 12289, 1}} {
				if i == 4 && testing.Short() {
					continue
				}
				set := combinesList
				if i > 2 {
					set = combinesList[i%3 : i%3+3 : i%3+3]
				}
				k := *k
				k.Ins = append(k.Ins[:2:2], dt, dt)
				k.Fold = &kernels.Fold{}
				for _, c := range set {
					k.Fold.Accs = append(k.Fold.Accs, kernels.Acc{Type: dt, Combine: c})
				}
				k.Post = body(t, func(b *kernels.Builder) (vs values) {
					v := b.Sqrt(b.Acc(0, dt))
					for j := range set {
						if vs = append(vs, v); j%2 == 1 {
							vs[j] = b.Add(v, b.Load(2, dt))
						}
					}
					return vs
				})
				k.Fold.Post = body(t, func(b *kernels.Builder) (vs values) {
					for j, c := range set {
						vs = append(vs, b.Mul(b.Acc(j, dt), b.Load(3, dt)))
						if c.HasIndex() {
							vs = append(vs, b.AccIndex(j))
						}
					}
					return vs
				})
				tr := trial{name: fmt.Sprint("fold", x, dt, shape), kernel: &k, shape: shape, specials: i == 1,
					ins: []layout{rowA, []layout{colB, rowB}[i%2], perColumn, perRow}, outs: []layout{perRow, gapped(perRow)}[i%2]}
				tr.check(t, all)
			}
		}
	}
}

// TestTop keeps the first values of rows, of one and several strips, for many rows and
// for few, with ties, NaN, and fewer columns than are kept; Posts read operands.
func TestTop(t *testing.T) {
	all := machines(t)
	for _, dt := range floatTypes {
		for x, k := range []*kernels.Contract{named(t, term.SqDiff, dt), named(t, term.FMA, dt), brayCurtis(t, dt)} {
			for i, shape := range [][]int{{1, 1, 2}, {7, 5, 3}, {300, 40, 2}, {2, 9000, 2}, {40, 4097, 1}, {1, 30000, 1}, {3, 2, 20, 2}} {
				batch := len(shape) - 3
				k := *k
				k.Ins = append(k.Ins[:2:2], dt, dt)
				acc := kernels.Acc{Type: dt, Combine: kernels.CombineArgMin}
				k.Fold = &kernels.Fold{Accs: []kernels.Acc{acc}, Top: []int{1, 5, 10, kernels.MaxTop}[i%4]}
				if i%2 == 1 {
					k.Post = body(t, func(b *kernels.Builder) values { return values{b.Add(b.Acc(0, dt), b.Load(2, dt))} })
				}
				k.Fold.Post = body(t, func(b *kernels.Builder) values {
					return values{b.AccIndex(0), b.Mul(b.Acc(0, dt), b.Load(3, dt))}
				})
				on := func(axes ...int) layout {
					for i := range axes {
						axes[i] += batch
					}
					return layout{order: axes}
				}
				out := on(axisM, axisN)
				if batch > 0 {
					out.order = append([]int{0}, out.order...)
				}
				tr := trial{name: fmt.Sprint("top", x, dt, shape), kernel: &k, shape: shape, specials: i%3 > 0,
					ins: []layout{on(axisM, axisK), on(axisN, axisK), on(axisN), on(axisM)}, outs: []layout{out, gapped(out)}[i%2]}
				tr.check(t, all)
			}
		}
	}
}

// TestFoldOfChains hands the accumulators themselves to the fold.
func TestFoldOfChains(t *testing.T) {
	all := machines(t)
	for _, dt := range floatTypes {
		for x, k := range []*kernels.Contract{named(t, term.FMA, dt), brayCurtis(t, dt)} {
			k.Post = accsOf(t, k.Accs...)
			k.Fold = &kernels.Fold{Accs: []kernels.Acc{{Type: dt, Combine: kernels.CombineAdd}, {Type: dt, Combine: kernels.CombineArgMin}}[:len(k.Accs)]}
			k.Fold.Post = accsOf(t, k.Fold.Accs...)
			tr := trial{name: fmt.Sprint("chains", x, dt), kernel: k, shape: []int{40, 5000, 3}, ins: []layout{rowA, rowB}, outs: perRow}
			tr.check(t, all)
		}
	}
}

// TestBatches has batch axes along which a or b may not change, many small ones
// and a few large.
func TestBatches(t *testing.T) {
	all := machines(t)
	for _, dt := range floatTypes {
		for x, k := range []*kernels.Contract{named(t, term.AbsDiff, dt), brayCurtis(t, dt)} {
			for i, shape := range [][]int{{1, 4, 5, 6}, {3, 2, 5, 17, 9}, {70, 2, 1, 4}, {2, 130, 140, 130}} {
				if i == 3 && (x == 1 || testing.Short()) {
					continue // the oracle is slow
				}
				b := len(shape) - 3
				m, n, depth := b, b+1, b+2
				var batch []int
				for axis := range b {
					batch = append(batch, axis)
				}
				a := layout{order: append(batch[:i%2:i%2], m, depth)}
				tr := trial{
					name: fmt.Sprint("batches", x, dt, shape), kernel: k, shape: shape,
					ins:  []layout{a, {order: append(batch[:b:b], depth, n)}},
					outs: layout{order: append(batch[:b:b], m, n)},
				}
				tr.check(t, all)
			}
		}
	}
}

// TestCancelled has a context that has ended.
func TestCancelled(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	for _, m := range machines(t) {
		for _, k := range []*kernels.Contract{named(t, term.FMA, kernels.F32), brayCurtis(t, kernels.F32)} {
			for _, shape := range [][]int{{4, 5, 6}, {9, 4, 5, 6}} {
				batch := make([]int, len(shape)-3)
				plain := layout{order: append(batch, len(batch), len(batch)+1)}
				tr := trial{name: "cancelled", kernel: k, shape: shape, ins: []layout{plain, plain}, outs: plain}
				if err := m.compile(t, k).Run(ctx, launchArgs(tr.args())); !errors.Is(err, context.Canceled) {
					t.Errorf("%s: error %v, expected %v", m.name, err, context.Canceled)
				}
			}
		}
	}
}

// TestMissed has a gather beyond its input, which is an error once.
func TestMissed(t *testing.T) {
	for _, m := range machines(t) {
		k := named(t, term.FMA, kernels.F64)
		k.Indices = 1
		k.PreB = body(t, func(b *kernels.Builder) values { return values{b.Gather(1, kernels.F64, b.Index(0))} })
		tr := trial{name: "missed", kernel: k, shape: []int{4, 5, 6}, ins: []layout{rowA, rowB}, outs: rowC}
		p := m.compile(t, k)
		for _, offset := range []int{1000, 0} {
			tr.indices = []kernels.Layout{{Strides: []int{0, 1, 1}, Offset: offset}}
			err := p.Run(context.Background(), launchArgs(tr.args()))
			if (err != nil) != (offset > 0) || err != nil && !errors.Is(err, errMissed) {
				t.Errorf("%s: offset %d: error %v", m.name, offset, err)
			}
		}
	}
}

// TestTooManyAccumulators has a step that the CPU refuses.
func TestTooManyAccumulators(t *testing.T) {
	k := brayCurtis(t, kernels.F64)
	for len(k.Accs) <= maxAccs {
		k.Accs = append(k.Accs, k.Accs[0])
	}
	m := machines(t)[0]
	if _, err := Compile(m.Table, m.run, m.memory, k); !errors.Is(err, errors.ErrUnsupported) {
		t.Errorf("error %v, expected %v", err, errors.ErrUnsupported)
	}
}

// TestConcurrent runs one program from several goroutines.
func TestConcurrent(t *testing.T) {
	k := named(t, term.SqDiff, kernels.F64)
	withBodies(t, k)
	tr := trial{name: "concurrent", kernel: k, shape: []int{60, 50, 40},
		ins:  []layout{rowA, rowB, perRow, perColumn, rowC},
		outs: rowC,
		indices: []kernels.Layout{
			{Strides: []int{1, 0, 1}}, {Strides: []int{0, 1, 1}}, {Strides: []int{1, 1, 0}},
		}}
	args := tr.args()
	want := copyArgs(args)
	if err := oracle.Run(k, want); err != nil {
		t.Fatal(err)
	}
	for _, m := range machines(t) {
		p := m.compile(t, k)
		var wg sync.WaitGroup
		for range 4 {
			wg.Go(func() {
				got := copyArgs(args)
				if err := p.Run(context.Background(), launchArgs(got)); err != nil {
					t.Error(err)
				}
				for o := range got.Outs {
					if string(got.Outs[o].Bytes) != string(want.Outs[o].Bytes) {
						t.Errorf("%s: output %d differs", m.name, o)
					}
				}
			})
		}
		wg.Wait()
	}
}
