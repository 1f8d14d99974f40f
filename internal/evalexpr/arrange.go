package evalexpr

import (
	"github.com/quern-go/quern/ops"
)

// optional is argument i as an int, or what stands for it if it is not given.
func (c *call[T]) optional(i, otherwise int) int {
	if i >= len(c.args) {
		return otherwise
	}
	return c.whole(i)
}

// number is argument i as a number.
func (c *call[T]) number(i int) float64 {
	if c.args[i].Kind != Number {
		c.fail("argument %d is %s, expected a number", i+1, c.args[i].Kind)
	}
	return c.args[i].Number
}

// of makes an implementation that takes least to most arguments.
func of[T ops.Float](least, most int, f func(c *call[T]) ops.Array[T]) implementation[T] {
	return func(c *call[T]) Value[T] {
		if !c.count(least, most) {
			return Value[T]{}
		}
		a := f(c)
		if c.err != nil {
			return Value[T]{}
		}
		return arrayValue(a)
	}
}

// list is the arguments as arrays, and the axis that may follow them.
func (c *call[T]) list() (arrays []ops.Array[T], axis int) {
	end := len(c.args)
	if last := end - 1; c.args[last].Kind == Number && last > 0 {
		end, axis = last, c.whole(last)
	}
	for i := range end {
		arrays = append(arrays, c.array(i))
	}
	return arrays, axis
}

// positions is argument i as positions. Those that are an array, as one from a file
// is, are evaluated now: take has to know them.
func (c *call[T]) positions(i int) ops.IntArray {
	switch v := c.args[i]; v.Kind {
	case Ints:
		return v.Ints
	case Number:
		return ops.FromInts([]int{c.whole(i)}).Reshape()
	case Array:
		list, err := v.Array.Data(c.ctx, c.opts...)
		if err != nil {
			c.fail("positions: %w", err)
		}
		positions := make([]int, len(list))
		for k, x := range list {
			if positions[k] = int(x); T(positions[k]) != x {
				c.fail("position %v, expected a whole number", x)
			}
		}
		return ops.FromInts(positions).Reshape(v.Array.Shape()...)
	default:
		c.fail("argument %d is %s, expected positions", i+1, v.Kind)
		return ops.FromInts(nil)
	}
}

func countNonZero[T ops.Float](c *call[T]) Value[T] {
	if !c.count(1, -1) {
		return Value[T]{}
	}
	x, axes := c.array(0), c.wholes(1)
	if c.err != nil {
		return Value[T]{}
	}
	return Value[T]{Kind: Ints, Ints: x.CountNonZero(axes...)}
}

// arrangements are the functions that put elements elsewhere, and the reductions
// built on others.
func arrangements[T ops.Float]() map[string]implementation[T] {
	type array = ops.Array[T]
	withDiagonal := func(f func(x array, k int) array) implementation[T] {
		return of(1, 2, func(c *call[T]) array { return f(c.array(0), c.optional(1, 0)) })
	}
	return map[string]implementation[T]{
		"expand_dims": of(2, 2, func(c *call[T]) array { return c.array(0).ExpandDims(c.whole(1)) }),
		"squeeze":     withInts(1, array.Squeeze), "flip": withInts(1, array.Flip),
		"slice": of(4, 5, func(c *call[T]) array {
			return c.array(0).SliceAxis(c.whole(1), ops.Range(c.whole(2), c.whole(3)).By(c.optional(4, 1)))
		}),
		"take": of(2, 3, func(c *call[T]) array {
			if len(c.args) == 2 {
				return c.array(0).Reshape(-1).Take(c.positions(1), 0)
			}
			return c.array(0).Take(c.positions(1), c.whole(2))
		}),
		"concatenate": of(1, -1, func(c *call[T]) array {
			list, axis := c.list()
			return ops.Concat(axis, list...)
		}),
		"stack": of(1, -1, func(c *call[T]) array {
			list, axis := c.list()
			return ops.Stack(axis, list...)
		}),
		"repeat": of(2, 3, func(c *call[T]) array {
			if len(c.args) == 2 {
				return c.array(0).Reshape(-1).Repeat(c.whole(1), 0)
			}
			return c.array(0).Repeat(c.whole(1), c.whole(2))
		}),
		"tile": of(2, 3, func(c *call[T]) array { return c.array(0).Tile(c.whole(1), c.optional(2, -1)) }),
		"roll": of(2, 3, func(c *call[T]) array { return c.array(0).Roll(c.whole(1), c.wholes(2)...) }),
		"diff": of(1, 3, func(c *call[T]) array { return c.array(0).Diff(c.optional(1, 1), c.optional(2, -1)) }),
		"tril": withDiagonal(array.Tril), "triu": withDiagonal(array.Triu), "diag": withDiagonal(ops.Diag[T]),
		"trace": unary(array.Trace), "dot": binary(array.Dot), "inner": binary(array.Inner), "outer": binary(array.Outer),
		"prod": withInts(1, array.Prod), "any": withInts(1, array.Any), "all": withInts(1, array.All),
		"count_nonzero": countNonZero[T],
		"norm": of(1, -1, func(c *call[T]) array {
			if len(c.args) == 1 {
				return c.array(0).Norm(2)
			}
			return c.array(0).Norm(c.number(1), c.wholes(2)...)
		}),
		"logsumexp": withInts(1, array.LogSumExp), "softmax": withInts(1, array.Softmax),
		"log_softmax": withInts(1, array.LogSoftmax),
	}
}
