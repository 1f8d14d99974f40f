package evalexpr

import "github.com/quern-go/quern/ops"

// creators are the functions that make arrays of numbers.
func creators[T ops.Float]() map[string]implementation[T] {
	type array = ops.Array[T]
	shaped := func(f func(shape ...int) array) implementation[T] {
		return of(1, -1, func(c *call[T]) array { return f(c.wholes(0)...) })
	}
	random := func(f func(seed uint64, shape ...int) array) implementation[T] {
		return of(2, -1, func(c *call[T]) array { return f(uint64(c.whole(0)), c.wholes(1)...) })
	}
	return map[string]implementation[T]{
		"zeros": shaped(ops.Zeros[T]), "ones": shaped(ops.Ones[T]),
		"full": of(2, -1, func(c *call[T]) array {
			last := len(c.args) - 1
			x := c.number(last)
			c.args = c.args[:last]
			return ops.Full(T(x), c.wholes(0)...)
		}),
		"eye": of(1, 3, func(c *call[T]) array {
			n := c.whole(0)
			return ops.Eye[T](n, c.optional(1, n), c.optional(2, 0))
		}),
		"arange": of(1, 3, func(c *call[T]) array {
			start, stop, step := 0.0, c.number(0), 1.0
			if len(c.args) > 1 {
				start, stop = stop, c.number(1)
			}
			if len(c.args) > 2 {
				step = c.number(2)
			}
			return ops.Arange(T(start), T(stop), T(step))
		}),
		"linspace": of(2, 3, func(c *call[T]) array {
			return ops.Linspace(T(c.number(0)), T(c.number(1)), c.optional(2, 50))
		}),
		"uniform": random(ops.Uniform[T]), "normal": random(ops.Normal[T]),
	}
}
