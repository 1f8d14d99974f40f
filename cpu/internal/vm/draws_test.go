package vm

import (
	"math/rand/v2"
	"slices"
	"testing"
	"unsafe"

	"github.com/quern-go/quern/cpu/internal/simd"
	"github.com/quern-go/quern/kernels"
	"github.com/quern-go/quern/kernels/mathfn"
)

// TestDraws compares values that kernels make of words in one go with the words' own
// definition.
func TestDraws(t *testing.T) {
	const f32 = kernels.F32
	draws := func(b *kernels.Builder, words int) mathfn.Draws {
		return mathfn.Draws{Index: b.Index(0), Stream: b.Int(kernels.U64, 3), Seed: b.Param(2, kernels.U64), Words: words}
	}
	scaled := func(b *kernels.Builder, x, a, c kernels.Value) kernels.Value { return b.Add(b.Mul(x, a), c) }
	circle := func(b *kernels.Builder, d mathfn.Draws, word int, bound kernels.Value) kernels.Value {
		x, y := d.Uniform(b, f32, word), d.Uniform(b, f32, word+1)
		return b.Select(b.Less(b.Add(b.Mul(x, x), b.Mul(y, y)), bound), b.Float(f32, 4), b.Float(f32, 0))
	}
	for _, c := range []struct {
		name  string
		fused int // calls that make values
		build func(b *kernels.Builder) []kernels.Value
	}{
		{"a normal", 1, func(b *kernels.Builder) []kernels.Value {
			return []kernels.Value{draws(b, 2).Normal(b, f32, 0)}
		}},
		{"scaled and moved", 1, func(b *kernels.Builder) []kernels.Value {
			return []kernels.Value{scaled(b, draws(b, 2).Normal(b, f32, 0), b.Param(0, f32), b.Float(f32, -2))}
		}},
		{"moved", 1, func(b *kernels.Builder) []kernels.Value {
			return []kernels.Value{b.Add(b.Param(0, f32), draws(b, 2).Normal(b, f32, 0))}
		}},
		{"scaled by what varies", 1, func(b *kernels.Builder) []kernels.Value {
			return []kernels.Value{scaled(b, draws(b, 2).Normal(b, f32, 0), b.Load(0, f32), b.Param(0, f32))}
		}},
		{"scaled, and as it is", 1, func(b *kernels.Builder) []kernels.Value {
			x := draws(b, 2).Normal(b, f32, 0)
			return []kernels.Value{b.Mul(x, b.Param(0, f32)), x}
		}},
		{"two of a counter", 1, func(b *kernels.Builder) []kernels.Value {
			d := draws(b, 4)
			x, y := d.Normal(b, f32, 0), d.Normal(b, f32, 2)
			return []kernels.Value{b.Sub(scaled(b, y, b.Param(0, f32), b.Float(f32, 1)), scaled(b, x, b.Param(0, f32), b.Float(f32, 1)))}
		}},
		{"two of a counter, scaled differently", 1, func(b *kernels.Builder) []kernels.Value {
			d := draws(b, 4)
			x, y := d.Normal(b, f32, 0), d.Normal(b, f32, 2)
			return []kernels.Value{b.Mul(x, b.Param(0, f32)), b.Mul(y, b.Float(f32, 3))}
		}},
		{"three", 1, func(b *kernels.Builder) []kernels.Value {
			d := draws(b, 6)
			return []kernels.Value{b.Add(b.Add(d.Normal(b, f32, 0), d.Normal(b, f32, 2)), d.Normal(b, f32, 4))}
		}},
		{"a normal and a uniform", 0, func(b *kernels.Builder) []kernels.Value {
			d := draws(b, 3)
			return []kernels.Value{b.Add(d.Normal(b, f32, 0), d.Uniform(b, f32, 2))}
		}},
		{"a normal and its uniform", 0, func(b *kernels.Builder) []kernels.Value {
			d := draws(b, 2)
			return []kernels.Value{d.Normal(b, f32, 0), d.Uniform(b, f32, 1)}
		}},
		{"in a circle", 1, func(b *kernels.Builder) []kernels.Value {
			return []kernels.Value{circle(b, draws(b, 2), 0, b.Float(f32, 1))}
		}},
		{"in circles that differ", 0, func(b *kernels.Builder) []kernels.Value {
			d := draws(b, 4)
			return []kernels.Value{circle(b, d, 0, b.Float(f32, 1)), circle(b, d, 2, b.Param(0, f32))}
		}},
		{"in a circle, both of a counter", 1, func(b *kernels.Builder) []kernels.Value {
			d := draws(b, 4)
			return []kernels.Value{circle(b, d, 0, b.Param(0, f32)), circle(b, d, 2, b.Param(0, f32))}
		}},
		{"an element", 1, func(b *kernels.Builder) []kernels.Value {
			return []kernels.Value{b.Gather(0, f32, draws(b, 1).Below(b, b.Int(kernels.U64, 200), 0, 1))}
		}},
		{"two elements of a counter", 1, func(b *kernels.Builder) []kernels.Value {
			d, bound := draws(b, 2), b.Convert(kernels.U64, b.Convert(kernels.U32, b.Mul(b.Param(0, f32), b.Float(f32, 100))))
			return []kernels.Value{b.Gather(0, f32, d.Below(b, bound, 1, 1)), b.Gather(0, f32, d.Below(b, bound, 0, 1))}
		}},
		{"elements of parts of an array", 0, func(b *kernels.Builder) []kernels.Value {
			d := draws(b, 2)
			return []kernels.Value{b.Gather(0, f32, d.Below(b, b.Int(kernels.U64, 200), 0, 1)), b.Gather(0, f32, d.Below(b, b.Int(kernels.U64, 100), 1, 1))}
		}},
		{"an element and its position", 0, func(b *kernels.Builder) []kernels.Value {
			at := draws(b, 1).Below(b, b.Int(kernels.U64, 200), 0, 1)
			return []kernels.Value{b.Gather(0, f32, at), b.Convert(f32, at)}
		}},
		{"a path", 1, func(b *kernels.Builder) []kernels.Value {
			return path(t, b, 3, b.Load(0, f32), func(step *kernels.Builder, d mathfn.Draws) kernels.Value { return d.Normal(step, f32, 0) })
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			b := kernels.NewBuilder()
			body, err := b.Build(c.build(b)...)
			if err != nil {
				t.Fatal(err)
			}
			for _, table := range levels() {
				p, err := Compile(table, &body)
				if err != nil {
					t.Fatal(err)
				}
				var f Frame
				rng := rand.New(rand.NewPCG(1, 2))
				for i, n := range []int{1, 300, 1500, 2500} {
					l := newLaunch(rng, n)
					if i%2 == 1 {
						l.first[0] = 1<<33 - uint64(n)/2 // where the low word of a counter overflows, or near
					}
					run(t, &f, p, &body, l, uint64(i%2)*3)
					if n == 300 { // what a frame keeps of a group must not outlive the array
						slices.Reverse(l.ins[0])
						run(t, &f, p, &body, l, 0)
					}
				}
				if got := values(f.code.body); table.Level == simd.AVX512 && got != c.fused {
					t.Errorf("%d calls make values, expected %d", got, c.fused)
				}
			}
		})
	}
}

// path is a path of so many steps, as an Asian option has it, and the sum along it, from
// start.
func path(t *testing.T, b *kernels.Builder, steps uint64, start kernels.Value, draw func(step *kernels.Builder, d mathfn.Draws) kernels.Value) []kernels.Value {
	const f32 = kernels.F32
	step := kernels.NewBuilder() // the number of the step, two states, the index, the seed and a parameter
	at := func(i int, t kernels.DType) kernels.Value { return step.Arg(i, t) }
	d := mathfn.Draws{Index: at(3, kernels.U64), Stream: at(0, kernels.U64), Seed: at(4, kernels.U64), Words: 2}
	x := step.Add(at(1, f32), step.Add(step.Mul(draw(step, d), at(5, f32)), step.Float(f32, 0.25)))
	body, err := step.Build(x, step.Add(at(2, f32), step.Call(mathfn.Exp(f32), x)))
	if err != nil {
		t.Fatal(err)
	}
	types := []kernels.DType{kernels.U64, f32, f32, kernels.U64, kernels.U64, f32}
	loop := &kernels.Loop{Steps: steps, States: 2, Params: types, Body: body}
	args := []kernels.Value{b.Float(f32, 0), start, b.Index(0), b.Param(2, kernels.U64), b.Param(0, f32)}
	return []kernels.Value{b.Loop(loop, 0, args...), b.Loop(loop, 1, args...)}
}

// TestLongLoopsGoByTheirSteps: the length of a block is what suits the registers of a step.
func TestLongLoopsGoByTheirSteps(t *testing.T) {
	for steps, want := range map[uint64]int{3: simd.Block, 252: 2 * simd.Block} {
		b := kernels.NewBuilder()
		uniform := func(step *kernels.Builder, d mathfn.Draws) kernels.Value { return d.Uniform(step, kernels.F32, 0) }
		sum := b.Convert(kernels.F64, path(t, b, steps, b.Float(kernels.F32, 0), uniform)[1])
		body, err := b.Build(sum, b.Mul(sum, sum))
		if err != nil {
			t.Fatal(err)
		}
		p, err := Compile(simd.TableFor(simd.Generic), &body)
		if err != nil {
			t.Fatal(err)
		}
		var runs uint64
		for i, leaf := range p.Leaves() {
			if leaf.Op == kernels.OpIndex {
				runs |= 1 << i
			}
		}
		if got := p.Code(Key{Runs: runs}).Block; got != want {
			t.Errorf("blocks of %d steps have %d elements, expected %d", steps, got, want)
		}
	}
}

// values counts the calls that make values of words.
func values(list []inst) (n int) {
	for _, in := range list {
		switch {
		case in.form == formPhilox && in.rare.philox.kernel != nil:
			n++
		case in.form == formLoop:
			n += values(in.rare.loop.body)
		}
	}
	return n
}

// TestElementsBeyondArray draws positions of which some are beyond the array.
func TestElementsBeyondArray(t *testing.T) {
	for _, dt := range []kernels.DType{kernels.F32, kernels.F64} {
		b := kernels.NewBuilder()
		d := mathfn.Draws{Index: b.Index(0), Stream: b.Int(kernels.U64, 0), Seed: b.Int(kernels.U64, 7), Words: 1}
		body, err := b.Build(b.Gather(0, dt, d.Below(b, b.Int(kernels.U64, 30), 0, 1)))
		if err != nil {
			t.Fatal(err)
		}
		for _, table := range levels() {
			p, err := Compile(table, &body)
			if err != nil {
				t.Fatal(err)
			}
			var f Frame
			const n = 1024
			bits := make([]uint64, 20)
			for i := range bits {
				bits[i] = kernels.FloatBits(dt, float64(i+1))
			}
			out := array(dt, make([]uint64, n))
			f.Bind(p.Code(Key{Direct: 1, Runs: 1}), nil, []Source{{array(dt, bits), len(bits)}})
			f.SetOut(0, out)
			f.Run(n)
			if !f.Missed {
				t.Errorf("%v, %v: nothing is missed", table.Level, dt)
			}
			for i := range n {
				var want uint64
				if k := uint64(kernels.PhiloxWord(uint64(i), 0, 7, 2, 0)) * 30 >> 32; k < 20 {
					want = bits[k]
				}
				if got := load(out, i, dt); got != want {
					t.Fatalf("%v, %v: element %d is %#x, expected %#x", table.Level, dt, i, got, want)
				}
			}
		}
	}
}

func TestCopyBits(t *testing.T) {
	from, rng := [8]byte{}, rand.New(rand.NewPCG(3, 4))
	for i := range from {
		from[i] = byte(rng.Uint32())
	}
	bit := func(p *[8]byte, i int) byte { return p[i/8] >> (i % 8) & 1 }
	for at := range 20 {
		for skip := range 20 {
			for n := range 30 {
				to := [8]byte{255, 255, 255, 255, 255, 255, 255, 255}
				copyBits(unsafe.Pointer(&to), at, unsafe.Pointer(&from), skip, n)
				for i := range at {
					if bit(&to, i) != 1 {
						t.Fatalf("copyBits(at %d, skip %d, n %d) changes bit %d", at, skip, n, i)
					}
				}
				for i := at; i < (at+n+7)/8*8 && n > 0; i++ {
					want := byte(0)
					if i < at+n {
						want = bit(&from, skip+i-at)
					}
					if bit(&to, i) != want {
						t.Fatalf("copyBits(at %d, skip %d, n %d): bit %d is %d, expected %d", at, skip, n, i, 1-want, want)
					}
				}
			}
		}
	}
}
