package ptx_test

import (
	"context"
	"fmt"
	"math"
	"math/rand/v2"
	"strings"
	"testing"
	"unsafe"

	"github.com/quern-go/quern/device"
	"github.com/quern-go/quern/kernels"
	"github.com/quern-go/quern/kernels/ptx"
	"github.com/quern-go/quern/kernels/term"
)

// matrices are a (m, k), b (k, n) and what a kernel makes of them.
type matrices struct {
	m, n, k int
	a, b, c []float32
}

// newMatrices are random ones of values that f makes.
func newMatrices(m, n, k int, f func(r *rand.Rand) float32) *matrices {
	r := rand.New(rand.NewPCG(uint64(m*n), uint64(k)))
	x := &matrices{m: m, n: n, k: k, a: make([]float32, m*k), b: make([]float32, k*n), c: make([]float32, m*n)}
	for _, list := range [][]float32{x.a, x.b} {
		for i := range list {
			list[i] = f(r)
		}
	}
	return x
}

func asBytes(x []float32) []byte { return unsafe.Slice((*byte)(unsafe.Pointer(&x[0])), 4*len(x)) }

// run computes c on a device.
func (x *matrices) run(t *testing.T, d *interpreted, k *kernels.Contract) {
	t.Helper()
	ctx := context.Background()
	prog, err := d.Compile(k)
	if err != nil {
		t.Fatal(err)
	}
	s, err := d.NewStream()
	if err != nil {
		t.Fatal(err)
	}
	var bufs []device.Buffer
	for _, list := range [][]float32{x.a, x.b, x.c} {
		b, err := d.Alloc(4 * len(list))
		if err != nil {
			t.Fatal(err)
		}
		defer b.Release()
		bufs = append(bufs, b)
		if err := s.Upload(b, asBytes(list)); err != nil {
			t.Fatal(err)
		}
	}
	args := &device.Args{
		Shape: []int{x.m, x.n, x.k},
		Ins:   []device.Operand{{Buffer: bufs[0], Strides: []int{x.k, 0, 1}}, {Buffer: bufs[1], Strides: []int{0, 1, x.n}}},
		Outs:  []device.Operand{{Buffer: bufs[2], Strides: []int{x.n, 1, 0}}},
	}
	if err := s.Launch(prog, args); err != nil {
		t.Fatal(err)
	}
	if err := s.Download(asBytes(x.c), bufs[2]); err != nil {
		t.Fatal(err)
	}
	if err := s.Sync(ctx); err != nil {
		t.Fatal(err)
	}
}

// column and row are b's and a's.
func (x *matrices) pair(i, j int, f func(a, b float64)) {
	for k := range x.k {
		f(float64(x.a[i*x.k+k]), float64(x.b[k*x.n+j]))
	}
}

// worst is the largest error divided by its bound.
func (x *matrices) worst(p kernels.Precision, step term.Term) float64 {
	worst := 0.0
	for i := range x.m {
		for j := range x.n {
			var exact, size, aa, bb float64
			x.pair(i, j, func(a, b float64) {
				size += math.Abs(a * b)
				aa += a * a
				bb += b * b
				if step == term.FMA {
					exact += a * b
				} else {
					exact += (a - b) * (a - b)
				}
			})
			bound := p.ProductError(x.k) * size
			if step == term.SqDiff {
				bound = p.SqDistanceError(x.k, math.Sqrt(exact), math.Sqrt(aa)+math.Sqrt(bb))
			}
			worst = max(worst, math.Abs(float64(x.c[i*x.n+j])-exact)/bound)
		}
	}
	return worst
}

func largeTiles(sm int) *interpreted {
	d := newInterpreted(ptx.Target{SM: sm})
	d.rendered = func(m *ptx.Module) { m.LargeTiles() }
	return d
}

// TestReducedPrecision compares tensor units' products with exact ones: the error is
// within its bound, and not far below it, so that the bound says something.
func TestReducedPrecision(t *testing.T) {
	sources := map[string]func(r *rand.Rand) float32{
		"signs":     func(r *rand.Rand) float32 { return r.Float32()*2 - 1 },
		"positive":  func(r *rand.Rand) float32 { return 1 + r.Float32() },
		"adversary": func(r *rand.Rand) float32 { return 1 + 0x1p-11 + 0x1p-8 }, // rounds badly every time
		"wide":      func(r *rand.Rand) float32 { return float32(math.Ldexp(r.Float64()*2-1, r.IntN(40)-20)) },
	}
	devices := map[string]*interpreted{"64x64": newInterpreted(ptx.Target{SM: 80}), "128x128": largeTiles(90)}
	for _, p := range []kernels.Precision{kernels.TF32, kernels.BF16} {
		for _, step := range []term.Term{term.FMA, term.SqDiff} {
			k := contractOf(t, step, f32)
			k.Precision = p
			for name, source := range sources {
				for tiles, d := range devices {
					if testing.Short() && name != "signs" {
						continue
					}
					t.Run(fmt.Sprintf("%s/%s/%s/%s", p, step, name, tiles), func(t *testing.T) {
						x := newMatrices(19, 33, 70, source)
						x.run(t, d, k)
						worst := x.worst(p, step)
						if worst > 1 {
							t.Errorf("the error is %.3g of its bound", worst)
						}
						if name == "positive" && step == term.FMA && worst < 1e-3 {
							t.Errorf("the error is only %.3g of its bound", worst)
						}
						t.Logf("the largest error is %.3g of its bound", worst)
					})
				}
			}
		}
	}
}

// TestReducedPrecisionOfEqualRows: their distance is 0 but for the rounding of sums,
// and never negative.
func TestReducedPrecisionOfEqualRows(t *testing.T) {
	d := newInterpreted(ptx.Target{SM: 80})
	for _, p := range []kernels.Precision{kernels.TF32, kernels.BF16} {
		k := contractOf(t, term.SqDiff, f32)
		k.Precision = p
		x := newMatrices(18, 18, 40, func(r *rand.Rand) float32 { return r.Float32() })
		for i := range x.m {
			for at := range x.k {
				x.b[at*x.n+i] = x.a[i*x.k+at]
			}
		}
		x.run(t, d, k)
		for i := range x.m {
			norm := 0.0
			x.pair(i, i, func(a, b float64) { norm += a * b })
			if got := float64(x.c[i*x.n+i]); got < 0 || got > 0x1p-20*float64(x.k+2)*norm {
				t.Errorf("%s: row %d: distance %g from itself, of norm² %g", p, i, got, norm)
			}
		}
	}
}

// TestReducedPrecisionOfBodies: elements that are computed, of a body that is not 0
// where there is no element, and chains of two chunks.
func TestReducedPrecisionOfBodies(t *testing.T) {
	k := contractOf(t, term.FMA, f32)
	k.Precision = kernels.TF32
	k.PreA = body(t, func(b *kernels.Builder) values { return values{b.Add(b.Load(0, f32), b.Float(f32, 1))} })
	exact := contractOf(t, term.FMA, f32)
	exact.PreA = k.PreA
	depths := []int{3, 21, kernels.ChunkK + 5}
	if testing.Short() {
		depths = depths[:2]
	}
	for _, depth := range depths {
		x := newMatrices(18, 20, depth, func(r *rand.Rand) float32 { return float32(r.IntN(10)) })
		d := newInterpreted(ptx.Target{SM: 80})
		x.run(t, d, exact)
		want := append([]float32(nil), x.c...)
		x.run(t, d, k)
		for i := range want {
			if x.c[i] != want[i] {
				t.Fatalf("k = %d: element %d is %g, expected %g", depth, i, x.c[i], want[i])
			}
		}
	}
}

// TestReducedPrecisionIsPermission: what tensor units do not do is computed exactly,
// by the same text.
func TestReducedPrecisionIsPermission(t *testing.T) {
	folded := contractOf(t, term.FMA, f32)
	accs := []kernels.Acc{{Type: f32, Combine: kernels.CombineAdd}}
	folded.Fold = &kernels.Fold{Accs: accs, Post: accsOf(t, accs)}
	for _, c := range []struct {
		name string
		k    *kernels.Contract
		sm   int
		want kernels.Precision
	}{
		{"product", contractOf(t, term.FMA, f32), 80, kernels.TF32},
		{"distance", contractOf(t, term.SqDiff, f32), 90, kernels.TF32},
		{"Volta", contractOf(t, term.FMA, f32), 70, kernels.Exact},
		{"float64", contractOf(t, term.FMA, f64), 80, kernels.Exact},
		{"city block", contractOf(t, term.AbsDiff, f32), 80, kernels.Exact},
		{"fold", folded, 80, kernels.Exact},
	} {
		t.Run(c.name, func(t *testing.T) {
			exact := render(t, c.k, ptx.Target{SM: c.sm}, 1)
			fast := *c.k
			fast.Precision = kernels.TF32
			if fast.Key() == c.k.Key() {
				t.Error("the kernel that allows less has the exact one's key")
			}
			m := render(t, &fast, ptx.Target{SM: c.sm}, 1)
			if exact.Precision() != kernels.Exact || m.Precision() != c.want {
				t.Errorf("precision %s where %s may be, expected %s", m.Precision(), fast.Precision, c.want)
			}
			if strings.Contains(exact.Source(), "mma.sync") {
				t.Error("the exact text uses tensor units")
			}
			plain := comments.ReplaceAllString(m.Source(), "")
			if uses := strings.Contains(plain, "mma.sync"); uses != (c.want != kernels.Exact) {
				t.Errorf("the text uses tensor units: %v", uses)
			}
			if c.want == kernels.Exact && plain != comments.ReplaceAllString(exact.Source(), "") {
				t.Error("the text is not that of the exact kernel")
			}
		})
	}
}
