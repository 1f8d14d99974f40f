package devicetest

import (
	"fmt"
	"math"
	"slices"

	"github.com/quern-go/quern/kernels"
	"github.com/quern-go/quern/kernels/oracle"
)

// scanCase is a Scan with the values on which it shows what it does.
type scanCase struct {
	name    string
	kind    kernels.ScanKind
	combine kernels.Combine
	sources []source
	steps   int // ranks of a selection, bins of a histogram
}

var scanCases = []scanCase{
	{"sum", kernels.ScanPrefix, kernels.CombineAdd, []source{wide, mixed}, 0},
	{"product", kernels.ScanPrefix, kernels.CombineMul, []source{nearOne, mixed}, 0},
	{"sort", kernels.ScanSort, 0, []source{digits, mixed, anyBits}, 0},
	{"argsort", kernels.ScanArgSort, 0, []source{digits, mixed, anyBits}, 0},
	{"select", kernels.ScanSelect, 0, []source{wide, digits, mixed, anyBits}, 3},
	{"histogram", kernels.ScanHistogram, 0, []source{digits, mixed, tame}, 7},
}

func (s *tester) scans(t T) {
	for _, c := range scanCases {
		for _, dt := range floatTypes {
			t.Run(c.name+"/"+dt.String(), func(t T) { s.scanSizes(t, c, dt) })
			t.Run("Layouts/"+c.name+"/"+dt.String(), func(t T) { s.scanLayouts(t, c, dt) })
		}
	}
	t.Run("InPlace", s.scanInPlace)
	t.Run("Edges", s.scanEdges)
}

// scanSizes goes through line lengths about those at which something changes: blocks
// of 64, blocks of blocks, groups and windows, digits worth counting.
func (s *tester) scanSizes(t T, c scanCase, dt kernels.DType) {
	shapes := [][]int{{1}, {2}, {63}, {64}, {65}, {191}, {192}, {511}, {512}, {513}, {2049}, {4096}, {4097}, {4161},
		{5, 33}, {300, 7}, {2, 3, 100}, {3, 9000}, {2, 70001}}
	if s.effort >= Normal {
		shapes = append(shapes, []int{300001}, []int{64*4096 + 65})
	}
	if s.effort == Long {
		shapes = append(shapes, []int{64*64*4096 + 4097}, []int{100000, 17})
	}
	for i, shape := range shapes {
		for k, src := range c.sources {
			if s.effort == Short && shape[len(shape)-1] > 5000 && (i+k)%len(c.sources) != 0 {
				continue
			}
			if !s.check(t, c.kernel(dt), c.args(dt, shape, rowMajor, rowMajor, src)) {
				return
			}
		}
	}
}

// scanLayouts reads and writes lines that do not lie in one piece.
func (s *tester) scanLayouts(t T, c scanCase, dt kernels.DType) {
	for _, shape := range [][]int{{70}, {5, 200}, {130, 70}, {3, 4, 75}} {
		for in := range numArrangements {
			for _, out := range []arrangement{rowMajor, colMajor, spaced, reversed} {
				if s.effort < Long && out != rowMajor && (int(in)+int(out))%3 != len(shape)%3 {
					continue
				}
				if !s.check(t, c.kernel(dt), c.args(dt, shape, in, out, c.sources[0])) {
					return
				}
			}
		}
	}
}

func (c *scanCase) kernel(dt kernels.DType) *kernels.Scan {
	return kernels.NewScan(c.kind, c.combine, dt, c.steps)
}

// args are the launch arguments for a shape, of which the last axis is the line.
func (c *scanCase) args(dt kernels.DType, shape []int, in, out arrangement, src source) *oracle.Args {
	d := newData(fmt.Sprint("scan", c.name, dt, shape, in, out, src))
	args := &oracle.Args{Shape: shape, Ins: []oracle.Operand{d.input(dt, src, shape, in)}}
	last := len(shape) - 1
	result := slices.Clone(shape)
	switch c.kind {
	case kernels.ScanSelect:
		result[last] = c.steps
		n := uint64(shape[last])
		args.Params = []uint64{d.rng.Uint64N(n), d.rng.Uint64N(n), n - 1}
	case kernels.ScanHistogram:
		result[last] = c.steps
		args.Params = []uint64{uint64(c.steps)}
		args.Ins = append(args.Ins, edges(dt, shape, d.rng.IntN(2) == 0, src))
	}
	args.Outs = outputs(c.kernel(dt), result, out)
	return args
}

// edges are eight edges, equally far apart or not, behind a guard band.
func edges(dt kernels.DType, shape []int, even bool, src source) oracle.Operand {
	list := []float64{-1, -0.75, -0.5, -0.25, 0, 0.25, 0.5, 0.75}
	if src == digits {
		list = []float64{1, 2, 3, 4, 5, 6, 7, 8}
	}
	if !even {
		list[1], list[2], list[6] = list[0], list[3], list[7] // empty bins and a double end
	}
	all := append(make([]float64, guard), list...)
	return oracle.Operand{
		Array: oracle.FromFloats(dt, append(all, make([]float64, guard)...)...), Offset: guard, Strides: make([]int, len(shape)),
	}
}

// scanInPlace puts prefixes and sorted values where the values were.
func (s *tester) scanInPlace(t T) {
	for _, c := range scanCases[:3] {
		for _, shape := range [][]int{{100}, {3, 5000}, {200, 70}} {
			for _, how := range []arrangement{rowMajor, colMajor} {
				args := c.args(kernels.F32, shape, how, how, c.sources[0])
				want := copyArrays(args)
				k := c.kernel(kernels.F32)
				prog := s.compile(t, k)
				if err := oracle.Run(k, want); err != nil {
					t.Fatalf("the suite's own launch is wrong: %v", err)
				}
				args.Outs[0] = args.Ins[0]
				got := copyArrays(args)
				s.launch(t, prog, got)
				if !sameElements(got.Outs[0], want.Outs[0], shape) {
					t.Errorf("%s in place of %v %v: other values", c.name, how, shape)
				}
			}
		}
	}
}

// sameElements compares the elements that two operands show.
func sameElements(a, b oracle.Operand, shape []int) bool {
	x, y := offsets(a.Strides, shape), offsets(b.Strides, shape)
	for i := range x {
		if a.At(a.Offset+x[i]) != b.At(b.Offset+y[i]) {
			return false
		}
	}
	return true
}

// offsets are where the elements of a shape lie, in row-major order.
func offsets(strides, shape []int) []int {
	out := []int{0}
	for axis, n := range shape {
		next := make([]int, 0, len(out)*n)
		for _, o := range out {
			for i := range n {
				next = append(next, o+i*strides[axis])
			}
		}
		out = next
	}
	return out
}

// scanEdges are histograms at whose edges rounding matters: evenly spaced ones that no
// multiplication meets, infinite ones, one bin.
func (s *tester) scanEdges(t T) {
	f32 := kernels.F32
	k := kernels.NewScan(kernels.ScanHistogram, 0, f32, 0)
	tenths := make([]float64, 11)
	for i := range tenths {
		tenths[i] = float64(float32(i) * 0.1)
	}
	posInf := math.Inf(1)
	for _, list := range [][]float64{tenths, {0.3, 0.7}, {-posInf, 0, posInf}, {0.5, 0.5}, {0, 1, math.NaN(), 0.3, 2}, {math.NaN(), 1}} {
		values := append(slices.Clone(tenths), list...)
		values = append(values, 0.05, 0.30000001, 0.29999999, -1, 2, posInf, -posInf)
		args := &oracle.Args{
			Shape:  []int{len(values)},
			Ins:    []oracle.Operand{{Array: oracle.FromFloats(f32, values...), Strides: []int{1}}, {Array: oracle.FromFloats(f32, list...), Strides: []int{0}}},
			Params: []uint64{uint64(len(list) - 1)},
		}
		args.Outs = outputs(k, []int{len(list) - 1}, rowMajor)
		if !s.check(t, k, args) {
			return
		}
	}
}
