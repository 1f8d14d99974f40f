package kernels

// withoutDead returns the body with only the instructions its results need.
func (b Body) withoutDead() Body {
	live := make([]bool, len(b.Insts))
	for _, r := range b.Results {
		live[r] = true
	}
	for i := len(b.Insts) - 1; i >= 0; i-- {
		if live[i] {
			for _, a := range b.Insts[i].Args[:b.Insts[i].NumArgs()] {
				live[a] = true
			}
		}
	}
	at := make([]Value, len(b.Insts))
	out := Body{Results: make([]Value, len(b.Results))}
	for i, in := range b.Insts {
		if !live[i] {
			continue
		}
		for k := range in.NumArgs() {
			in.Args[k] = at[in.Args[k]]
		}
		at[i] = Value(len(out.Insts))
		out.Insts = append(out.Insts, in)
	}
	for i, r := range b.Results {
		out.Results[i] = at[r]
	}
	return out
}

// InlineCalls returns the body with every OpCall, at any depth, for which keep
// does not hold replaced by its function's body. A nil keep keeps none.
func (b *Body) InlineCalls(keep func(*Func) bool) (Body, error) {
	nb := NewBuilder()
	results := nb.inlineCalls(b, nil, keep)
	return nb.Build(results...)
}

func (b *Builder) inlineCalls(body *Body, args []Value, keep func(*Func) bool) []Value {
	at := make([]Value, len(body.Insts))
	loops := make(map[*Loop]*Loop)
	for i, in := range body.Insts {
		for k := range in.NumArgs() {
			in.Args[k] = at[in.Args[k]]
		}
		switch {
		case in.Op == OpLoop:
			if loops[in.Loop] == nil {
				loops[in.Loop] = b.inlineStep(in.Loop, keep)
			}
			in.Loop = loops[in.Loop]
			at[i] = b.Emit(in)
		case in.Op == OpArg && args != nil:
			at[i] = args[in.Imm]
		case in.Op == OpCall && (keep == nil || !keep(in.Func)):
			at[i] = b.inlineCalls(&in.Func.Body, in.Args[:in.NumArgs()], keep)[0]
		default:
			at[i] = b.Emit(in)
		}
	}
	results := make([]Value, len(body.Results))
	for i, r := range body.Results {
		results[i] = at[r]
	}
	return results
}

// inlineStep is the loop with the calls in its step replaced.
func (b *Builder) inlineStep(l *Loop, keep func(*Func) bool) *Loop {
	step, err := l.Body.InlineCalls(keep)
	if err != nil {
		b.fail("loop: %w", err)
		return l
	}
	return &Loop{Steps: l.Steps, States: l.States, Params: l.Params, Body: step}
}

// Likely returns the body specialised to the case that every likely Select
// (see SelectLikely) takes its first choice, with the conjunction of their
// conditions as an extra last result of type Bool; ok is false if there is no
// likely Select. Where the extra result holds, the others equal the body's.
func (b *Body) Likely() (fast Body, ok bool, err error) {
	nb := NewBuilder()
	at := make([]Value, len(b.Insts))
	guard := NoValue
	for i, in := range b.Insts {
		for k := range in.NumArgs() {
			in.Args[k] = at[in.Args[k]]
		}
		if in.Op == OpSelect && in.Imm == 1 {
			at[i] = in.Args[1]
			guard = nb.alsoGuard(guard, in.Args[0])
			continue
		}
		at[i] = nb.Emit(in)
	}
	if guard == NoValue {
		return Body{}, false, nil
	}
	results := make([]Value, 0, len(b.Results)+1)
	for _, r := range b.Results {
		results = append(results, at[r])
	}
	fast, err = nb.Build(append(results, guard)...)
	return fast, err == nil, err
}

// alsoGuard is the conjunction of two conditions, of which one may be NoValue or
// part of the other already.
func (b *Builder) alsoGuard(guard, c Value) Value {
	implies := func(x, y Value) bool { // x is y, or y and something
		return x == y || b.insts[x].Op == OpAnd && (b.insts[x].Args[0] == y || b.insts[x].Args[1] == y)
	}
	switch {
	case guard == NoValue || implies(c, guard):
		return c
	case implies(guard, c):
		return guard
	}
	return b.And(guard, c)
}
