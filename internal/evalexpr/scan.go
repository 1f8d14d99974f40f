package evalexpr

import "github.com/quern-go/quern/ops"

// ints makes an implementation that takes least to most arguments and gives
// positions or counts.
func ints[T ops.Float](least, most int, f func(c *call[T]) ops.IntArray) implementation[T] {
	return func(c *call[T]) Value[T] {
		if !c.count(least, most) {
			return Value[T]{}
		}
		a := f(c)
		if c.err != nil {
			return Value[T]{}
		}
		return Value[T]{Kind: Ints, Ints: a}
	}
}

// histogram is the counts and edges of the bins that arguments 1 to 3 describe.
func (c *call[T]) histogram() (counts ops.IntArray, edges ops.Array[T]) {
	bins := c.optional(1, 10)
	switch len(c.args) {
	case 3:
		c.fail("3 arguments given: with low goes high")
		fallthrough
	case 1, 2:
		return c.array(0).Histogram(bins)
	}
	return c.array(0).HistogramBetween(bins, T(c.number(2)), T(c.number(3)))
}

// scans are the functions that order, add up or count along an axis.
func scans[T ops.Float]() map[string]implementation[T] {
	type array = ops.Array[T]
	return map[string]implementation[T]{
		"median":   withInts(1, array.Median),
		"quantile": of(2, -1, func(c *call[T]) array { return c.array(0).Quantile(c.number(1), c.wholes(2)...) }),
		"percentile": of(2, -1, func(c *call[T]) array {
			p := c.number(1)
			if !(p >= 0 && p <= 100) {
				c.fail("%v, expected 0 to 100", p)
			}
			return c.array(0).Quantile(p/100, c.wholes(2)...)
		}),
		"cumsum": withInts(1, array.CumSum), "cumprod": withInts(1, array.CumProd),
		"sort":    of(1, 2, func(c *call[T]) array { return c.array(0).Sort(c.optional(1, -1)) }),
		"argsort": ints(1, 2, func(c *call[T]) ops.IntArray { return c.array(0).ArgSort(c.optional(1, -1)) }),
		"topk":    of(2, 3, func(c *call[T]) array { return c.array(0).Smallest(c.whole(1), c.optional(2, -1)) }),
		"argtopk": ints(2, 3, func(c *call[T]) ops.IntArray { return c.array(0).ArgSmallest(c.whole(1), c.optional(2, -1)) }),
		"histogram": ints(1, 4, func(c *call[T]) ops.IntArray {
			counts, _ := c.histogram()
			return counts
		}),
		"histogram_edges": of(1, 4, func(c *call[T]) array {
			_, edges := c.histogram()
			return edges
		}),
		"histogram_between": ints(2, 2, func(c *call[T]) ops.IntArray { return c.array(0).HistogramEdges(c.array(1)) }),
	}
}
