package kernels

import (
	"strings"
	"testing"
)

func inst(op Op, t DType, args ...Value) Inst {
	in := leaf(op, t, 0)
	copy(in.Args[:], args)
	return in
}

func TestValidateBody(t *testing.T) {
	empty := &Func{Name: "empty", Params: []DType{F32}}
	broken := &Func{Name: "broken", Params: []DType{F32}, Body: Body{
		Insts: []Inst{inst(OpArg, F32), inst(OpSqrt, F64, 0)}, Results: []Value{1}}}
	call := func(f *Func, t DType) Body {
		in := inst(OpCall, t, 0)
		in.Func = f
		return Body{Insts: []Inst{inst(OpLoad, F32), in}, Results: []Value{1}}
	}
	for _, c := range []struct {
		name string
		body Body
		want string
	}{
		{"result", Body{Insts: []Inst{inst(OpLoad, F32)}, Results: []Value{1}}, "result 0 is %1"},
		{"later value", Body{Insts: []Inst{inst(OpNeg, F32, 0)}, Results: []Value{0}}, "argument 0 is %0"},
		{"missing argument", Body{Insts: []Inst{inst(OpLoad, F32), inst(OpAdd, F32, 0)}, Results: []Value{1}}, "argument 1 is %-1"},
		{"unknown op", Body{Insts: []Inst{inst(numOps, F32)}, Results: []Value{0}}, "unknown op"},
		{"no type", Body{Insts: []Inst{inst(OpLoad, InvalidType)}, Results: []Value{0}}, "unknown op or type"},
		{"types", Body{Insts: []Inst{inst(OpLoad, F32), inst(OpSqrt, F64, 0)}, Results: []Value{1}}, "sqrt.f64"},
		{"no function", call(nil, F32), "no function"},
		{"function without result", call(empty, F32), "0 results"},
		{"function without parameters", call(&Func{Name: "none"}, F32), "0 parameters"},
		{"broken function", call(broken, F64), "function broken"},
		{"no table", Body{Insts: []Inst{inst(OpParam, U32), inst(OpLookup, F32, 0)}, Results: []Value{1}}, "no table"},
	} {
		if err := c.body.Validate(); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: error %v, expected %q in it", c.name, err, c.want)
		}
	}
}

// build makes a Body of one expression, which may be faulty only as a kernel's.
func build(t *testing.T, f func(b *Builder) Value) Body {
	t.Helper()
	b := NewBuilder()
	return mustBuild(t, b, f(b))
}

func TestValidateMap(t *testing.T) {
	sig := Signature{Ins: []DType{F32, F64}, Params: []DType{F64}, Indices: 1}
	good := Map{sig, build(t, func(b *Builder) Value {
		return b.Add(b.Convert(F64, b.Load(0, F32)), b.Mul(b.Param(0, F64), b.Convert(F64, b.Index(0))))
	})}
	if err := good.Validate(); err != nil {
		t.Errorf("a good map: %v", err)
	}
	if outs := good.Outs(); len(outs) != 1 || outs[0] != F64 {
		t.Errorf("outputs %v", outs)
	}
	for _, c := range []struct {
		name string
		f    func(b *Builder) Value
		want string
	}{
		{"slot", func(b *Builder) Value { return b.Load(2, F32) }, "slot 2 of 2"},
		{"slot type", func(b *Builder) Value { return b.Load(0, F64) }, "slot 0 has type f32"},
		{"param", func(b *Builder) Value { return b.Param(1, F64) }, "slot 1 of 1"},
		{"index", func(b *Builder) Value { return b.Convert(F64, b.Index(1)) }, "layout 1 of 1"},
		{"gather", func(b *Builder) Value { return b.Gather(7, F32, b.Index(0)) }, "slot 7"},
		{"acc", func(b *Builder) Value { return b.Acc(0, F32) }, "accumulator 0 of 0"},
		{"arg", func(b *Builder) Value { return b.Arg(0, F32) }, "slot 0 of 0"},
		{"result type", func(b *Builder) Value { return b.Less(b.Load(0, F32), b.Float(F32, 0)) }, "no array holds"},
	} {
		m := Map{sig, build(t, c.f)}
		if err := m.Validate(); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: error %v, expected %q in it", c.name, err, c.want)
		}
	}
	if err := (&Map{Signature: sig}).Validate(); err == nil {
		t.Error("a map without results is valid")
	}
}

func TestValidateReduce(t *testing.T) {
	load := func(b *Builder) Value { return b.Load(0, F32) }
	acc := func(b *Builder) Value { return b.Acc(0, F32) }
	sig := Signature{Ins: []DType{F32}}
	for _, c := range []struct {
		name      string
		pre, post func(b *Builder) Value
		accs      []Acc
		want      string // empty: valid
	}{
		{"sum", load, acc, []Acc{{F32, CombineAdd}}, ""},
		{"argmin", load, func(b *Builder) Value { return b.AccIndex(0) }, []Acc{{F32, CombineArgMin}}, ""},
		{"no accumulator", load, acc, nil, "no accumulator"},
		{"integer accumulator", load, acc, []Acc{{I32, CombineAdd}}, "accumulator 0"},
		{"no combine", load, acc, []Acc{{F32, CombineInvalid}}, "accumulator 0"},
		{"pre type", load, acc, []Acc{{F64, CombineAdd}}, "pre: result 0 has type f32, expected f64"},
		{"one value for two", load, acc, []Acc{{F32, CombineAdd}, {F32, CombineAdd}}, "1 results, expected 2"},
		{"index of a sum", load, func(b *Builder) Value { return b.AccIndex(0) }, []Acc{{F32, CombineAdd}}, "accumulator 0 is add.f32"},
		{"acc type", load, func(b *Builder) Value { return b.Acc(0, F64) }, []Acc{{F32, CombineAdd}}, "accumulator 0 is add.f32"},
		{"acc in pre", acc, acc, []Acc{{F32, CombineAdd}}, "accumulator 0 of 0"},
		{"gather in post", load, func(b *Builder) Value { return b.Gather(0, F32, b.Int(U64, 0)) }, []Acc{{F32, CombineAdd}}, "gather: not allowed"},
	} {
		r := Reduce{Signature: sig, Pre: build(t, c.pre), Accs: c.accs, Post: build(t, c.post)}
		err := r.Validate()
		if c.want == "" && err != nil || c.want != "" && (err == nil || !strings.Contains(err.Error(), c.want)) {
			t.Errorf("%s: error %v, expected %q in it", c.name, err, c.want)
		}
	}
}

// product is the matrix product of float32.
func product(t *testing.T) *Contract {
	t.Helper()
	c := &Contract{
		Signature: Signature{Ins: []DType{F32, F32}},
		PreA:      build(t, func(b *Builder) Value { return b.Load(0, F32) }),
		PreB:      build(t, func(b *Builder) Value { return b.Load(1, F32) }),
		Step: build(t, func(b *Builder) Value {
			acc := b.Acc(0, F32)
			return b.FMA(b.Arg(0, F32), b.Arg(1, F32), acc)
		}),
		Accs:  []Acc{{F32, CombineAdd}},
		Start: []uint64{CombineAdd.Identity(F32)},
		Post:  build(t, func(b *Builder) Value { return b.Acc(0, F32) }),
	}
	if err := c.Validate(); err != nil {
		t.Fatal(err)
	}
	return c
}

func TestValidateContract(t *testing.T) {
	for _, c := range []struct {
		name   string
		change func(c *Contract)
		want   string
	}{
		{"start", func(c *Contract) { c.Start = nil }, "0 start values for 1 accumulators"},
		{"index accumulator", func(c *Contract) { c.Accs = []Acc{{F32, CombineArgMin}} }, "use Fold"},
		{"a", func(c *Contract) { c.PreA = build(t, func(b *Builder) Value { return b.Load(9, F32) }) }, "a: instruction"},
		{"b", func(c *Contract) { c.PreB.Results = []Value{0, 0} }, "one result each"},
		{"step load", func(c *Contract) { c.Step = build(t, func(b *Builder) Value { return b.Load(2, F32) }) }, "load: slot 2 of 2"},
		{"step index", func(c *Contract) {
			c.Indices = 1
			c.Step = build(t, func(b *Builder) Value { return b.Convert(F32, b.Index(0)) })
		}, "index: layout 0 of 1, or not allowed"},
		{"step type", func(c *Contract) {
			c.Step = build(t, func(b *Builder) Value { return b.Convert(F64, b.Acc(0, F32)) })
		}, "step: result 0 has type f64"},
		{"post", func(c *Contract) { c.Post = build(t, func(b *Builder) Value { return b.Acc(1, F32) }) }, "accumulator 1 of 1"},
		{"top of a sum", func(c *Contract) { c.Fold = &Fold{Accs: []Acc{{F32, CombineAdd}}, Post: c.Post, Top: 2} },
			"the first 2 values of [add.f32], expected one accumulator, an argmin"},
		{"top of two", func(c *Contract) {
			c.Fold = &Fold{Accs: []Acc{{F32, CombineArgMin}, {F32, CombineArgMin}}, Post: c.Post, Top: 2}
		}, "expected one accumulator"},
		{"too many", func(c *Contract) { c.Fold = &Fold{Accs: []Acc{{F32, CombineArgMin}}, Post: c.Post, Top: MaxTop + 1} },
			"the first 65 values, expected at most 64"},
		{"negative", func(c *Contract) { c.Fold = &Fold{Accs: []Acc{{F32, CombineArgMin}}, Post: c.Post, Top: -1} }, "the first -1 values"},
		{"fold", func(c *Contract) { c.Fold = &Fold{Accs: []Acc{{F64, CombineMin}}, Post: c.Post} }, "post: result 0 has type f32, expected f64"},
	} {
		k := product(t)
		c.change(k)
		if err := k.Validate(); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: error %v, expected %q in it", c.name, err, c.want)
		}
	}
	folded := product(t)
	folded.Fold = &Fold{
		Accs: []Acc{{F32, CombineArgMin}},
		Post: build(t, func(b *Builder) Value { return b.AccIndex(0) }),
	}
	if err := folded.Validate(); err != nil {
		t.Errorf("a product with fold: %v", err)
	}
	plain, one := folded.Key(), folded.OutRank(4)
	folded.Fold.Top = MaxTop
	if err := folded.Validate(); err != nil || folded.Key() == plain || one != 2 || folded.OutRank(4) != 3 {
		t.Errorf("the first %d values of a product: %v, key %s as without, output axes %d and %d, expected 2 and 3", MaxTop, err, folded.Key(), one, folded.OutRank(4))
	}
	if outs := folded.Outs(); len(outs) != 1 || outs[0] != I64 {
		t.Errorf("outputs %v, expected [i64]", outs)
	}
}
