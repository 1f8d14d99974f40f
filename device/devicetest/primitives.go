package devicetest

import (
	"fmt"

	"github.com/quern-go/quern/kernels"
	"github.com/quern-go/quern/kernels/oracle"
)

// primitive is an op at one choice of types.
type primitive struct {
	op     kernels.Op
	arg    kernels.DType // of the arguments; of a select, of the choices
	result kernels.DType
}

func (p primitive) String() string {
	if p.arg == p.result {
		return p.op.String() + "." + p.arg.String()
	}
	return fmt.Sprintf("%s.%s.%s", p.op, p.arg, p.result)
}

// emit applies the op to as many of args as it takes.
func (p primitive) emit(b *kernels.Builder, args []kernels.Value) kernels.Value {
	in := kernels.Inst{Op: p.op, Type: p.result}
	if p.op == kernels.OpSelect {
		// The condition is of type Bool whatever the choices are.
		in.Args = [3]kernels.Value{b.Less(args[0], args[1]), args[0], args[1]}
		if p.arg == kernels.Bool {
			in.Args[0] = b.Xor(args[0], args[1])
		}
		return b.Emit(in)
	}
	copy(in.Args[:], args)
	return b.Emit(in)
}

// kernel is the Map that applies the op.
func (p primitive) kernel() (*kernels.Map, error) {
	b := kernels.NewBuilder()
	n := p.op.Arity()
	m := &kernels.Map{}
	var args []kernels.Value
	for slot := range n {
		if p.op == kernels.OpSelect && slot == 2 {
			break
		}
		m.Ins = append(m.Ins, storage(p.arg))
		args = append(args, argument(b, slot, p.arg))
	}
	if err := b.Err(); err != nil {
		return nil, err
	}
	v := p.emit(b, args)
	if err := b.Err(); err != nil {
		return nil, err
	}
	var err error
	m.Body, err = b.Build(result(b, v))
	return m, err
}

// everyPrimitive lists the ops that depend on their arguments alone, at every
// choice of types that the builder accepts.
func everyPrimitive() []primitive {
	var list []primitive
	for op := range kernels.Op(kernels.NumOps) {
		if op.Arity() < 1 || op == kernels.OpGather || op == kernels.OpLookup || op == kernels.OpPhilox {
			continue
		}
		for arg := kernels.Bool; arg <= kernels.F64; arg++ {
			for res := kernels.Bool; res <= kernels.F64; res++ {
				p := primitive{op, arg, res}
				if _, err := p.kernel(); err == nil {
					list = append(list, p)
				}
			}
		}
	}
	return list
}

// primitives tests every op: special values crossed with special values (and,
// for three arguments, a third one that runs through them), then random bits.
func (s *tester) primitives(t T) {
	for _, p := range everyPrimitive() {
		t.Run(p.String(), func(t T) {
			k, err := p.kernel()
			if err != nil {
				t.Fatalf("kernel: %v", err)
			}
			d := newData(p.String())
			s.check(t, k, crossed(d, k, p.arg, pick(s.effort, 100, 1000, 100000)))
		})
	}
	for _, dt := range floatTypes {
		t.Run("scalars."+dt.String(), func(t T) { s.scalars(t, dt) })
	}
	t.Run("lookup", s.lookup)
}

// crossed are the arguments of a Map whose inputs hold every combination of two
// special values of type t, then random bits.
func crossed(d *data, k *kernels.Map, t kernels.DType, random int) *oracle.Args {
	list := specials(t)
	third := len(list)
	if len(k.Ins) < 2 {
		third = 1
	}
	n := len(list)*third + random
	args := &oracle.Args{Shape: []int{n}}
	for slot, in := range k.Ins {
		a := oracle.NewArray(in, n)
		for i := range n {
			switch {
			case i >= n-random:
				a.Set(i, d.value(in, anyBits))
			case slot == 0:
				a.Set(i, list[i%len(list)])
			case slot == 1:
				a.Set(i, list[i/len(list)])
			default:
				a.Set(i, list[d.rng.IntN(len(list))])
			}
		}
		args.Ins = append(args.Ins, flat(a))
	}
	args.Outs = outputs(k, args.Shape, rowMajor)
	return args
}

// scalars gives every op of two arguments a parameter and a constant on either
// side, and fma each place.
func (s *tester) scalars(t T, dt kernels.DType) {
	k := &kernels.Map{Signature: kernels.Signature{Ins: []kernels.DType{dt}, Params: []kernels.DType{dt}}}
	k.Body = body(t, func(b *kernels.Builder) (vs values) {
		x, p, c := b.Load(0, dt), b.Param(0, dt), b.Float(dt, 0.7)
		for _, op := range []func(x, y kernels.Value) kernels.Value{
			b.Add, b.Sub, b.Mul, b.Div, b.Min, b.Max,
			func(x, y kernels.Value) kernels.Value { return b.Select(b.Less(x, y), x, y) },
			func(x, y kernels.Value) kernels.Value { return b.Select(b.LessEqual(x, y), y, x) },
		} {
			vs = append(vs, b.Add(b.Add(op(x, p), op(p, x)), b.Add(op(x, c), op(c, x))))
		}
		return append(vs, b.FMA(x, p, c), b.FMA(p, c, x), b.FMA(c, x, p), b.FMA(x, x, p), b.Add(p, c))
	})
	for _, p := range []float64{0, 1, -2.5, 1e30} {
		args := crossed(newData("scalars"), k, dt, 300)
		args.Params = []uint64{kernels.FloatBits(dt, p)}
		if !s.check(t, k, args) {
			return
		}
	}
}

// lookup reads tables of one type and of many lengths at random places.
func (s *tester) lookup(t T) {
	for _, dt := range []kernels.DType{kernels.F32, kernels.F64, kernels.U32, kernels.U64} {
		for _, n := range []int{2, 16, 64, 256} {
			name := fmt.Sprintf("%s of %d", dt, n)
			t.Run(name, func(t T) {
				d := newData("lookup " + name)
				table := &kernels.Table{Name: fmt.Sprintf("lookup_%s_%d", dt, n), Type: dt}
				for range n {
					table.Bits = append(table.Bits, d.value(dt, tame))
				}
				k := &kernels.Map{Signature: kernels.Signature{Ins: []kernels.DType{kernels.I64}}}
				k.Body = body(t, func(b *kernels.Builder) values {
					i := b.And(argument(b, 0, kernels.U32), b.Int(kernels.U32, int64(n-1)))
					return values{result(b, b.Lookup(table, i))}
				})
				shape := []int{1000}
				s.check(t, k, &oracle.Args{
					Shape: shape,
					Ins:   []oracle.Operand{d.input(kernels.I64, anyBits, shape, rowMajor)},
					Outs:  outputs(k, shape, rowMajor),
				})
			})
		}
	}
}
