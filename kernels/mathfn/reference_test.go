package mathfn

import (
	"encoding/binary"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"testing"

	"github.com/quern-go/quern/kernels"
)

// readReference reads one file of testdata: see the README there.
func readReference(t *testing.T, name string, columns int) [][]float64 {
	t.Helper()
	raw, err := os.ReadFile(filepath.Join("testdata", name+".npy"))
	if err != nil {
		t.Fatal(err)
	}
	raw = raw[128:]
	rows := make([][]float64, len(raw)/(8*columns))
	for i := range rows {
		rows[i] = make([]float64, columns)
		for k := range columns {
			rows[i][k] = math.Float64frombits(binary.LittleEndian.Uint64(raw[8*(i*columns+k):]))
		}
	}
	return rows
}

// error64 is the error of got in units of the last place of the true value
// hi + rest·ulp(hi); +Inf for a wrong special value.
func error64(got, hi, rest float64, finite bool) float64 {
	switch {
	case math.IsNaN(hi):
		if math.IsNaN(got) {
			return 0
		}
		return math.Inf(1)
	case math.IsInf(hi, 0):
		if got == hi || finite && got == math.Copysign(math.MaxFloat64, hi) {
			return 0
		}
		return math.Inf(1)
	case hi == 0 && math.Signbit(got) != math.Signbit(hi):
		return math.Inf(1)
	}
	_, e := math.Frexp(hi)
	if hi == 0 {
		e = -1073
	}
	ulp := math.Ldexp(1, max(e, -1021)-53)
	if math.IsInf(got, 0) { // beyond the largest: as if 2^1024
		return math.Abs((math.MaxFloat64-math.Abs(hi))/ulp + 1 - rest)
	}
	return math.Abs((got-hi)/ulp - rest)
}

// TestDoubleReference holds float64 against values that mpmath computed.
func TestDoubleReference(t *testing.T) {
	for _, c := range []struct {
		name   string
		params int
		bound  float64
	}{{"exp", 1, 1}, {"log", 1, 1.5}, {"sin", 1, 1.5}, {"cos", 1, 1.5}, {"tanh", 1, 1.5}, {"pow", 2, 2},
		{"exp2", 1, 1}, {"expm1", 1, 1}, {"log2", 1, 1.1}, {"log10", 1, 1.1}, {"log1p", 1, 1}, {"tan", 1, 1.1},
		{"asin", 1, 1}, {"acos", 1, 1}, {"atan", 1, 1}, {"sinh", 1, 1}, {"cosh", 1, 1}, {"cbrt", 1, 1}, {"erf", 1, 1.1},
		{"erfc", 1, 1.5}, {"sigmoid", 1, 1}, {"softplus", 1, 1}, {"logsigmoid", 1, 1}, {"ndtri", 1, 1.5},
		{"atan2", 2, 1}, {"hypot", 2, 1},
	} {
		t.Run(c.name, func(t *testing.T) {
			f, _ := Lookup(c.name, kernels.F64)
			var worst worstCase
			for _, row := range readReference(t, c.name, c.params+2) {
				args, finite := make([]uint64, c.params), true
				for k := range args {
					args[k] = math.Float64bits(row[k])
					finite = finite && !math.IsInf(row[k], 0) && row[k] != 0
				}
				got := math.Float64frombits(f.Eval(args))
				e := error64(got, row[c.params], row[c.params+1], finite)
				if e > c.bound {
					t.Errorf("%s%v = %v, expected %v: %.2f ULP", c.name, row[:c.params], got, row[c.params], e)
				}
				worst.merge(worstCase{e, fmt.Sprint(row[:c.params])})
			}
			t.Logf("largest error %.4f ULP at %s", worst.ulp, worst.at)
		})
	}
}
