package clike

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/quern-go/quern/kernels"
	"github.com/quern-go/quern/kernels/grid"
)

// Render makes the source text of a kernel for a target, for launches of at
// most so many axes. The error wraps errors.ErrUnsupported if the target cannot
// compute such a kernel.
func Render(k kernels.Kernel, t Target, axes int) (*Module, error) {
	if t.Dialect == nil {
		return nil, errors.New("clike: render: no dialect given")
	}
	if t.GroupSize < minGroup {
		return nil, fmt.Errorf("clike: render: groups of %d work items, expected at least %d: %w", t.GroupSize, minGroup, errors.ErrUnsupported)
	}
	if usesFloat64(k) && !t.Float64 {
		return nil, fmt.Errorf("clike: render: the target has no float64: %w", errors.ErrUnsupported)
	}
	if axes < 1 || axes > grid.MaxAxes {
		return nil, fmt.Errorf("clike: render: %d axes, expected 1 to %d", axes, grid.MaxAxes)
	}
	s := newSource(k, t)
	var p planner
	var err error
	switch k := k.(type) {
	case *kernels.Map:
		p, err = renderMap(s, k, axes)
	case *kernels.Reduce:
		p, err = renderReduce(s, k, axes)
	case *kernels.Contract:
		p, err = renderContract(s, k, axes)
	default:
		err = fmt.Errorf("kernel of kind %T: %w", k, errors.ErrUnsupported)
	}
	if err != nil {
		return nil, fmt.Errorf("clike: render: %w", err)
	}
	for i := range s.list {
		s.list[i].BlockBytes = s.block.size
		s.list[i].BlockInMemory = s.blockInMemory()
	}
	return &Module{Source: s.text(), Entries: s.list, MaxAxes: axes, sig: s.sig, outs: len(s.outs), planner: p}, nil
}

// minGroup is the smallest bound on groups that the kernels are made for.
const minGroup = 64

// planner turns the arguments of a launch into passes.
type planner interface {
	plan(args *grid.Args, into *grid.Plan) error
}

// Plan makes the passes of a launch, in the memory of into where that suffices.
func (m *Module) Plan(args *grid.Args, into *grid.Plan) error {
	sig := m.sig
	if len(args.Ins) != len(sig.Ins) || len(args.Outs) != m.outs ||
		len(args.Params) != len(sig.Params) || len(args.Indices) != sig.Indices {
		return fmt.Errorf("clike: plan: %d inputs, %d outputs, %d params and %d index layouts given, expected %d, %d, %d and %d",
			len(args.Ins), len(args.Outs), len(args.Params), len(args.Indices),
			len(sig.Ins), m.outs, len(sig.Params), sig.Indices)
	}
	if len(args.Shape) > grid.MaxAxes {
		return fmt.Errorf("clike: plan: %d axes, expected at most %d", len(args.Shape), grid.MaxAxes)
	}
	into.Reset()
	if err := m.planner.plan(args, into); err != nil {
		return fmt.Errorf("clike: plan: %w", err)
	}
	return nil
}

// noScratch gives the last pass an output in the place of scratch memory that it
// does not use.
func noScratch(p *grid.Plan) {
	ps := p.Last()
	ps.Buffers = append(ps.Buffers, grid.Output(0))
}

// tooManyAxes is the error for a launch of more axes than the text has room for.
func tooManyAxes(given, most int) error {
	return fmt.Errorf("%d axes that do not merge, expected at most %d", given, most)
}

// tooFewAxes is the error for a contraction without m, n and k.
func tooFewAxes(given int) error {
	return fmt.Errorf("contract: %d axes given, expected batch axes and m, n, k", given)
}

// usesFloat64 reports whether any value of the kernel is a float64.
func usesFloat64(k kernels.Kernel) bool {
	return strings.Contains(k.String(), "f64") || slices.ContainsFunc(bodiesOf(k), callsFloat64)
}

func callsFloat64(b *kernels.Body) bool {
	return b.Any(func(in *kernels.Inst) bool { return in.Type == kernels.F64 })
}

// bodiesOf lists the Bodies of a kernel.
func bodiesOf(k kernels.Kernel) []*kernels.Body {
	switch k := k.(type) {
	case *kernels.Map:
		return []*kernels.Body{&k.Body}
	case *kernels.Reduce:
		return []*kernels.Body{&k.Pre, &k.Post}
	case *kernels.Contract:
		list := []*kernels.Body{&k.PreA, &k.PreB, &k.Step, &k.Post}
		if k.Fold != nil {
			list = append(list, &k.Fold.Post)
		}
		return list
	}
	return nil
}
