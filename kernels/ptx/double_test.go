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
	"github.com/quern-go/quern/kernels/ptx/interp"
	"github.com/quern-go/quern/kernels/term"
)

// doubles are float64 matrices a (m, k) and b (k, n), each stored in rows, or in columns if
// it is transposed, with some elements more from one to the next.
type doubles struct {
	m, n, k                int
	transposeA, transposeB bool
	more                   int
	a, b                   []float64
}

func newDoubles(m, n, k int, transposeA, transposeB bool, more int) *doubles {
	r := rand.New(rand.NewPCG(uint64(m*n), uint64(k)))
	x := &doubles{m: m, n: n, k: k, transposeA: transposeA, transposeB: transposeB, more: more}
	fill := func(rows, cols int, transposed bool) []float64 {
		if transposed {
			rows, cols = cols, rows
		}
		list := make([]float64, (rows-1)*(cols+more)+cols)
		for i := range list {
			list[i] = awkward(r)
		}
		return list
	}
	x.a, x.b = fill(m, k, transposeA), fill(k, n, transposeB)
	return x
}

// awkward is a number for which the order of sums and every rounding matter: of any size,
// often one of a pair that cancels, now and then a zero, denormal or infinite.
func awkward(r *rand.Rand) float64 {
	sign := float64(1 - 2*r.IntN(2))
	switch n := r.IntN(40); {
	case n == 0:
		return sign * 0
	case n == 1:
		return sign * 0x1p-1060 * r.Float64()
	case n == 2 && r.IntN(8) == 0:
		return math.Inf(int(sign))
	case n < 8:
		return sign * math.Ldexp(r.Float64(), r.IntN(200)-100)
	}
	return sign * (1 + r.Float64())
}

func strides(rows, cols int, transposed bool, more int) (row, col int) {
	if transposed {
		return 1, rows + more
	}
	return cols + more, 1
}

func doubleBytes(x []float64) []byte { return unsafe.Slice((*byte)(unsafe.Pointer(&x[0])), 8*len(x)) }

// run is the product that a device makes.
func (x *doubles) run(t *testing.T, d *interpreted, k *kernels.Contract) []float64 {
	t.Helper()
	prog, err := d.Compile(k)
	if err != nil {
		t.Fatal(err)
	}
	s, err := d.NewStream()
	if err != nil {
		t.Fatal(err)
	}
	c := make([]float64, x.m*x.n)
	var bufs []device.Buffer
	for _, list := range [][]float64{x.a, x.b, c} {
		b, err := d.Alloc(8 * len(list))
		if err != nil {
			t.Fatal(err)
		}
		defer b.Release()
		bufs = append(bufs, b)
		if err := s.Upload(b, doubleBytes(list)); err != nil {
			t.Fatal(err)
		}
	}
	ai, ak := strides(x.m, x.k, x.transposeA, x.more)
	bk, bj := strides(x.k, x.n, x.transposeB, x.more)
	args := &device.Args{
		Shape: []int{x.m, x.n, x.k},
		Ins:   []device.Operand{{Buffer: bufs[0], Strides: []int{ai, 0, ak}}, {Buffer: bufs[1], Strides: []int{0, bj, bk}}},
		Outs:  []device.Operand{{Buffer: bufs[2], Strides: []int{x.n, 1, 0}}},
	}
	if err := s.Launch(prog, args); err != nil {
		t.Fatal(err)
	}
	if err := s.Download(doubleBytes(c), bufs[2]); err != nil {
		t.Fatal(err)
	}
	if err := s.Sync(context.Background()); err != nil {
		t.Fatal(err)
	}
	return c
}

// chain is an element of the product by its definition.
func (x *doubles) chain(i, j int) float64 {
	ai, ak := strides(x.m, x.k, x.transposeA, x.more)
	bk, bj := strides(x.k, x.n, x.transposeB, x.more)
	total := 0.0
	for first := 0; first < x.k; first += kernels.ChunkK {
		sum := 0.0
		for k := first; k < min(x.k, first+kernels.ChunkK); k++ {
			sum = math.FMA(x.a[i*ai+k*ak], x.b[k*bk+j*bj], sum)
		}
		if total += sum; first == 0 {
			total = sum // with the sign of a zero
		}
	}
	return total
}

func (x *doubles) compare(t *testing.T, got []float64) {
	t.Helper()
	for i := range x.m {
		for j := range x.n {
			g, want := got[i*x.n+j], x.chain(i, j)
			if math.Float64bits(g) != math.Float64bits(want) && (g == g || want == want) {
				t.Fatalf("element (%d, %d) is %v (%#x), expected %v (%#x)", i, j, g, math.Float64bits(g), want, math.Float64bits(want))
			}
		}
	}
}

// forms are those of tensor units' products whose chains are the definition's.
var forms = []ptx.Product64{ptx.M8N8K4, ptx.M16N8K4, ptx.M16N8K8}

func doubleDevice(p ptx.Product64, large bool) *interpreted {
	d := newInterpreted(ptx.Target{SM: 90, ISA: 78, Product64: p})
	if large {
		d.rendered = func(m *ptx.Module) { m.LargeTiles() }
	}
	return d
}

// TestProduct64 compares products of tensor units with the definition, bit for bit: of
// every length up to two slices and of more, of rows and columns that fill no tile, however
// the operands lie.
func TestProduct64(t *testing.T) {
	k := contractOf(t, term.FMA, f64)
	for _, p := range forms {
		for _, large := range []bool{false, true} {
			d := doubleDevice(p, large)
			for i, c := range []struct{ m, n, k int }{
				{17, 18, 1}, {33, 20, 4}, {20, 35, 15}, {18, 66, 16}, {65, 17, 17}, {19, 19, 31}, {24, 24, 32}, {66, 130, 33}, {130, 192, 82},
			} {
				if testing.Short() && (i%3 != 0 || large && i > 0) {
					continue
				}
				for layout := range 4 {
					// Sixteen bytes may be copied at once of both operands, or not.
					more := 0
					if i < 7 {
						more = (i + layout) % 2
					}
					t.Run(fmt.Sprintf("%s/large=%v/%dx%dx%d/layout%d", p, large, c.m, c.n, c.k, layout), func(t *testing.T) {
						x := newDoubles(c.m, c.n, c.k, layout&1 != 0, layout&2 != 0, more)
						x.compare(t, x.run(t, d, k))
					})
				}
			}
		}
	}
}

// TestProduct64Chunks has chains of two chunks.
func TestProduct64Chunks(t *testing.T) {
	if testing.Short() {
		t.Skip("interprets long chains")
	}
	x := newDoubles(17, 18, kernels.ChunkK+37, false, false, 0)
	x.compare(t, x.run(t, doubleDevice(ptx.M16N8K8, false), contractOf(t, term.FMA, f64)))
}

// TestProduct64Order: a unit that adds in another order gives other bits, which these
// numbers and the check's would tell.
func TestProduct64Order(t *testing.T) {
	d := doubleDevice(ptx.M16N8K8, false)
	d.parsed = func(p *interp.Program) { p.Descending = true }
	x := newDoubles(17, 17, 32, false, false, 0)
	got := x.run(t, d, contractOf(t, term.FMA, f64))
	for i := range got {
		if want := x.chain(i/x.n, i%x.n); math.Float64bits(got[i]) != math.Float64bits(want) {
			return
		}
	}
	t.Error("the bits are the definition's all the same")
}

// TestProduct64Uses: tensor units do products of float64 where the target names a form,
// as long as nothing else is computed at every step, and never anything else.
func TestProduct64Uses(t *testing.T) {
	with := ptx.Target{SM: 90, ISA: 78, Product64: ptx.M16N8K4}
	added := contractOf(t, term.FMA, f64)
	added.PreA = body(t, func(b *kernels.Builder) values { return values{b.Add(b.Load(0, f64), b.Float(f64, 1))} })
	folded := contractOf(t, term.FMA, f64)
	accs := []kernels.Acc{{Type: f64, Combine: kernels.CombineAdd}}
	folded.Fold = &kernels.Fold{Accs: accs, Post: accsOf(t, accs)}
	for _, c := range []struct {
		name string
		k    *kernels.Contract
		t    ptx.Target
		want ptx.Product64
	}{
		{"product", contractOf(t, term.FMA, f64), with, ptx.M16N8K4},
		{"none named", contractOf(t, term.FMA, f64), ptx.Target{SM: 90, ISA: 78}, ptx.NoProduct64},
		{"float32", contractOf(t, term.FMA, f32), with, ptx.NoProduct64},
		{"distance", contractOf(t, term.SqDiff, f64), with, ptx.NoProduct64},
		{"computed elements", added, with, ptx.NoProduct64},
		{"fold", folded, with, ptx.NoProduct64},
	} {
		t.Run(c.name, func(t *testing.T) {
			m, err := ptx.Render(c.k, c.t, 4)
			if err != nil {
				t.Fatal(err)
			}
			if got := m.Product64(); got != c.want {
				t.Errorf("products by %s, expected %s", got, c.want)
			}
			if uses := strings.Contains(m.Source(), "mma.sync"); uses != (c.want != ptx.NoProduct64) {
				t.Errorf("the text uses tensor units: %v", uses)
			}
		})
	}
	for _, target := range []ptx.Target{{SM: 70, Product64: ptx.M8N8K4}, {SM: 80, ISA: 78, Product64: ptx.M16N8K4}, {SM: 90, ISA: 77, Product64: ptx.M16N8K4}} {
		if _, err := ptx.Render(added, target, 4); err == nil || !strings.Contains(err.Error(), "has no product") {
			t.Errorf("%+v: error %v", target, err)
		}
		if _, err := ptx.ProductCheck(target.Product64, target); err == nil {
			t.Errorf("%+v: there is a text to check it with", target)
		}
	}
}

// TestAssemblesProduct64 assembles the texts with tensor units' products of float64: they
// keep everything in registers, and leave room for as many thread blocks as they say.
func TestAssemblesProduct64(t *testing.T) {
	path := ptxas(t)
	for sm, p := range map[int]ptx.Product64{80: ptx.M8N8K4, 90: ptx.M16N8K8} {
		target := ptx.Target{SM: sm, ISA: 78, Product64: p}
		m, err := ptx.Render(contractOf(t, term.FMA, f64), target, 4)
		if err != nil {
			t.Fatal(err)
		}
		check, err := ptx.ProductCheck(p, target)
		if err != nil {
			t.Fatal(err)
		}
		for _, e := range append(m.Entries, check) {
			if e.DynamicBytes == 0 && e.Name != check.Name || strings.HasPrefix(e.Name, "chunk") && testing.Short() {
				continue
			}
			t.Run(fmt.Sprintf("sm_%d/%s", sm, e.Name), func(t *testing.T) {
				t.Parallel()
				a := assemble(t, path, e.Source, sm)
				t.Logf("%d registers, %d bytes of shared memory", a.registers, e.DynamicBytes)
				if a.spills > 0 || a.registers > 255 || e.DynamicBytes > ptx.Product64Shared {
					t.Errorf("%d bytes spilled, %d registers, %d bytes of shared memory of %d", a.spills, a.registers, e.DynamicBytes, ptx.Product64Shared)
				}
			})
		}
	}
}
