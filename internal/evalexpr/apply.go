package evalexpr

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"math"

	"github.com/quern-go/quern/ops"
)

// call is one application of a function: its arguments and the first mistake.
type call[T ops.Float] struct {
	name string
	args []Value[T]
	err  error
	// ctx and opts are for what has to be computed to build the rest.
	ctx  context.Context
	opts []ops.Option
}

type implementation[T ops.Float] func(*call[T]) Value[T]

func (c *call[T]) fail(format string, args ...any) {
	if c.err == nil {
		c.err = fmt.Errorf("%s: %w", c.name, fmt.Errorf(format, args...))
	}
}

// count checks the number of arguments; most < 0 means any number.
func (c *call[T]) count(least, most int) bool {
	if n := len(c.args); n < least || most >= 0 && n > most {
		f, _ := functionNamed(c.name)
		c.fail("%d arguments given; usage: %s", n, f.Usage)
		return false
	}
	return true
}

// array is argument i as an array; a number becomes an array of no axes, and
// positions become numbers.
func (c *call[T]) array(i int) ops.Array[T] {
	switch v := c.args[i]; v.Kind {
	case Array:
		return v.Array
	case Number:
		return ops.Full(T(v.Number))
	case Ints:
		return ops.Floats[T](v.Ints)
	default:
		c.fail("argument %d is %s, expected an array", i+1, v.Kind)
		return ops.Full[T](0)
	}
}

// whole is argument i as an int.
func (c *call[T]) whole(i int) int {
	v := c.args[i]
	if v.Kind != Number || v.Number != math.Trunc(v.Number) || math.Abs(v.Number) > 1<<53 {
		c.fail("argument %d is %s, expected a whole number up to 2⁵³", i+1, describe(v))
		return 0
	}
	return int(v.Number)
}

func describe[T ops.Float](v Value[T]) string {
	if v.Kind == Number {
		return fmt.Sprint(v.Number)
	}
	return v.Kind.String()
}

// wholes are the arguments from i on, as ints: axes or a shape.
func (c *call[T]) wholes(from int) []int {
	var out []int
	for i := from; i < len(c.args); i++ {
		out = append(out, c.whole(i))
	}
	return out
}

func arrayValue[T ops.Float](a ops.Array[T]) Value[T] { return Value[T]{Kind: Array, Array: a} }

// elementwise makes an implementation of n array arguments; when all are
// numbers the result is computed as a number by the same arrays.
func elementwise[T ops.Float](n int, f func(x []ops.Array[T]) ops.Array[T]) implementation[T] {
	return func(c *call[T]) Value[T] {
		if !c.count(n, n) {
			return Value[T]{}
		}
		x := make([]ops.Array[T], n)
		for i := range x {
			x[i] = c.array(i)
		}
		if c.err != nil {
			return Value[T]{}
		}
		return arrayValue(f(x))
	}
}

func unary[T ops.Float](f func(x ops.Array[T]) ops.Array[T]) implementation[T] {
	return elementwise(1, func(x []ops.Array[T]) ops.Array[T] { return f(x[0]) })
}

func binary[T ops.Float](f func(x, y ops.Array[T]) ops.Array[T]) implementation[T] {
	return elementwise(2, func(x []ops.Array[T]) ops.Array[T] { return f(x[0], x[1]) })
}

// arithmetic is binary, but of two numbers gives a number, so that 1/3 has
// float64's precision and can serve as an index or an axis.
func arithmetic[T ops.Float](f func(x, y ops.Array[T]) ops.Array[T], number func(x, y float64) float64) implementation[T] {
	general := binary(f)
	return func(c *call[T]) Value[T] {
		if len(c.args) == 2 && c.args[0].Kind == Number && c.args[1].Kind == Number {
			return Value[T]{Kind: Number, Number: number(c.args[0].Number, c.args[1].Number)}
		}
		return general(c)
	}
}

// negate is negative(x), of a number a number.
func negate[T ops.Float](c *call[T]) Value[T] {
	if len(c.args) == 1 && c.args[0].Kind == Number {
		return Value[T]{Kind: Number, Number: -c.args[0].Number}
	}
	return unary(ops.Array[T].Neg)(c)
}

// withInts makes an implementation of an array and any number of whole
// numbers: axes or a shape.
func withInts[T ops.Float](least int, f func(x ops.Array[T], n ...int) ops.Array[T]) implementation[T] {
	return func(c *call[T]) Value[T] {
		if !c.count(least, -1) {
			return Value[T]{}
		}
		x, n := c.array(0), c.wholes(1)
		if c.err != nil {
			return Value[T]{}
		}
		return arrayValue(f(x, n...))
	}
}

func position[T ops.Float](f func(x ops.Array[T], axis ...int) ops.IntArray) implementation[T] {
	return func(c *call[T]) Value[T] {
		if !c.count(1, 2) {
			return Value[T]{}
		}
		x, axis := c.array(0), c.wholes(1)
		if c.err != nil {
			return Value[T]{}
		}
		return Value[T]{Kind: Ints, Ints: f(x, axis...)}
	}
}

func pairwise[T ops.Float](c *call[T]) Value[T] {
	if !c.count(2, 5) {
		return Value[T]{}
	}
	metric := "euclidean"
	if len(c.args) > 2 {
		if c.args[2].Kind != Text {
			c.fail("argument 3 is %s, expected the name of a metric in quotes", describe(c.args[2]))
			return Value[T]{}
		}
		metric = c.args[2].Text
	}
	x, y := c.array(0), c.array(1)
	m, err := c.metric(metric, x, y)
	if err != nil {
		c.fail("%w", err)
	}
	if c.err != nil {
		return Value[T]{}
	}
	return arrayValue(ops.PairwiseDistance(x, y, m))
}

// metric is the one of a name, with what follows it: p of minkowski, the variances of
// seuclidean or the inverse covariance of mahalanobis, which are those of x and y unless
// given; or the weights of the columns.
func (c *call[T]) metric(name string, x, y ops.Array[T]) (ops.Metric, error) {
	more := c.args[min(3, len(c.args)):]
	switch {
	case name == "mahalanobis" && len(more) == 0:
		return ops.FitMahalanobis(c.ctx, x, y, c.opts...)
	case name == "mahalanobis" && len(more) == 1:
		vi, err := c.parameters(3)
		return ops.Mahalanobis(vi), err
	case name == "seuclidean" && len(more) == 1:
		v, err := c.parameters(3)
		return ops.SEuclidean(v), err
	case name == "minkowski" && len(more) > 0 && more[0].Kind == Number:
		return c.weighted(ops.Minkowski(more[0].Number), 4)
	}
	m, err := ops.ParseMetric(name)
	if err != nil {
		return m, err
	}
	return c.weighted(m, 3)
}

// weighted is a metric with weights, if argument i, the last, is there.
func (c *call[T]) weighted(m ops.Metric, i int) (ops.Metric, error) {
	switch last := len(c.args) - 1; {
	case last < i:
		return m, nil
	case last > i || c.args[i].Kind == Number:
		return m, errors.New("after the metric comes p, the number of \"minkowski\"; then an array, the weights of the columns, v of \"seuclidean\" or vi of \"mahalanobis\"")
	}
	w, err := c.parameters(i)
	return m.Weighted(w), err
}

// parameters are the elements of argument i, which are computed now.
func (c *call[T]) parameters(i int) ([]float64, error) {
	return ops.Convert[float64](c.array(i)).Data(c.ctx, c.opts...)
}

// implementations maps the name of every function to what it builds.
func implementations[T ops.Float]() map[string]implementation[T] {
	type array = ops.Array[T]
	all := map[string]implementation[T]{
		"abs": unary(array.Abs), "negative": negate[T], "square": unary(array.Square),
		"sqrt": unary(array.Sqrt), "reciprocal": unary(array.Reciprocal), "exp": unary(array.Exp),
		"exp2": unary(array.Exp2), "expm1": unary(array.Expm1), "log": unary(array.Log), "log2": unary(array.Log2),
		"log10": unary(array.Log10), "log1p": unary(array.Log1p), "sin": unary(array.Sin), "cos": unary(array.Cos),
		"tan": unary(array.Tan), "arcsin": unary(array.Asin), "arccos": unary(array.Acos), "arctan": unary(array.Atan),
		"sinh": unary(array.Sinh), "cosh": unary(array.Cosh), "tanh": unary(array.Tanh), "cbrt": unary(array.Cbrt),
		"deg2rad": unary(array.DegToRad), "rad2deg": unary(array.RadToDeg), "floor": unary(array.Floor),
		"ceil": unary(array.Ceil), "trunc": unary(array.Trunc), "rint": unary(array.Rint), "sign": unary(array.Sign),
		"isnan": unary(array.IsNaN), "isinf": unary(array.IsInf), "isfinite": unary(array.IsFinite),
		"clip": elementwise(3, func(x []array) array { return x[0].Maximum(x[1]).Minimum(x[2]) }),
		"erf":  unary(array.Erf), "erfc": unary(array.Erfc), "expit": unary(array.Sigmoid), "log_expit": unary(array.LogSigmoid),
		"softplus": unary(array.Softplus), "ndtri": unary(array.NormalQuantile), "mod": binary(array.Mod),
		"fmod": binary(array.Fmod), "arctan2": binary(array.Atan2), "hypot": binary(array.Hypot), "copysign": binary(array.CopySign),
		"add":      arithmetic(array.Add, func(x, y float64) float64 { return x + y }),
		"subtract": arithmetic(array.Sub, func(x, y float64) float64 { return x - y }),
		"multiply": arithmetic(array.Mul, func(x, y float64) float64 { return x * y }),
		"divide":   arithmetic(array.Div, func(x, y float64) float64 { return x / y }),
		"pow":      binary(array.Pow), "minimum": binary(array.Minimum), "maximum": binary(array.Maximum),
		"less": binary(array.Less), "less_equal": binary(array.LessEqual), "greater": binary(array.Greater),
		"greater_equal": binary(array.GreaterEqual), "equal": binary(array.Equal), "not_equal": binary(array.NotEqual),
		"fma":       elementwise(3, func(x []array) array { return ops.FMA(x[0], x[1], x[2]) }),
		"where":     elementwise(3, func(x []array) array { return ops.Where(x[0], x[1], x[2]) }),
		"transpose": withInts(1, array.Transpose), "reshape": withInts(2, array.Reshape),
		"broadcast_to": withInts(2, array.BroadcastTo),
		"sum":          withInts(1, array.Sum), "mean": withInts(1, array.Mean), "var": withInts(1, array.Var),
		"std": withInts(1, array.Std), "min": withInts(1, array.Min), "max": withInts(1, array.Max),
		"argmin": position(array.ArgMin), "argmax": position(array.ArgMax),
		"matmul": binary(array.MatMul), "cdist": pairwise[T],
	}
	maps.Copy(all, arrangements[T]())
	maps.Copy(all, creators[T]())
	maps.Copy(all, scans[T]())
	return all
}
