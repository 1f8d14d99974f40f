package ptx

import (
	"slices"

	"github.com/quern-go/quern/kernels"
)

// joint is a Body whose common case (see kernels.Body.Likely) is written for several
// points at once, with one test for all: their instructions may then be mixed, which a branch in each
// function of each point forbids. Where the test fails, the points whose case is rare are
// computed by a function in the text.
type joint struct {
	outer       *kernels.Body // what is read, looked up by index or drawn: the function's arguments
	f           *kernels.Func // the rest
	whole, fast *kernels.Body // of f
}

// jointPoints is how many points are computed at once.
const jointPoints = 4

// newJoint is nil for a Body of which no case is rare, or with what a function cannot have: several
// results, arguments that are predicates, loops. Nor is there one for a Body that divides: the assembler makes a
// quotient a branch and a call of its own, around which nothing can be mixed.
func newJoint(b *kernels.Body) *joint {
	if len(b.Results) != 1 || !rarely(b) {
		return nil
	}
	isOuter := outerValues(b)
	outer, inner := kernels.NewBuilder(), kernels.NewBuilder()
	at, read := make([]kernels.Value, len(b.Insts)), make([]kernels.Value, len(b.Insts))
	f := &kernels.Func{Name: "rare"}
	var args []kernels.Value
	for i, in := range b.Insts {
		if in.Op == kernels.OpLoop || in.Op == kernels.OpLoopIn || isOuter[i] && in.Type == kernels.Bool {
			return nil
		}
		if isOuter[i] {
			read[i] = outer.Emit(renumbered(in, read))
		}
		switch {
		case !isOuter[i] || in.Op == kernels.OpConst:
			at[i] = inner.Emit(renumbered(in, at))
		default:
			at[i] = inner.Arg(len(args), in.Type)
			args, f.Params = append(args, read[i]), append(f.Params, in.Type)
		}
	}
	j := &joint{f: f}
	reads, err := outer.Build(args...)
	if err != nil {
		return nil
	}
	j.outer = &reads
	if f.Body, err = inner.Build(at[b.Results[0]]); err != nil {
		return nil
	}
	likely := false
	if j.whole, j.fast, likely = expand(f); !likely || slices.ContainsFunc(j.fast.Insts, divides) {
		return nil
	}
	return j
}

// renumbered is an instruction whose arguments have other numbers.
func renumbered(in kernels.Inst, at []kernels.Value) kernels.Inst {
	for k := range in.NumArgs() {
		in.Args[k] = at[in.Args[k]]
	}
	return in
}

// outerValues says which values are read or drawn, or decide what is.
func outerValues(b *kernels.Body) []bool {
	outer := make([]bool, len(b.Insts))
	for v := len(b.Insts) - 1; v >= 0; v-- {
		in := &b.Insts[v]
		switch in.Op {
		case kernels.OpLoad, kernels.OpIndex, kernels.OpParam, kernels.OpPhilox, kernels.OpGather:
			outer[v] = true
		}
		if outer[v] {
			for _, a := range in.Args[:in.NumArgs()] {
				outer[a] = true
			}
		}
	}
	return outer
}

// write computes points whose arguments are given.
func (j *joint) write(c *code, points [][]string) []string {
	t := j.f.Result()
	results, common := make([]string, len(points)), make([]string, len(points))
	all := ""
	for i, args := range points {
		of := c.body(j.fast, argScope(args))
		results[i], common[i] = c.variable(t, of[0]), of[1]
		if all == "" {
			all = of[1]
		} else {
			all = c.to(boolean, "and.pred", all, of[1])
		}
	}
	done := c.label("likely")
	c.jumpIf(all, done)
	for i, args := range points {
		next := c.label("next")
		c.jumpIf(common[i], next)
		c.callRare(j.f, j.whole, results[i], args)
		c.place(next)
	}
	c.place(done)
	return results
}

func divides(in kernels.Inst) bool { return in.Op == kernels.OpDiv }
