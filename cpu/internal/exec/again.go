package exec

import (
	"slices"
	"unsafe"

	"github.com/quern-go/quern/kernels"
)

// again lets a small launch of a Map that differs from the one before in its memory
// alone, as a plan that runs again does, keep what Prepare decided: to decide takes
// longer than to add a thousand numbers.
type again struct {
	known   bool
	shape   []int
	strides [][]int // of inputs, then of outputs
	inPlace bool
	moved   []int // of each operand of the site: bytes from its Base to its element at the origin
}

// smallPoints is the size up to which that is worth it; no output of so few is
// written past the caches, for which it matters where it lies.
const smallPoints = 64 << 10

// remember notes what Prepare has seen, if the same can come again.
func (g *again) remember(l *mapLaunch, args *Args) {
	g.known = !l.tiled && len(args.Indices) == 0 && len(l.prog.Gathers()) == 0 && l.units*l.seg <= smallPoints
	if !g.known {
		return
	}
	g.shape, g.inPlace = append(g.shape[:0], args.Shape...), l.inPlace
	n := len(args.Ins) + len(args.Outs)
	g.strides = slices.Grow(g.strides[:0], n)[:n]
	g.moved = g.moved[:0]
	for i := range n {
		g.strides[i] = append(g.strides[i][:0], operandOf(args, i).Strides...)
	}
	for o := range l.nest.ops {
		moved := 0
		if in := l.arrayOf(args, o); in != nil {
			moved = int(uintptr(l.nest.ops[o].base) - uintptr(in.Base))
		}
		g.moved = append(g.moved, moved)
	}
}

// applies reports whether the launch is of the same kind as the one remembered.
func (g *again) applies(args *Args) bool {
	if !g.known || g.inPlace != args.inPlace() || !slices.Equal(g.shape, args.Shape) {
		return false
	}
	for i, strides := range g.strides {
		if !slices.Equal(strides, operandOf(args, i).Strides) {
			return false
		}
	}
	return true
}

// bring puts other memory in the place of that of the launch before.
func (g *again) bring(l *mapLaunch, args *Args) {
	l.params = append(l.params[:0], args.Params...)
	for o, moved := range g.moved {
		if in := l.arrayOf(args, o); in != nil {
			l.nest.ops[o].base = unsafe.Add(in.Base, moved)
		}
	}
}

// operandOf is number i of the inputs and outputs.
func operandOf(args *Args, i int) *Array {
	if i < len(args.Ins) {
		return &args.Ins[i]
	}
	return &args.Outs[i-len(args.Ins)]
}

// arrayOf is the array that is operand o of the site, nil if it is none.
func (l *mapLaunch) arrayOf(args *Args, o int) *Array {
	if o >= len(l.leaves) {
		return &args.Outs[o-len(l.leaves)]
	}
	if leaf := &l.leaves[o]; leaf.Op == kernels.OpLoad {
		return &args.Ins[leaf.Slot]
	}
	return nil
}

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
