package ops

import (
	"slices"
	"strings"
	"testing"

	"github.com/quern-go/quern/kernels"
)

// isScan reports whether a kernel is a kernels.Scan.
func isScan(k kernels.Kernel) bool {
	_, scan := k.(*kernels.Scan)
	return scan
}

// TestScansElsewhere: scans run on the CPU, the rest on a device that has none, which
// is not a fallback, and gives the same bits.
func TestScansElsewhere(t *testing.T) {
	x := Normal[float64](7, 40, 50)
	counts, edges := x.Exp().Histogram(9)
	for _, c := range []struct {
		name string
		a    Array[float64]
	}{
		{"sort alone", x.Sort(1)},
		{"before and after", x.Exp().CumSum(0).Sqrt().Sum(1)},
		{"one after another", x.Sort(0).CumSum(1).Median(0)},
		{"two beside each other", x.Sort(1).Add(x.CumSum(1)).MatMul(x.T())},
		{"of a slice", x.Slice(From(3), All().By(2)).Sort(0)},
		{"take in order", x.Take(x.Sum(1).ArgSort(0), 0)},
		{"histogram", Concat(0, Floats[float64](counts), edges)},
		{"constant", Ones[float64](10).CumSum()},
	} {
		t.Run(c.name, func(t *testing.T) {
			gpu := &testDevice{name: "gpu", unsupported: isScan}
			host := &hostDevice{testDevice{name: cpuSelector}}
			e := testEngine(gpu, host)
			e.units = e.units[:1]
			got, err := c.a.Data(ctx, WithEngine(e), Strict(), Exact())
			if err != nil {
				t.Fatal(err)
			}
			want, err := c.a.Data(ctx, WithEngine(oracleEngine(t)), Exact())
			if err != nil {
				t.Fatal(err)
			}
			if !slices.Equal(got, want) {
				t.Errorf("%v, expected %v", got, want)
			}
			if s := e.Stats(); s.Fallbacks > 0 {
				t.Errorf("%+v: counted as a fallback", s)
			}
			if gpu.launches == 0 && c.name == "before and after" || host.launches == 0 {
				t.Errorf("%d launches on the device and %d on the CPU", gpu.launches, host.launches)
			}
			plan, err := c.a.Explain(WithEngine(e), Strict())
			if err != nil || !strings.Contains(plan.String(), ", on cpu\n") {
				t.Errorf("plan %v (%v) does not say that scans run on the CPU", plan, err)
			}
			evaluated, err := c.a.Eval(ctx, WithEngine(e), Exact())
			if err != nil {
				t.Fatal(err)
			}
			if again, err := evaluated.Data(ctx, WithEngine(e)); err != nil || !slices.Equal(again, want) {
				t.Errorf("after Eval %v (%v), expected %v", again, err, want)
			}
		})
	}
}
