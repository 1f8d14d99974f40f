package ops

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/quern-go/quern/device"
	"github.com/quern-go/quern/ops/internal/expr"
)

// TestSmallDevice: what does not fit a device's memory is done there in panels,
// with the same bits, sources that are larger than it among them.
func TestSmallDevice(t *testing.T) {
	x, y := randomMatrix(40, 30), randomMatrix(30, 50)
	z := randomMatrix(40, 50)
	long := randomMatrix(20000, 1).Reshape(20000)
	resident := func(e Option, on Option) Array[float64] {
		r, err := randomMatrix(10, 10).Eval(ctx, e, on)
		if err != nil {
			t.Fatal(err)
		}
		return r
	}
	for _, c := range []struct {
		name  string
		limit int
		make  func(e, on Option) Array[float64]
	}{
		{"map", 4000, func(_, _ Option) Array[float64] { return long.Exp().AddScalar(1) }},
		{"sum", 40000, func(_, _ Option) Array[float64] { return long.Square().Sum() }},
		{"deviation", 40000, func(_, _ Option) Array[float64] { return long.Std() }},
		{"median", 40000, func(_, _ Option) Array[float64] { return long.Exp().Median() }},
		{"histogram", 40000, func(_, _ Option) Array[float64] {
			counts, _ := long.Exp().HistogramBetween(5, 0.5, 2)
			return Floats[float64](counts)
		}},
		{"transposed", 4000, func(_, _ Option) Array[float64] { return z.T().AddScalar(1) }},
		{"product", 8000, func(_, _ Option) Array[float64] { return x.MatMul(y) }},
		{"product and more", 12000, func(_, _ Option) Array[float64] { return x.MatMul(y).Sub(z).Div(z.Sum(0)) }},
		{"chain", 14000, func(_, _ Option) Array[float64] { return x.MatMul(y).MatMul(z.T()) }},
		{"distances", 8000, func(_, _ Option) Array[float64] { return PairwiseDistance(x, y.T().Slice(To(20)), Euclidean).Min(1) }},
		{"sum of columns", 40000, func(_, _ Option) Array[float64] { return randomMatrix(10000, 2).Square().Sum(0) }},
		{"with a resident array", 3000, func(e, on Option) Array[float64] {
			r := resident(e, on)
			return r.MatMul(r.T()).Add(r.Slice(All().By(-1))).Sub(x.Slice(To(10), To(10)))
		}},
	} {
		for i := range 4 {
			known, engines := i%2 == 1, i/2*2
			t.Run(fmt.Sprintf("%s, limit known %v, %d copy engines", c.name, known, engines), func(t *testing.T) {
				d := gpu()
				d.limit, d.known, d.engines = c.limit, known, engines
				engine := testEngine(d, slow())
				e, on := WithEngine(engine), OnDevice(d)
				a := c.make(e, on)
				want := mustData(t, a)
				for range 2 {
					got, err := a.Data(ctx, e, on, Strict())
					if err != nil || !slices.Equal(got, want) {
						t.Fatalf("other values, or error %v", err)
					}
				}
				if s := engine.Stats(); s.InPanels != 2 || s.Fallbacks != 0 {
					t.Errorf("counted %+v, expected 2 evaluations in panels", s)
				}
				if p, err := a.Explain(e, on); err != nil || known != strings.Contains(p.String(), "panels") {
					t.Errorf("%v\n%v", p, err)
				}
				if a.Size() > 100 {
					return
				}
				if got, err := a.Eval(ctx, e, on, Strict()); err != nil || !slices.Equal(mustData(t, got), want) {
					t.Errorf("Eval: other values, or error %v", err)
				}
			})
		}
	}
}

func randomMatrix(m, n int) Array[float64] {
	data, _ := Normal[float64](uint64(m*n), m, n).Data(ctx)
	return FromSlice(data, m, n)
}

// TestSmallDeviceFallsBack: where no panel is small enough the CPU does it.
func TestSmallDeviceFallsBack(t *testing.T) {
	d := gpu()
	d.limit = 100
	engine := testEngine(d, slow())
	e, on := WithEngine(engine), OnDevice(d)
	a := randomMatrix(40, 30).MatMul(randomMatrix(30, 50))
	got, err := a.Data(ctx, e, on)
	if err != nil || !slices.Equal(got, mustData(t, a)) {
		t.Fatalf("other values, or error %v", err)
	}
	if s := engine.Stats(); s.Fallbacks != 1 || s.InPanels != 0 {
		t.Errorf("counted %+v, expected a fallback", s)
	}
	if _, err := a.Data(ctx, e, on, Strict()); !errors.Is(err, device.ErrOutOfMemory) {
		t.Errorf("strict: error %v", err)
	}
}

// TestExpressionsOnSmallDevices runs random expressions on devices that have less
// memory than they need; what fails has run out of it, and nothing stays behind.
func TestExpressionsOnSmallDevices(t *testing.T) {
	count := 600
	if testing.Short() {
		count = 100
	}
	done, cut := 0, int64(0)
	for seed := range count {
		g := &generator[float64]{next: seededChoices(uint64(seed))}
		g.pool = append(g.pool, g.source(), g.source(), g.source())
		for range 2 + seed%15 {
			g.step()
		}
		n := g.pool[len(g.pool)-1].n
		if n.Op == expr.Const {
			continue
		}
		d := gpu()
		d.limit, d.known, d.engines = 1000+seed%3*1000, seed%2 == 0, seed/2%3
		engine := testEngine(d)
		mem := make([]byte, n.Bytes())
		err := into(ctx, n, n.Type, mem, []Option{WithEngine(engine), Exact(), Strict()})
		switch {
		case err == nil:
			done++
			cut += engine.Stats().InPanels
			want := evaluateNaively(t, n)
			for i, got := range readBits(n.Type, mem) {
				if !sameBits(n.Type, got, want[i]) {
					t.Fatalf("%d: element %d: other bits\n%s", seed, i, strings.Join(g.trace, "\n"))
				}
			}
		case !errors.Is(err, device.ErrOutOfMemory):
			t.Fatalf("%d: %v\n%s", seed, err, strings.Join(g.trace, "\n"))
		}
		g.pool = nil
		n = nil
		waitFor(t, "device memory is freed", func() bool { return d.used() == 0 })
	}
	if cut < int64(count/20) {
		t.Errorf("%d expressions done, %d in panels; expected more", done, cut)
	}
}

// TestPanelsThatFail: another device does what one could not finish, unless a
// source has been written over by then.
func TestPanelsThatFail(t *testing.T) {
	other := randomMatrix(24, 24)
	m := other.MatMul(other)
	values := mustData(t, randomMatrix(24, 24).T())
	want := mustData(t, FromSlice(slices.Clone(values), 24, 24).Add(m))
	for i := range 4 {
		inPlace, engines := i%2 == 1, i/2*2
		done, lost := false, 0
		for failAt := 1; !done; failAt++ {
			d := smallGPU()
			d.failAt, d.engines = failAt, engines
			engine := testEngine(d, slow())
			y := slices.Clone(values)
			dst := y
			if !inPlace {
				dst = make([]float64, len(y))
			}
			err := FromSlice(y, 24, 24).Add(m).Into(ctx, dst, WithEngine(engine), OnDevice(d))
			done = d.launches < failAt
			touched := inPlace && !slices.Equal(y, values)
			switch {
			case err == nil && !slices.Equal(dst, want):
				t.Fatalf("in place %v, %d engines, launch %d failed: other values", inPlace, engines, failAt)
			case err == nil && !done && engine.Stats().Fallbacks != 1:
				t.Errorf("in place %v, %d engines, launch %d failed: counted %+v", inPlace, engines, failAt, engine.Stats())
			case err != nil && !(touched && errors.Is(err, errOverwritten)):
				t.Errorf("in place %v, %d engines, launch %d failed: %v", inPlace, engines, failAt, err)
			}
			if err != nil {
				lost++
			}
		}
		if inPlace != (lost > 0) {
			t.Errorf("in place %v, %d engines: %d errors", inPlace, engines, lost)
		}
	}
}

// TestPanelsAtATime: how many panels are computed at a time, within the memory of the device.
func TestPanelsAtATime(t *testing.T) {
	x := randomMatrix(64, 50) // 25,600 bytes
	wide := randomMatrix(50, 1000)
	for _, c := range []struct {
		name    string
		a       Array[float64]
		limit   int
		engines int
		want    string
	}{
		{"no engine", x.Exp(), 24000, 0, "in 3 panels of 22 along axis 0 of shape [64 50]\n"},
		{"one engine", x.Exp(), 24000, 1, "in 6 panels of 11 along axis 0 of shape [64 50], 2 at a time\n"},
		{"two engines", x.Exp(), 24000, 2, "in 10 panels of 7 along axis 0 of shape [64 50], 3 at a time\n"},
		{"many engines", x.Exp(), 24000, 7, "in 10 panels of 7 along axis 0 of shape [64 50], 3 at a time\n"},
		// Of 175,000 bytes all panels share the 25,600 of x.
		{"what they share", x.MatMul(wide), 200_000, 2, "in 21 panels of 48 along axis 1 of shape [64 1000], 3 at a time\n"},
		// 16 columns are a panel's share, but each panel takes the sums of rows beside.
		{"what each takes", x.Slice(All(), To(30)).Exp().Sub(x.Sum(1).Reshape(64, 1)), 32000, 2, "in 6 panels of 5 along axis 1 of shape [64 30], 3 at a time\n"},
	} {
		t.Run(c.name, func(t *testing.T) {
			d := gpu()
			d.limit, d.known, d.engines = c.limit, true, c.engines
			engine := testEngine(d, slow())
			p, err := c.a.Explain(WithEngine(engine), OnDevice(d))
			if err != nil || !strings.Contains(p.String(), c.want) {
				t.Errorf("error %v, plan\n%v\nexpected %q", err, p, c.want)
			}
			got, err := c.a.Data(ctx, WithEngine(engine), OnDevice(d), Strict())
			if err != nil || !slices.Equal(got, mustData(t, c.a)) {
				t.Errorf("other values, or error %v", err)
			}
		})
	}
}
