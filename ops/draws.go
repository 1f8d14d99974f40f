package ops

import (
	"errors"
	"fmt"
	"slices"

	"github.com/quern-go/quern/kernels/mathfn"
	"github.com/quern-go/quern/ops/internal/expr"
)

// Draws gives the random numbers of one sample to the closure of a simulation, or
// of one step to that of Iterate. Every call is a new, independent variable; as an
// Array it has one axis, the samples. After the closure has returned it gives no
// more.
type Draws[T Float] struct {
	seed    uint64
	samples int
	words   *expr.Draws
	loops   uint64 // iterations so far
	over    bool   // the closure has returned
}

// Uniform is uniform in [0, 1).
func (d *Draws[T]) Uniform() Array[T] {
	return d.draw(expr.Uniform, mathfn.UniformWords(typeOf[T]()))
}

// Normal is standard normal.
func (d *Draws[T]) Normal() Array[T] {
	return d.draw(expr.Normal, mathfn.NormalWords(typeOf[T]()))
}

// Exponential is exponentially distributed with mean 1: −log(1−u).
func (d *Draws[T]) Exponential() Array[T] {
	return d.Uniform().Neg().AddScalar(1).Log().Neg()
}

// Bernoulli is 1 with probability p, else 0. p counts in steps of 2⁻²⁴ (float32) or
// 2⁻⁵³ (float64).
func (d *Draws[T]) Bernoulli(p T) Array[T] {
	if !(p >= 0 && p <= 1) {
		return Array[T]{expr.Failf("bernoulli: probability %v, expected 0 to 1", p)}
	}
	return d.Uniform().LessScalar(p)
}

// Integer is a whole number from 0 to n−1, as T: n is at most 2²⁴ (float32) or 2⁵³
// (float64). Its distribution is uniform up to 2⁻¹⁶ relative to 1/n, and for n above
// 2¹⁶ up to n·2⁻⁶⁴: see mathfn.Draws.Below.
func (d *Draws[T]) Integer(n int) Array[T] {
	if err := checkBound[T](n); err != nil {
		return Array[T]{expr.Fail(err)}
	}
	return d.place(mathfn.IndexWords(uint64(n)), 1, expr.Integers, func(draw *expr.Draw) *expr.Node {
		return expr.NewIntegers(typeOf[T](), d.seed, uint64(n), draw, []int{d.samples})
	})
}

// Pick is an element of x, an array of one axis, each as likely as any other: see
// Integer. A step of Iterate cannot pick.
func (d *Draws[T]) Pick(x Array[T]) Array[T] { return d.pickRows([]Array[T]{x})[0] }

// PickRow is a row of x, an array of two axes, as one array for each of its columns.
func (d *Draws[T]) PickRow(x Array[T]) []Array[T] {
	columns, err := columnsOf(x)
	if err != nil {
		return []Array[T]{{expr.Fail(err)}}
	}
	return d.pickRows(columns)
}

// pickRows picks the elements at one random position of several arrays.
func (d *Draws[T]) pickRows(columns []Array[T]) []Array[T] {
	if d.words != nil && d.words.Loop != nil {
		return failAll[T](len(columns), errors.New("pick: a step of an iteration cannot pick from an array; its other draws can choose between values"))
	}
	out := make([]Array[T], len(columns))
	size := columns[0].Size()
	var at *expr.Draw
	for i, x := range columns {
		pick := func(draw *expr.Draw) *expr.Node {
			at = draw
			return expr.NewPick(x.node(), d.seed, draw, []int{d.samples})
		}
		if i > 0 && at != nil {
			out[i] = Array[T]{pick(at)}
			continue
		}
		out[i] = d.place(mathfn.IndexWords(uint64(size)), 1, expr.Pick, pick)
	}
	return out
}

// columnsOf are the columns of an array of two axes.
func columnsOf[T Float](x Array[T]) ([]Array[T], error) {
	n := x.node()
	if n.Err != nil {
		return nil, n.Err
	}
	if len(n.Shape) != 2 || n.Shape[0] == 0 || n.Shape[1] == 0 {
		return nil, fmt.Errorf("rows: shape %v, expected two axes with at least one element", n.Shape)
	}
	out := make([]Array[T], n.Shape[1])
	for i := range out {
		out[i] = x.Slice(All(), At(i))
	}
	return out, nil
}

func (d *Draws[T]) draw(op expr.Op, words int) Array[T] {
	t := typeOf[T]()
	return d.place(words, mathfn.UniformWords(t), op, func(draw *expr.Draw) *expr.Node {
		return expr.Random(op, t, d.seed, draw, []int{d.samples})
	})
}

// place gives a draw its words among the sample's, from a multiple of align on.
func (d *Draws[T]) place(words, align int, op expr.Op, make func(*expr.Draw) *expr.Node) Array[T] {
	if d.over || d.words == nil {
		return Array[T]{expr.Failf("draw %s: the simulation's closure has returned, or Draws is not one of a simulation's", op)}
	}
	word := (d.words.Words + align - 1) / align * align
	d.words.Words = word + words
	return Array[T]{make(&expr.Draw{Word: word, Sample: d.words})}
}

// Iterate makes a number of steps, each of which computes new values of a few
// states: step is given the draws of one step, the number of the step (from 0) and
// the states before it, and returns the states after it. The result is the states
// after the last step, in one kernel with everything around it: no path is stored.
// step runs once, to build the expression of a step, which computes element by
// element.
func (d *Draws[T]) Iterate(steps int, first []Array[T], step func(d *Draws[T], number Array[T], states []Array[T]) []Array[T]) []Array[T] {
	if d.over || d.words == nil || d.words.Loop != nil {
		return failAll[T](len(first), fmt.Errorf("iterate: the simulation's closure has returned, or this is a step of another iteration"))
	}
	d.loops++
	loop := &expr.Loop{Steps: steps, Stream: d.loops << 32}
	inner := &Draws[T]{seed: d.seed, samples: d.samples, words: &expr.Draws{Loop: loop}}
	wide := make([]Array[T], len(first))
	for i, x := range first {
		wide[i] = x.BroadcastTo(d.samples)
	}
	out := iterate(loop, wide, func(number Array[T], states []Array[T]) []Array[T] {
		if step == nil {
			return nil
		}
		return step(inner, number, states)
	})
	inner.over = true
	return out
}

func checkBound[T Float](n int) error {
	most := 1 << 24
	if typeOf[T]().Size() == 8 {
		most = 1 << 53
	}
	if n < 1 || n > most {
		return fmt.Errorf("integers: %d different ones, expected 1 to %d", n, most)
	}
	return nil
}

// Integers is an array of random whole numbers from 0 to n−1: see Draws.Integer.
func Integers[T Float](seed uint64, n int, shape ...int) Array[T] {
	if err := checkBound[T](n); err != nil {
		return Array[T]{expr.Fail(err)}
	}
	return Array[T]{expr.NewIntegers(typeOf[T](), seed, uint64(n), nil, slices.Clone(shape))}
}

// Choice is an array of elements of x, an array of one axis, drawn at random with
// replacement. Choices with one seed and shape from arrays of one length take the
// same positions.
func Choice[T Float](x Array[T], seed uint64, shape ...int) Array[T] {
	return Array[T]{expr.NewPick(x.node(), seed, nil, slices.Clone(shape))}
}
