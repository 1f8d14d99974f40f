package expr

import (
	"math"
	"slices"

	"github.com/quern-go/quern/kernels"
	"github.com/quern-go/quern/kernels/mathfn"
	"github.com/quern-go/quern/kernels/term"
)

// Step says how a contraction takes a pair of elements a, b into an output.
type Step struct {
	Term term.Term // a named step, or None:
	// Power is the exponent p ≥ 1 of the step acc + w·|a−b|ᵖ.
	Power float64
}

// maxPower bounds the exponents computed by multiplication.
const maxPower = 64

// String names the step.
func (s Step) String() string {
	if s.Term == term.None {
		return "powdiff"
	}
	return s.Term.String()
}

// Body is the step for elements of type t; weight reads the weight, nil if there is
// none.
func (s Step) Body(t kernels.DType, weight func(b *kernels.Builder) kernels.Value) (kernels.Body, error) {
	if s.Term != term.None {
		return s.Term.Step(t, weight)
	}
	b := kernels.NewBuilder()
	acc := b.Acc(0, t)
	x, y := s.factors(b, t, b.Abs(b.Sub(b.Arg(0, t), b.Arg(1, t))))
	switch {
	case weight == nil && y == kernels.NoValue:
		return b.Build(b.Add(acc, x))
	case weight == nil:
		return b.Build(b.FMA(x, y, acc))
	case y != kernels.NoValue:
		x = b.Mul(x, y)
	}
	return b.Build(b.FMA(weight(b), x, acc))
}

// factors are two numbers whose product is dᵖ, or one that is it and NoValue: powers
// of whole p up to 64 by squarings; of those and a half, that and √d; of others by Pow.
func (s Step) factors(b *kernels.Builder, t kernels.DType, d kernels.Value) (x, y kernels.Value) {
	whole := math.Floor(s.Power)
	switch {
	case s.Power > maxPower || s.Power-whole != 0 && s.Power-whole != 0.5:
		return b.Call(mathfn.Pow(t), d, b.Float(t, s.Power)), kernels.NoValue
	case s.Power-whole == 0.5:
		x, y := powerOf(b, d, int(whole))
		if y != kernels.NoValue {
			x = b.Mul(x, y)
		}
		return x, b.Sqrt(d)
	}
	return powerOf(b, d, int(whole))
}

// powerOf is two factors of dᵖ for whole p ≥ 1, or d and NoValue.
func powerOf(b *kernels.Builder, d kernels.Value, p int) (x, y kernels.Value) {
	if p == 1 {
		return d, kernels.NoValue
	}
	rest, half, result := p/2, d, kernels.NoValue
	multiply := func(x kernels.Value) kernels.Value {
		if result == kernels.NoValue {
			return x
		}
		return b.Mul(result, x)
	}
	if p%2 == 1 {
		result = d
	}
	for rest > 1 {
		half = b.Mul(half, half)
		if rest%2 == 1 {
			result = multiply(half)
		}
		rest /= 2
	}
	return half, multiply(half)
}

// NewContract is Σₖ (or the step's combine) of step(a[…,i,k], b[…,k,j]): a is
// (…, m, k), b is (…, k, n), and leading axes broadcast; weights are (k), or nil.
func NewContract(op string, step Step, a, b, weights *Node) *Node {
	ra, rb := len(a.Shape), len(b.Shape)
	m, k, n := a.Shape[ra-2], a.Shape[ra-1], b.Shape[rb-1]
	if b.Shape[rb-2] != k {
		return Failf("%s: shapes %v and %v: %d columns and %d rows, expected equal numbers", op, a.Shape, b.Shape, k, b.Shape[rb-2])
	}
	batch, err := kernels.BroadcastShapes(a.Shape[:ra-2], b.Shape[:rb-2])
	if err != nil {
		return Failf("%s: shapes %v and %v: leading axes do not broadcast together", op, a.Shape, b.Shape)
	}
	shape := append(slices.Clone(batch), m, n)
	if err := checkShape(op, shape); err != nil {
		return Fail(err)
	}
	if k == 0 {
		return NewConst(a.Type, 0, shape)
	}
	node := &Node{Op: Contract, Type: a.Type, Shape: shape, Step: step}
	node.Args = [3]*Node{a, b, weights}
	return orEmpty(node)
}

// MatMul is the matrix product with NumPy's rules: leading axes broadcast, and
// a vector is a row on the left, a column on the right.
func MatMul(a, b *Node) *Node {
	if f := failed(a, b); f != nil {
		return f
	}
	ra, rb := len(a.Shape), len(b.Shape)
	if ra == 0 || rb == 0 {
		return Failf("matmul: shapes %v and %v: an array without axes cannot be multiplied, use Mul", a.Shape, b.Shape)
	}
	if ra > 1 && rb > 1 {
		return NewContract("matmul", Step{Term: term.FMA}, a, b, nil)
	}
	inner := b.Shape[0]
	if rb > 1 {
		inner = b.Shape[rb-2]
	}
	if a.Shape[ra-1] != inner {
		return Failf("matmul: shapes %v and %v: lengths %d and %d of the summed axes differ", a.Shape, b.Shape, a.Shape[ra-1], inner)
	}
	if rb == 1 {
		return matrixVector(a, b)
	}
	return vectorMatrix(a, b)
}

// matrixVector is Σₖ a[…,k]·b[k].
func matrixVector(a, b *Node) *Node {
	if base, ok := matrixTransposed(a); ok {
		return vectorMatrix(b, base)
	}
	return reduce(Sum, Binary(Mul, a, b), []int{len(a.Shape) - 1})
}

// vectorMatrix is Σₖ a[k]·b[…,k,n].
func vectorMatrix(a, b *Node) *Node {
	if base, ok := matrixTransposed(b); ok {
		return matrixVector(base, a)
	}
	return reduce(Sum, Binary(Mul, ReshapeTo(a, []int{-1, 1}), b), []int{len(b.Shape) - 2})
}

// matrixTransposed finds x in the transpose of a matrix x. A product with it
// and a vector is the product from the other side, in the order of x's memory.
func matrixTransposed(n *Node) (x *Node, ok bool) {
	if n.Op == Permute && len(n.Shape) == 2 {
		return n.Args[0], true
	}
	return nil, false
}
