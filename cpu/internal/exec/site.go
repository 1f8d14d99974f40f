package exec

import (
	"slices"

	"github.com/quern-go/quern/cpu/internal/vm"
	"github.com/quern-go/quern/kernels"
)

// reach is how a run gets at an operand.
type reach uint8

const (
	reachDirect  reach = iota // the run's elements lie one after another
	reachUniform              // one element serves the run
	reachCount                // an index that counts up by one
	reachStrided              // along one axis: staged
	reachAxes                 // along several axes: staged
	reachTile                 // staged for many runs at once, by tiler
	reachAligned              // outputs: like direct, past the caches, every run at a cache line
	reachStream               // outputs: like direct, past the caches
	reachFrame                // outputs: left in the frame
)

// site is a program placed in a nest: operands 0, 1, … are the program's leaves,
// then come its results. A run covers consecutive points of the axes from lo on,
// in row-major order; the axes before are fixed by cursor.move.
type site struct {
	prog    *vm.Program
	code    *vm.Code
	leaves  []vm.Leaf
	results []kernels.DType

	nest nest
	lo   int
	// reach of each operand; the caller may set some to reachTile, reachStream
	// or reachFrame between choose and specialise.
	reach   []reach
	inPlace bool
	hits    uint64 // results of which the condition is enough: see vm.Key

	params  []uint64
	sources []vm.Source

	loaded, stored []origin // of the operands in memory: see remember
}

// init sets what does not change from launch to launch.
func (s *site) init(prog *vm.Program) {
	s.prog, s.leaves, s.results = prog, prog.Leaves(), prog.Results()
}

// forget lets go of the launch's memory.
func (s *site) forget() {
	for i := range s.nest.ops {
		s.nest.ops[i].base = nil
	}
	clear(s.sources)
}

// out is the operand number of a result.
func (s *site) out(result int) int { return len(s.leaves) + result }

// operands is the number of operands.
func (s *site) operands() int { return len(s.leaves) + len(s.results) }

// enter places the program's inputs and index layouts in the space of a launch.
// Accumulators and arguments are left for the caller.
func (s *site) enter(args *Args, shape []int) {
	s.nest.reset(shape, s.operands())
	for i, leaf := range s.leaves {
		switch leaf.Op {
		case kernels.OpLoad:
			in := &args.Ins[leaf.Slot]
			s.nest.place(i, operand{base: in.Base, size: leaf.Type.Size()}, in.Strides)
		case kernels.OpIndex:
			l := &args.Indices[leaf.Slot]
			s.nest.place(i, operand{first: uint64(l.Offset), size: 8}, l.Strides)
		}
	}
	s.takeValues(args)
}

// takeValues takes the parameters, and the inputs that are read at computed positions.
func (s *site) takeValues(args *Args) {
	s.params = append(s.params[:0], args.Params...)
	s.sources = s.sources[:0]
	for _, slot := range s.prog.Gathers() {
		in := &args.Ins[slot]
		s.sources = append(s.sources, vm.Source{Base: in.Base, Len: in.Len})
	}
}

// choose decides how runs along the axes from lo on reach each operand.
func (s *site) choose(lo int) {
	s.lo = lo
	s.reach = slices.Grow(s.reach[:0], s.operands())[:s.operands()]
	for o := range s.reach {
		s.reach[o] = s.reachOf(o)
	}
}

func (s *site) reachOf(o int) reach {
	isLeaf := o < len(s.leaves)
	switch {
	case s.nest.rowMajor(o, s.lo):
		if isLeaf && s.leaves[o].Op == kernels.OpIndex {
			return reachCount
		}
		return reachDirect
	case isLeaf && s.nest.constant(o, s.lo):
		return reachUniform
	case len(s.nest.axes)-s.lo == 1:
		return reachStrided
	}
	return reachAxes
}

// specialise makes the code for the reaches chosen.
func (s *site) specialise() {
	key := vm.Key{InPlace: s.inPlace, Hits: s.hits}
	for o, r := range s.reach {
		i := o
		if o >= len(s.leaves) {
			i -= len(s.leaves)
		}
		if i >= 64 { // has no bit in a Key
			switch {
			case o >= len(s.leaves) && r != reachFrame:
				s.reach[o] = reachAxes
			case o < len(s.leaves) && r != reachTile:
				s.reach[o] = reachAxes
			}
			continue
		}
		bit := uint64(1) << i
		switch {
		case o >= len(s.leaves):
			if r == reachDirect || r == reachAligned {
				key.Direct |= bit
			}
			if r == reachAligned {
				key.Streamed |= bit
			}
		case r == reachUniform:
			key.Uniform |= bit
		case r == reachCount:
			key.Runs |= bit
		case r == reachStrided || r == reachAxes:
			key.Staged |= bit
		}
	}
	s.code = s.prog.Code(key)
}
