package exec

import "unsafe"

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
	array   int // its number among the inputs, or among the outputs
	moved   int // bytes from the array's Base to its element at the origin of the nest
}

// remember notes where the operands in memory come from, for bring.
func (s *site) remember(args *Args) {
	s.loaded, s.stored = s.loaded[:0], s.stored[:0]
	for o := range s.nest.ops {
		switch base := s.nest.ops[o].base; {
		case base == nil: // an index layout, an accumulator, a result that stays in the frame
		case o < len(s.leaves):
			slot := s.leaves[o].Slot
			s.loaded = append(s.loaded, origin{o, slot, int(uintptr(base) - uintptr(args.Ins[slot].Base))})
		default:
			result := o - len(s.leaves)
			s.stored = append(s.stored, origin{o, result, int(uintptr(base) - uintptr(args.Outs[result].Base))})
		}
	}
}

// bring puts the memory and parameters of another launch of the same kind in the place of
// those of the one remembered.
func (s *site) bring(args *Args) {
	for _, o := range s.loaded {
		s.nest.ops[o.operand].base = unsafe.Add(args.Ins[o.array].Base, o.moved)
	}
	for _, o := range s.stored {
		s.nest.ops[o.operand].base = unsafe.Add(args.Outs[o.array].Base, o.moved)
	}
	s.takeValues(args)
}
