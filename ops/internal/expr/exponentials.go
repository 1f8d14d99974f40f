package expr

import (
	"math"
	"slices"
)

// keeping is a function of axes, for which it leaves axes of length 1.
func keeping(x *Node, axes []int, f func(x *Node, axes []int) *Node) *Node {
	keep := slices.Clone(x.Shape)
	for _, a := range axes {
		keep[a] = 1
	}
	return ReshapeTo(f(x, axes), keep)
}

func maximum(x *Node, axes []int) *Node { return reduce(Max, x, axes) }
func total(x *Node, axes []int) *Node   { return reduce(Sum, x, axes) }

// LogSumExp is log Σ eˣ along axes, with the largest element taken out of the sum
// so that nothing overflows. An infinite one is left in, as in SciPy.
func LogSumExp(x *Node, axes []int) *Node {
	if f := failed(x); f != nil {
		return f
	}
	list, err := NormalAxes("logsumexp", axes, x.Shape)
	if err != nil {
		return Fail(err)
	}
	if countOf(x.Shape, list) == 0 || x.Size() == 0 {
		return NewConst(x.Type, Scalar(x.Type, math.Inf(-1)).Bits, without(x.Shape, list))
	}
	if x.Op == Permute {
		return reducePermuted(x, list, LogSumExp)
	}
	largest := keeping(x, list, maximum)
	finite := Binary(Less, Unary(Abs, largest), Scalar(x.Type, math.Inf(1)))
	largest = Ternary(Where, finite, largest, Scalar(x.Type, 0))
	sum := reduce(Sum, Call("exp", Binary(Sub, x, largest)), list)
	return Binary(Add, Call("log", sum), ReshapeTo(largest, sum.Shape))
}

// Softmax is eˣ divided by its sum along axes.
func Softmax(x *Node, axes []int) *Node {
	return shifted("softmax", x, axes, func(x *Node, list []int) *Node {
		e := Call("exp", x)
		return Binary(Div, e, keeping(e, list, total))
	})
}

// LogSoftmax is the logarithm of Softmax, without its roundings to zero.
func LogSoftmax(x *Node, axes []int) *Node {
	return shifted("log_softmax", x, axes, func(x *Node, list []int) *Node {
		return Binary(Sub, x, Call("log", keeping(Call("exp", x), list, total)))
	})
}

// shifted is f of x less its largest element along axes.
func shifted(op string, x *Node, axes []int, f func(x *Node, axes []int) *Node) *Node {
	if f := failed(x); f != nil {
		return f
	}
	list, err := NormalAxes(op, axes, x.Shape)
	if err != nil {
		return Fail(err)
	}
	if x.Size() == 0 {
		return x
	}
	return f(Binary(Sub, x, keeping(x, list, maximum)), list)
}
