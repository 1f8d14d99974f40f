package ops

import "github.com/quern-go/quern/ops/internal/expr"

func (a Array[T]) unary(op expr.Op) Array[T] { return Array[T]{expr.Unary(op, a.n)} }

func (a Array[T]) binary(op expr.Op, b Array[T]) Array[T] { return Array[T]{expr.Binary(op, a.n, b.n)} }

func (a Array[T]) withScalar(op expr.Op, x T) Array[T] {
	return Array[T]{expr.Binary(op, a.n, scalar(x))}
}

// Neg is −a.
func (a Array[T]) Neg() Array[T] { return a.unary(expr.Neg) }

// Abs is |a|.
func (a Array[T]) Abs() Array[T] { return a.unary(expr.Abs) }

// Square is a·a.
func (a Array[T]) Square() Array[T] { return a.unary(expr.Square) }

// Sqrt is the square root, correctly rounded.
func (a Array[T]) Sqrt() Array[T] { return a.unary(expr.Sqrt) }

// Floor is the largest integer not above a.
func (a Array[T]) Floor() Array[T] { return a.unary(expr.Floor) }

// Rint is the nearest integer, ties to even.
func (a Array[T]) Rint() Array[T] { return a.unary(expr.Rint) }

// Reciprocal is 1/a.
func (a Array[T]) Reciprocal() Array[T] { return a.unary(expr.Reciprocal) }

// Add is a + b.
func (a Array[T]) Add(b Array[T]) Array[T] { return a.binary(expr.Add, b) }

// Sub is a − b.
func (a Array[T]) Sub(b Array[T]) Array[T] { return a.binary(expr.Sub, b) }

// Mul is a·b, element by element.
func (a Array[T]) Mul(b Array[T]) Array[T] { return a.binary(expr.Mul, b) }

// Div is a/b.
func (a Array[T]) Div(b Array[T]) Array[T] { return a.binary(expr.Div, b) }

// Minimum is the smaller of a and b; NaN if either is, and −0 is below +0.
func (a Array[T]) Minimum(b Array[T]) Array[T] { return a.binary(expr.Minimum, b) }

// Maximum is the larger of a and b; NaN if either is, and −0 is below +0.
func (a Array[T]) Maximum(b Array[T]) Array[T] { return a.binary(expr.Maximum, b) }

// Less is 1 where a < b, else 0; comparisons with NaN are false, except
// NotEqual.
func (a Array[T]) Less(b Array[T]) Array[T] { return a.binary(expr.Less, b) }

// LessEqual is 1 where a ≤ b, else 0.
func (a Array[T]) LessEqual(b Array[T]) Array[T] { return a.binary(expr.LessEqual, b) }

// Greater is 1 where a > b, else 0.
func (a Array[T]) Greater(b Array[T]) Array[T] { return a.binary(expr.Greater, b) }

// GreaterEqual is 1 where a ≥ b, else 0.
func (a Array[T]) GreaterEqual(b Array[T]) Array[T] { return a.binary(expr.GreaterEqual, b) }

// Equal is 1 where a = b, else 0.
func (a Array[T]) Equal(b Array[T]) Array[T] { return a.binary(expr.Equal, b) }

// NotEqual is 1 where a ≠ b, else 0.
func (a Array[T]) NotEqual(b Array[T]) Array[T] { return a.binary(expr.NotEqual, b) }

// AddScalar is a + x. Scalars are arguments of the compiled kernel: another
// value needs no new plan.
func (a Array[T]) AddScalar(x T) Array[T] { return a.withScalar(expr.Add, x) }

// SubScalar is a − x.
func (a Array[T]) SubScalar(x T) Array[T] { return a.withScalar(expr.Sub, x) }

// MulScalar is a·x.
func (a Array[T]) MulScalar(x T) Array[T] { return a.withScalar(expr.Mul, x) }

// DivScalar is a/x.
func (a Array[T]) DivScalar(x T) Array[T] { return a.withScalar(expr.Div, x) }

// MinimumScalar is the smaller of a and x.
func (a Array[T]) MinimumScalar(x T) Array[T] { return a.withScalar(expr.Minimum, x) }

// MaximumScalar is the larger of a and x.
func (a Array[T]) MaximumScalar(x T) Array[T] { return a.withScalar(expr.Maximum, x) }

// LessScalar is 1 where a < x, else 0.
func (a Array[T]) LessScalar(x T) Array[T] { return a.withScalar(expr.Less, x) }

// LessEqualScalar is 1 where a ≤ x, else 0.
func (a Array[T]) LessEqualScalar(x T) Array[T] { return a.withScalar(expr.LessEqual, x) }

// GreaterScalar is 1 where a > x, else 0.
func (a Array[T]) GreaterScalar(x T) Array[T] { return a.withScalar(expr.Greater, x) }

// GreaterEqualScalar is 1 where a ≥ x, else 0.
func (a Array[T]) GreaterEqualScalar(x T) Array[T] { return a.withScalar(expr.GreaterEqual, x) }

// EqualScalar is 1 where a = x, else 0.
func (a Array[T]) EqualScalar(x T) Array[T] { return a.withScalar(expr.Equal, x) }

// NotEqualScalar is 1 where a ≠ x, else 0.
func (a Array[T]) NotEqualScalar(x T) Array[T] { return a.withScalar(expr.NotEqual, x) }

// Where is a where cond is not zero (NaN is not zero), else b.
func Where[T Float](cond, a, b Array[T]) Array[T] {
	return Array[T]{expr.Ternary(expr.Where, cond.n, a.n, b.n)}
}

// FMA is a·b + c, rounded once.
func FMA[T Float](a, b, c Array[T]) Array[T] {
	return Array[T]{expr.Ternary(expr.FMA, a.n, b.n, c.n)}
}
