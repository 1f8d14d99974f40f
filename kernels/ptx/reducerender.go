package ptx

import "github.com/quern-go/quern/kernels"

// reduceRender renders a Reduce.
type reduceRender struct {
	reduction
	k        *kernels.Reduce
	preReads []*operand
	moves    []*operand
	rowAxes  *axisFields

	block, warp, rows, across int // the first entry points; -1: none
	preCost                   int
}

// warpCost is the most that a value may cost for the entry that writes Pre out for
// every lane that a thread has.
const warpCost = 60

func (m *Module) renderReduce(k *kernels.Reduce) (err error) {
	r := &reduceRender{k: k, warp: -1, rows: -1, across: -1}
	r.reduction = reduction{
		Module: m, order: k.Order, accs: k.Accs, post: &k.Post, bytes: *newBlock(), paramTypes: k.Params,
	}
	r.describe(m.MaxAxes)
	r.rowAxes = newAxisFields(&r.bytes, m.MaxAxes)
	r.ops = newOperands(&r.bytes, k, []int{m.MaxAxes, m.MaxAxes}, &k.Pre, &k.Post)
	r.preReads = r.ops.readBy(&k.Pre)
	r.reads = append(r.ops.readBy(&k.Post), r.ops.outputs()...)
	r.moves = r.ops.moving()
	r.preCost = cost(&k.Pre)
	m.plan = r
	if k.Order == kernels.Strided {
		if r.block, err = r.writeStrided(); err != nil {
			return err
		}
		r.again, err = r.writeStridedAgain()
		return err
	}
	if r.block, err = r.writeBlock("tree_block", r.newPreRow); err != nil {
		return err
	}
	if r.preCost <= warpCost {
		if r.warp, err = r.writeWarp(); err != nil {
			return err
		}
	}
	if r.preCost <= warpCost && r.rowsInVectors() {
		if r.rows, err = r.writeRows(); err != nil {
			return err
		}
	}
	if r.preCost <= acrossCost && accWords(k.Accs) <= acrossWords {
		if r.across, err = r.writeAcross(); err != nil {
			return err
		}
	}
	r.again, err = r.writeAgain()
	return err
}
