package oracle

import "github.com/quern-go/quern/kernels"

// reducer combines the values of one accumulator in the canonical order: values
// are cut in blocks, and the block results are reduced by the same rule until
// one is left.
type reducer struct {
	order  kernels.Order
	acc    kernels.Acc
	block  []kernels.Partial // the values of the block not yet full
	blocks []kernels.Partial // the results of the full ones
}

// newReducers returns one reducer for each accumulator.
func newReducers(order kernels.Order, accs []kernels.Acc) []*reducer {
	rs := make([]*reducer, len(accs))
	for i, acc := range accs {
		rs[i] = &reducer{order: order, acc: acc}
	}
	return rs
}

// push adds the next value.
func (r *reducer) push(p kernels.Partial) {
	r.block = append(r.block, p)
	if len(r.block) == blockLen(r.order) {
		r.flush()
	}
}

func (r *reducer) flush() {
	r.blocks = append(r.blocks, combineBlock(r.order, r.acc, r.block))
	r.block = r.block[:0]
}

// result is the value of everything pushed.
func (r *reducer) result() kernels.Partial {
	if len(r.block) > 0 {
		r.flush()
	}
	switch len(r.blocks) {
	case 0:
		return identity(r.acc)
	case 1:
		return r.blocks[0]
	}
	next := reducer{order: r.order, acc: r.acc}
	for _, p := range r.blocks {
		next.push(p)
	}
	return next.result()
}

// results pushes nothing more and returns every reducer's result.
func results(rs []*reducer) []kernels.Partial {
	out := make([]kernels.Partial, len(rs))
	for i, r := range rs {
		out[i] = r.result()
	}
	return out
}

// identity is the partial result that changes nothing.
func identity(acc kernels.Acc) kernels.Partial {
	return kernels.Partial{Bits: acc.Combine.Identity(acc.Type), Index: kernels.NoIndex}
}

func blockLen(order kernels.Order) int {
	if order == kernels.Strided {
		return kernels.StridedSpan
	}
	return kernels.TreeBlock
}

// combineBlock reduces one block, of at least one value.
func combineBlock(order kernels.Order, acc kernels.Acc, block []kernels.Partial) kernels.Partial {
	if order == kernels.Strided {
		return combineStrided(acc, block)
	}
	return combineTree(acc, block)
}

// combineStrided combines the values in order.
func combineStrided(acc kernels.Acc, block []kernels.Partial) kernels.Partial {
	total := identity(acc)
	for _, p := range block {
		total = acc.Combine.Apply(acc.Type, total, p)
	}
	return total
}

// combineTree lays the values out in rows of 256 lanes. Each lane combines its
// rows in order; then the lanes fold in halves, lane t taking lane t+128, t+64,
// … t+1. Missing values are the identity.
func combineTree(acc kernels.Acc, block []kernels.Partial) kernels.Partial {
	var lanes [kernels.TreeLanes]kernels.Partial
	for t := range lanes {
		lanes[t] = identity(acc)
	}
	for i, p := range block {
		t := i % kernels.TreeLanes
		lanes[t] = acc.Combine.Apply(acc.Type, lanes[t], p)
	}
	for half := kernels.TreeLanes / 2; half > 0; half /= 2 {
		for t := range half {
			lanes[t] = acc.Combine.Apply(acc.Type, lanes[t], lanes[t+half])
		}
	}
	return lanes[0]
}
