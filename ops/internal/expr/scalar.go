package expr

import "github.com/quern-go/quern/kernels"

// emit writes an operation on scalars of type t.
type emit func(b *kernels.Builder, t kernels.DType, x []kernels.Value) kernels.Value

// scalarOp is the meaning of an elementwise operation.
type scalarOp struct {
	emit emit
	// cost is the time relative to an addition: about how many primitives a
	// device executes, with divisions and roots counted as several.
	cost int
}

var scalarOps = [numOps]scalarOp{
	Neg:        {unary((*kernels.Builder).Neg), 1},
	Abs:        {unary((*kernels.Builder).Abs), 1},
	Square:     {func(b *kernels.Builder, _ kernels.DType, x []kernels.Value) kernels.Value { return b.Mul(x[0], x[0]) }, 1},
	Sqrt:       {unary((*kernels.Builder).Sqrt), 8},
	Floor:      {unary((*kernels.Builder).Floor), 1},
	Rint:       {unary((*kernels.Builder).Rint), 1},
	Reciprocal: {reciprocal, 8},
	Convert:    {convert, 1},
	FromBits:   {fromBits, 1},

	Add:          {binary((*kernels.Builder).Add), 1},
	Sub:          {binary((*kernels.Builder).Sub), 1},
	Mul:          {binary((*kernels.Builder).Mul), 1},
	Div:          {binary((*kernels.Builder).Div), 8},
	Minimum:      {binary((*kernels.Builder).Min), 1},
	Maximum:      {binary((*kernels.Builder).Max), 1},
	Less:         {comparison(Less), 2},
	LessEqual:    {comparison(LessEqual), 2},
	Greater:      {comparison(Greater), 2},
	GreaterEqual: {comparison(GreaterEqual), 2},
	Equal:        {comparison(Equal), 2},
	NotEqual:     {comparison(NotEqual), 2},

	Where: {where, 2},
	FMA: {func(b *kernels.Builder, _ kernels.DType, x []kernels.Value) kernels.Value {
		return b.FMA(x[0], x[1], x[2])
	}, 1},
}

// Emit writes an elementwise operation with result type t.
func Emit(b *kernels.Builder, op Op, t kernels.DType, args ...kernels.Value) kernels.Value {
	if f := functionOf(op); f != nil {
		return f.call(b, t, args)
	}
	return scalarOps[op].emit(b, t, args)
}

// Cost is the time of an elementwise operation relative to an addition.
func Cost(op Op) int {
	if f := functionOf(op); f != nil {
		return f.cost()
	}
	return scalarOps[op].cost
}

func unary(f func(*kernels.Builder, kernels.Value) kernels.Value) emit {
	return func(b *kernels.Builder, _ kernels.DType, x []kernels.Value) kernels.Value { return f(b, x[0]) }
}

func binary(f func(b *kernels.Builder, x, y kernels.Value) kernels.Value) emit {
	return func(b *kernels.Builder, _ kernels.DType, x []kernels.Value) kernels.Value { return f(b, x[0], x[1]) }
}

func reciprocal(b *kernels.Builder, t kernels.DType, x []kernels.Value) kernels.Value {
	return b.Div(b.Float(t, 1), x[0])
}

func convert(b *kernels.Builder, t kernels.DType, x []kernels.Value) kernels.Value {
	return b.Convert(t, x[0])
}

func fromBits(b *kernels.Builder, t kernels.DType, x []kernels.Value) kernels.Value {
	if t == kernels.F32 {
		return b.Bitcast(t, b.Convert(kernels.U32, x[0]))
	}
	return b.Bitcast(t, x[0])
}

// Bits writes what FromBits reads.
func Bits(b *kernels.Builder, t kernels.DType, x kernels.Value) kernels.Value {
	if t == kernels.F32 {
		return b.Convert(kernels.I64, b.Bitcast(kernels.U32, x))
	}
	return b.Bitcast(kernels.I64, x)
}

// comparison gives 1 or 0 of the arguments' type.
func comparison(op Op) emit {
	return func(b *kernels.Builder, t kernels.DType, x []kernels.Value) kernels.Value {
		one, zero := number(b, t, 1), number(b, t, 0)
		if op == NotEqual {
			return b.Select(Condition(b, Equal, x[0], x[1]), zero, one)
		}
		return b.Select(Condition(b, op, x[0], x[1]), one, zero)
	}
}

// Condition writes a comparison other than NotEqual as a Bool.
func Condition(b *kernels.Builder, op Op, x, y kernels.Value) kernels.Value {
	switch op {
	case Less:
		return b.Less(x, y)
	case LessEqual:
		return b.LessEqual(x, y)
	case Greater:
		return b.Less(y, x)
	case GreaterEqual:
		return b.LessEqual(y, x)
	}
	return b.Equal(x, y)
}

// where takes the second argument unless the first is zero; NaN is not zero.
func where(b *kernels.Builder, t kernels.DType, x []kernels.Value) kernels.Value {
	return b.Select(b.Equal(x[0], number(b, t, 0)), x[2], x[1])
}

// number is a small whole number of type t.
func number(b *kernels.Builder, t kernels.DType, x int64) kernels.Value {
	if t.IsFloat() {
		return b.Float(t, float64(x))
	}
	return b.Int(t, x)
}

// fold computes an elementwise operation on constants.
func fold(op Op, t kernels.DType, args []*Node) uint64 {
	b := kernels.NewBuilder()
	values := make([]kernels.Value, len(args))
	for i, a := range args {
		values[i] = b.Bits(a.Type, a.Bits)
	}
	body, err := b.Build(Emit(b, op, t, values...))
	if err != nil {
		return 0 // unreachable: the types have been checked
	}
	return body.Eval(nil, nil)[0]
}
