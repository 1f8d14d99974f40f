package kernels

import "fmt"

// scope is what the leaves of a Body may refer to.
type scope struct {
	sig      *Signature
	args     []DType // OpArg
	accs     []Acc   // OpAcc, OpAccIndex
	loads    bool    // OpLoad
	indices  bool    // OpIndex
	elements bool    // OpGather, OpPhilox
}

// validate checks the body and its leaves against the scope, and that it has
// results of the wanted types (nil: any, but at least one).
func (b *Body) validate(name string, s scope, want []DType) error {
	if err := b.Validate(); err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	for i := range b.Insts {
		if err := s.allows(&b.Insts[i]); err != nil {
			return fmt.Errorf("kernels: %s: instruction %%%d: %w", name, i, err)
		}
	}
	if len(b.Results) == 0 || want != nil && len(b.Results) != len(want) {
		return fmt.Errorf("kernels: %s: %d results, expected %d", name, len(b.Results), max(1, len(want)))
	}
	for i, t := range b.ResultTypes() {
		if want != nil && t != want[i] {
			return fmt.Errorf("kernels: %s: result %d has type %s, expected %s", name, i, t, want[i])
		}
		if want == nil && (t != F32 && t != F64 && t != I64) {
			return fmt.Errorf("kernels: %s: result %d has type %s, which no array holds", name, i, t)
		}
	}
	return nil
}

func (s *scope) allows(in *Inst) error {
	slot := func(types []DType) error {
		if in.Imm >= uint64(len(types)) {
			return fmt.Errorf("%s: slot %d of %d", in.Op, in.Imm, len(types))
		}
		if types[in.Imm] != in.Type {
			return fmt.Errorf("%s: slot %d has type %s, not %s", in.Op, in.Imm, types[in.Imm], in.Type)
		}
		return nil
	}
	switch in.Op {
	case OpArg:
		return slot(s.args)
	case OpParam:
		return slot(s.sig.Params)
	case OpLoad:
		if !s.loads {
			return fmt.Errorf("load: not allowed here")
		}
		return slot(s.sig.Ins)
	case OpGather:
		if !s.elements {
			return fmt.Errorf("gather: not allowed here")
		}
		return slot(s.sig.Ins)
	case OpLoop:
		if !s.elements {
			return fmt.Errorf("loop: not allowed here")
		}
	case OpPhilox:
		if !s.elements {
			return fmt.Errorf("philox: not allowed here")
		}
	case OpIndex:
		if !s.indices || in.Imm >= uint64(s.sig.Indices) {
			return fmt.Errorf("index: layout %d of %d, or not allowed here", in.Imm, s.sig.Indices)
		}
	case OpAcc, OpAccIndex:
		if in.Imm >= uint64(len(s.accs)) {
			return fmt.Errorf("%s: accumulator %d of %d", in.Op, in.Imm, len(s.accs))
		}
		acc := s.accs[in.Imm]
		if in.Op == OpAcc && acc.Type != in.Type || in.Op == OpAccIndex && !acc.Combine.HasIndex() {
			return fmt.Errorf("%s: accumulator %d is %s.%s", in.Op, in.Imm, acc.Combine, acc.Type)
		}
	}
	return nil
}

func accTypes(accs []Acc) ([]DType, error) {
	ts := make([]DType, len(accs))
	for i, a := range accs {
		if !a.Type.IsFloat() || a.Combine == CombineInvalid || a.Combine >= numCombines {
			return nil, fmt.Errorf("kernels: accumulator %d: %s.%s", i, a.Combine, a.Type)
		}
		ts[i] = a.Type
	}
	if len(ts) == 0 {
		return nil, fmt.Errorf("kernels: no accumulator")
	}
	return ts, nil
}

// Validate checks the kernel.
func (m *Map) Validate() error {
	return m.Body.validate("map", scope{sig: &m.Signature, loads: true, indices: true, elements: true}, nil)
}

// Validate checks the kernel.
func (r *Reduce) Validate() error {
	ts, err := accTypes(r.Accs)
	if err != nil {
		return err
	}
	if err := r.Pre.validate("pre", scope{sig: &r.Signature, loads: true, indices: true, elements: true}, ts); err != nil {
		return err
	}
	return r.Post.validate("post", scope{sig: &r.Signature, loads: true, indices: true, accs: r.Accs}, nil)
}

// Validate checks the kernel.
func (c *Contract) Validate() error {
	ts, err := accTypes(c.Accs)
	if err != nil {
		return err
	}
	if len(c.Start) != len(c.Accs) {
		return fmt.Errorf("kernels: contract: %d start values for %d accumulators", len(c.Start), len(c.Accs))
	}
	if !c.Precision.Valid() {
		return fmt.Errorf("kernels: contract: %s, expected exact, tf32 or bf16", c.Precision)
	}
	for _, a := range c.Accs {
		if a.Combine.HasIndex() {
			return fmt.Errorf("kernels: contract: accumulator %s keeps an index; use Fold", a.Combine)
		}
	}
	elem := scope{sig: &c.Signature, loads: true, indices: true, elements: true}
	if err := c.PreA.validate("a", elem, nil); err != nil {
		return err
	}
	if err := c.PreB.validate("b", elem, nil); err != nil {
		return err
	}
	if len(c.PreA.Results) != 1 || len(c.PreB.Results) != 1 {
		return fmt.Errorf("kernels: contract: a and b need one result each")
	}
	step := scope{sig: &c.Signature, loads: true, accs: c.Accs, args: []DType{c.PreA.ResultTypes()[0], c.PreB.ResultTypes()[0]}}
	if err := c.Step.validate("step", step, ts); err != nil {
		return err
	}
	post := scope{sig: &c.Signature, loads: true, indices: true, accs: c.Accs}
	if c.Fold == nil {
		return c.Post.validate("post", post, nil)
	}
	return c.validateFold(post)
}

func (c *Contract) validateFold(post scope) error {
	ts, err := accTypes(c.Fold.Accs)
	if err != nil {
		return err
	}
	if top := c.Fold.Top; top < 0 || top > MaxTop {
		return fmt.Errorf("kernels: fold: the first %d values, expected at most %d", top, MaxTop)
	} else if top > 0 && (len(ts) != 1 || c.Fold.Accs[0].Combine != CombineArgMin) {
		return fmt.Errorf("kernels: fold: the first %d values of %s, expected one accumulator, an argmin", top, accsText(c.Fold.Accs))
	}
	if err := c.Post.validate("post", post, ts); err != nil {
		return err
	}
	return c.Fold.Post.validate("fold", scope{sig: &c.Signature, loads: true, indices: true, accs: c.Fold.Accs}, nil)
}
