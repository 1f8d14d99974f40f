package exec

import (
	"unsafe"

	"github.com/quern-go/quern/kernels"
)

// again lets a launch that differs from the one before in its memory and parameters
// alone, as a plan that runs again does, keep what was decided for that: to decide
// takes longer than to add a thousand numbers.
type again struct {
	kind    uint64 // of the launch before; 0: none that helps
	inPlace bool
}

// applies reports whether the launch is of the same kind as the one remembered.
func (g *again) applies(args *Args) bool {
	return g.kind != 0 && g.kind == args.Kind && g.inPlace == args.inPlace()
}

// remember notes the launch for which everything has been decided.
func (g *again) remember(args *Args) { g.kind, g.inPlace = args.Kind, args.inPlace() }

// inPlace reports whether an output lies where an input does.
func (a *Args) inPlace() bool {
	for i := range a.Outs {
		for k := range a.Ins {
			if a.Ins[k].Base == a.Outs[i].Base {
				return true
			}
		}
	}
	return false
}

// origin is where an operand of a site comes from.
type origin struct {
	operand int
	result  bool
	slot    int // of an input; or the number of the result
	moved   int // bytes from the array's Base to its element at the origin of the nest
}

// array is the operand's array in a launch.
func (o *origin) array(args *Args) *Array {
	if o.result {
		return &args.Outs[o.slot]
	}
	return &args.Ins[o.slot]
}

// remember notes where the operands in memory come from, for bring.
func (s *site) remember(args *Args) {
	s.origins = s.origins[:0]
	for i := range s.nest.ops {
		from := origin{operand: i}
		switch {
		case s.nest.ops[i].base == nil: // an index layout, an accumulator, a result that stays in the frame
			continue
		case i >= len(s.leaves):
			from.result, from.slot = true, i-len(s.leaves)
		case s.leaves[i].Op == kernels.OpLoad:
			from.slot = s.leaves[i].Slot
		}
		from.moved = int(uintptr(s.nest.ops[i].base) - uintptr(from.array(args).Base))
		s.origins = append(s.origins, from)
	}
}

// bring puts the memory and parameters of another launch of the same kind in the place of
// those of the one remembered.
func (s *site) bring(args *Args) {
	for i := range s.origins {
		from := &s.origins[i]
		s.nest.ops[from.operand].base = unsafe.Add(from.array(args).Base, from.moved)
	}
	s.takeValues(args)
}
