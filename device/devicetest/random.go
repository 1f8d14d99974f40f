package devicetest

import (
	"fmt"

	"github.com/quern-go/quern/kernels"
	"github.com/quern-go/quern/kernels/mathfn"
	"github.com/quern-go/quern/kernels/oracle"
)

// philoxModes are every (share, word) that OpPhilox takes.
var philoxModes = [][2]int{{0, 0}, {0, 1}, {0, 2}, {0, 3}, {1, 0}, {1, 1}, {2, 0}}

func (s *tester) random(t T) {
	for _, mode := range philoxModes {
		share, word := mode[0], mode[1]
		t.Run(fmt.Sprintf("Philox/share%d/word%d", share, word), func(t T) {
			s.philox(t, []int{share}, []int{word})
		})
	}
	t.Run("Philox/allWords", func(t T) { s.philox(t, []int{0, 0, 0, 0}, []int{0, 1, 2, 3}) })
	t.Run("Philox/bothWords", func(t T) { s.philox(t, []int{1, 1}, []int{0, 1}) })
	t.Run("Philox/mixedShares", func(t T) { s.philox(t, []int{2, 1, 0, 2}, []int{0, 1, 2, 0}) })
	t.Run("Philox/scattered", s.philoxScattered)
	t.Run("Philox/constants", s.philoxConstants)
	for _, dt := range floatTypes {
		t.Run("Draws/"+dt.String(), func(t T) { s.draws(t, dt) })
		t.Run("Simulation/"+dt.String(), func(t T) { s.simulation(t, dt) })
	}
}

// philoxLaunch is a shape, an index layout and the parameters of a launch.
type philoxLaunch struct {
	shape        []int
	how          arrangement
	offset       int
	stream, seed uint64
}

func (s *tester) philoxLaunches() []philoxLaunch {
	list := []philoxLaunch{
		{[]int{1}, rowMajor, 0, 0, 0},
		{[]int{300}, rowMajor, 0, 0, 42},
		{[]int{1000}, rowMajor, 1, 1, 42},
		{[]int{777}, rowMajor, 255, 1, 1 << 32},
		{[]int{2000}, rowMajor, 3*256 + 77, 1<<32 - 1, 0xfedcba9876543210},
		{[]int{600}, rowMajor, fit(1<<32 - 300), 1 << 32, 7},             // the index passes 2³²
		{[]int{600}, rowMajor, fit(1<<40 - 300), 0xffffffff00000001, 7},  // so does the counter number
		{[]int{9001}, rowMajor, fit(1<<40 - 4000), 1<<40 + 5, 1<<63 + 1}, // whole groups of a GPU's threads
		{[]int{7, 300}, rowMajor, 100, 2, 3},
		{[]int{40, 30}, colMajor, 0, 2, 3},
		{[]int{40, 30}, reversed, 0, 2, 3},
		{[]int{6, 500}, spaced, 0, 2, 3},
		{[]int{6, 50}, stretched, 0, 2, 3},
		{[]int{}, rowMajor, 99, 2, 3},
	}
	if s.effort == Long {
		for offset := range 1030 {
			list = append(list, philoxLaunch{[]int{1100}, rowMajor, offset, uint64(offset), 5})
		}
	}
	return list
}

// philox draws the words of some modes at the index of a layout; stream and
// seed are parameters.
func (s *tester) philox(t T, shares, words []int) {
	u64 := kernels.U64
	k := &kernels.Map{Signature: kernels.Signature{Params: []kernels.DType{u64, u64}, Indices: 1}}
	k.Body = body(t, func(b *kernels.Builder) (vs values) {
		for i := range shares {
			w := b.Philox(b.Index(0), b.Param(0, u64), b.Param(1, u64), shares[i], words[i])
			vs = append(vs, result(b, w))
		}
		return vs
	})
	s.checkPhiloxLaunches(t, k)
}

// checkPhiloxLaunches checks a Map of one index layout whose parameters are a
// stream and a seed.
func (s *tester) checkPhiloxLaunches(t T, k *kernels.Map) {
	t.Helper()
	for _, l := range s.philoxLaunches() {
		strides, offset, _ := arrange(l.shape, l.how)
		args := &oracle.Args{
			Shape:   l.shape,
			Outs:    outputs(k, l.shape, rowMajor),
			Indices: []kernels.Layout{{Shape: l.shape, Strides: strides, Offset: offset - guard + l.offset}},
			Params:  []uint64{l.stream, l.seed},
		}
		if !s.check(t, k, args) {
			return
		}
	}
}

// philoxScattered takes index, stream and seed from arrays: nothing about them
// is known beforehand.
func (s *tester) philoxScattered(t T) {
	i64, u64 := kernels.I64, kernels.U64
	for share := range 3 {
		k := &kernels.Map{Signature: kernels.Signature{Ins: []kernels.DType{i64, i64, i64}}}
		k.Body = body(t, func(b *kernels.Builder) values {
			w := b.Philox(argument(b, 0, u64), argument(b, 1, u64), argument(b, 2, u64), share, 0)
			return values{result(b, w)}
		})
		for _, n := range []int{1, 700} {
			d := newData(fmt.Sprint("scattered", share, n))
			shape := []int{n}
			args := &oracle.Args{Shape: shape, Outs: outputs(k, shape, rowMajor)}
			for range k.Ins {
				args.Ins = append(args.Ins, d.input(i64, mixed, shape, rowMajor))
			}
			if !s.check(t, k, args) {
				return
			}
		}
	}
}

// philoxConstants has constants for stream and seed, and an index that is
// computed from the layout's.
func (s *tester) philoxConstants(t T) {
	u64 := kernels.U64
	k := &kernels.Map{Signature: kernels.Signature{Indices: 1}}
	k.Body = body(t, func(b *kernels.Builder) (vs values) {
		stream, seed := b.Int(u64, 9), b.Int(u64, 1<<33+1)
		i := b.Index(0)
		for _, index := range (values{i, b.Add(i, b.Int(u64, 1000)), b.Shr(i, 3), b.Int(u64, 12)}) {
			vs = append(vs, result(b, b.Philox(index, stream, seed, 2, 0)))
		}
		return vs
	})
	for _, n := range []int{1, 256, 3000} {
		args := &oracle.Args{
			Shape: []int{n}, Outs: outputs(k, []int{n}, rowMajor),
			Indices: []kernels.Layout{{Shape: []int{n}, Strides: []int{1}, Offset: 513}},
		}
		if !s.check(t, k, args) {
			return
		}
	}
}

// draws are random arrays: uniforms and normals.
func (s *tester) draws(t T, dt kernels.DType) {
	u64 := kernels.U64
	for name, draw := range map[string]func(b *kernels.Builder, t kernels.DType, index, stream, seed kernels.Value) kernels.Value{
		"uniform": mathfn.Uniform, "normal": mathfn.Normal,
	} {
		t.Run(name, func(t T) {
			k := &kernels.Map{Signature: kernels.Signature{Params: []kernels.DType{u64, u64}, Indices: 1}}
			k.Body = body(t, func(b *kernels.Builder) values {
				return values{draw(b, dt, b.Index(0), b.Param(0, u64), b.Param(1, u64))}
			})
			s.checkPhiloxLaunches(t, k)
		})
	}
}

// simulation draws more numbers for each element than one counter has words.
func (s *tester) simulation(t T, dt kernels.DType) {
	u64 := kernels.U64
	k := &kernels.Map{Signature: kernels.Signature{Params: []kernels.DType{u64, u64}, Indices: 1}}
	k.Body = body(t, func(b *kernels.Builder) values {
		first := mathfn.Align(dt, 1+mathfn.UniformWords(dt))
		second := first + mathfn.NormalWords(dt)
		d := mathfn.Draws{
			Index: b.Index(0), Stream: b.Param(0, u64), Seed: b.Param(1, u64),
			Words: second + mathfn.NormalWords(dt),
		}
		x, y := d.Normal(b, dt, first), d.Normal(b, dt, second)
		return values{b.Add(d.Uniform(b, dt, 0), b.Mul(x, y)), y}
	})
	s.checkPhiloxLaunches(t, k)
}
