package evalexpr

import (
	"context"
	"fmt"
	"go/ast"
	"go/token"
	"maps"
	"slices"
	"strconv"

	"github.com/quern-go/quern/ops"
)

// Value is what an expression or a part of it stands for: an array, an array of
// positions, a number, or the text of a string literal.
type Value[T ops.Float] struct {
	Kind   Kind
	Array  ops.Array[T]
	Ints   ops.IntArray
	Number float64
	Text   string
}

// Kind says which field of a Value holds.
type Kind uint8

// The kinds of value.
const (
	Array Kind = iota
	Ints
	Number
	Text
)

// String returns the kind's name for error messages.
func (k Kind) String() string {
	return [...]string{"an array", "an array of positions", "a number", "a text"}[k]
}

// Build makes the lazy array that the expression stands for, given the arrays
// that its names stand for. Nothing is computed but what the array depends on: the
// positions of a take, the parameters of a metric; ctx and opts are for those.
func Build[T ops.Float](ctx context.Context, e *Expr, arrays map[string]ops.Array[T], opts ...ops.Option) (Value[T], error) {
	for _, name := range e.names {
		if _, ok := arrays[name]; !ok {
			return Value[T]{}, fmt.Errorf("%q: no array named %s was given (given: %v)",
				e.source, name, slices.Sorted(maps.Keys(arrays)))
		}
	}
	b := builder[T]{e: e, arrays: arrays, functions: implementations[T](), ctx: ctx, opts: opts}
	v, err := b.build(e.root)
	if err == nil && v.Kind == Array {
		err = v.Array.Err()
	}
	return v, err
}

type builder[T ops.Float] struct {
	e         *Expr
	arrays    map[string]ops.Array[T]
	functions map[string]implementation[T]
	ctx       context.Context // for what has to be computed
	opts      []ops.Option
}

func (b *builder[T]) build(n ast.Expr) (Value[T], error) {
	switch n := n.(type) {
	case *ast.ParenExpr:
		return b.build(n.X)
	case *ast.Ident:
		if c, ok := constants[n.Name]; ok {
			return Value[T]{Kind: Number, Number: c}, nil
		}
		return Value[T]{Kind: Array, Array: b.arrays[n.Name]}, nil
	case *ast.BasicLit:
		return b.literal(n)
	case *ast.UnaryExpr:
		return b.unary(n)
	case *ast.BinaryExpr:
		name, ok := operators[n.Op]
		if !ok {
			return Value[T]{}, b.e.errorAt(n, "operator %s is not known", n.Op)
		}
		return b.apply(n, name, []ast.Expr{n.X, n.Y})
	case *ast.IndexExpr:
		return b.index(n)
	case *ast.SliceExpr:
		return b.slice(n)
	case *ast.CallExpr:
		f, _ := functionNamed(functionOf(n.Fun.(*ast.Ident)))
		return b.apply(n, f.Name, n.Args)
	}
	return Value[T]{}, b.e.errorAt(n, "this kind of expression is not known")
}

var operators = map[token.Token]string{
	token.ADD: "add", token.SUB: "subtract", token.MUL: "multiply", token.QUO: "divide",
	token.LSS: "less", token.LEQ: "less_equal", token.GTR: "greater", token.GEQ: "greater_equal",
	token.EQL: "equal", token.NEQ: "not_equal",
}

func (b *builder[T]) literal(n *ast.BasicLit) (Value[T], error) {
	switch n.Kind {
	case token.INT, token.FLOAT:
		if x, err := strconv.ParseFloat(n.Value, 64); err == nil {
			return Value[T]{Kind: Number, Number: x}, nil
		}
		if i, err := strconv.ParseInt(n.Value, 0, 64); err == nil {
			return Value[T]{Kind: Number, Number: float64(i)}, nil
		}
		return Value[T]{}, b.e.errorAt(n, "%s is beyond the range of numbers", n.Value)
	case token.STRING:
		if s, err := strconv.Unquote(n.Value); err == nil {
			return Value[T]{Kind: Text, Text: s}, nil
		}
	}
	return Value[T]{}, b.e.errorAt(n, "%s is neither a number nor a text", n.Value)
}

func (b *builder[T]) unary(n *ast.UnaryExpr) (Value[T], error) {
	switch n.Op {
	case token.SUB:
		return b.apply(n, "negative", []ast.Expr{n.X})
	case token.ADD:
		return b.build(n.X)
	}
	return Value[T]{}, b.e.errorAt(n, "operator %s is not known", n.Op)
}

// apply builds the arguments, then the function of them.
func (b *builder[T]) apply(n ast.Node, name string, args []ast.Expr) (Value[T], error) {
	c := &call[T]{name: name, args: make([]Value[T], len(args)), ctx: b.ctx, opts: b.opts}
	for i, arg := range args {
		v, err := b.build(arg)
		if err != nil {
			return Value[T]{}, err
		}
		c.args[i] = v
	}
	v := b.functions[name](c)
	if c.err == nil && v.Kind == Array {
		c.err = v.Array.Err()
	}
	if c.err == nil && v.Kind == Ints {
		c.err = v.Ints.Err()
	}
	if c.err != nil {
		return Value[T]{}, b.e.errorAt(n, "%w", c.err)
	}
	return v, nil
}

func (b *builder[T]) arrayAndBounds(x ast.Expr, bounds ...ast.Expr) (ops.Array[T], []int, error) {
	v, err := b.build(x)
	if err != nil {
		return ops.Array[T]{}, nil, err
	}
	if v.Kind == Ints {
		v = Value[T]{Kind: Array, Array: ops.Floats[T](v.Ints)}
	}
	if v.Kind != Array {
		return ops.Array[T]{}, nil, b.e.errorAt(x, "only arrays can be indexed, this is %s", v.Kind)
	}
	out := make([]int, len(bounds))
	for i, bound := range bounds {
		if bound == nil {
			continue
		}
		n, err := b.build(bound)
		if err != nil {
			return ops.Array[T]{}, nil, err
		}
		if n.Kind != Number || n.Number != float64(int(n.Number)) {
			return ops.Array[T]{}, nil, b.e.errorAt(bound, "an index must be a whole number")
		}
		out[i] = int(n.Number)
	}
	return v.Array, out, nil
}

// index is a[i]: element i of the first axis.
func (b *builder[T]) index(n *ast.IndexExpr) (Value[T], error) {
	a, bounds, err := b.arrayAndBounds(n.X, n.Index)
	if err != nil {
		return Value[T]{}, err
	}
	out := a.Slice(ops.At(bounds[0]))
	if err := out.Err(); err != nil {
		return Value[T]{}, b.e.errorAt(n, "%w", err)
	}
	return Value[T]{Kind: Array, Array: out}, nil
}

// slice is a[i:j]: elements i to j−1 of the first axis.
func (b *builder[T]) slice(n *ast.SliceExpr) (Value[T], error) {
	a, bounds, err := b.arrayAndBounds(n.X, n.Low, n.High)
	if err != nil {
		return Value[T]{}, err
	}
	spec := ops.Range(bounds[0], bounds[1])
	if n.High == nil {
		spec = ops.From(bounds[0])
	}
	out := a.Slice(spec)
	if err := out.Err(); err != nil {
		return Value[T]{}, b.e.errorAt(n, "%w", err)
	}
	return Value[T]{Kind: Array, Array: out}, nil
}
