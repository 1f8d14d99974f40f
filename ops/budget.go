package ops

import (
	"context"
	"errors"

	"github.com/quern-go/quern/device"
	"github.com/quern-go/quern/kernels"
	"github.com/quern-go/quern/ops/internal/expr"
	"github.com/quern-go/quern/ops/internal/panel"
	"github.com/quern-go/quern/ops/internal/plan"
)

// hostBudget bounds the memory, in bytes, of temporaries and of what the CPU
// device computes with. With the program itself, some 20 MiB, that keeps an evaluation within
// 64 MiB beside its inputs and its result.
const hostBudget = 40 << 20

// What the CPU device takes to compute a Contract, in bytes: for packed operands,
// and for rows that are yet to be folded or chunks of k that are yet to be added.
const (
	packingBytes = 10 << 20
	stripBytes   = 8 << 20
)

// hostBudget is what remains for temporaries of the plan and, no more than that, of
// panels: a contraction may fold its rows there though the plan reduces them in
// another step.
func (b *bound) hostBudget() (plan, panels int) {
	if b.limits.workspace > 0 {
		return b.limits.workspace, b.limits.workspace
	}
	packing, strips, reduces := 0, 0, false
	for i := range b.entry.plan.Steps {
		s := &b.entry.plan.Steps[i]
		switch k := s.Kernel.(type) {
		case *kernels.Contract:
			packing = packingBytes
			if k.Fold != nil || s.Shape[len(s.Shape)-1] > kernels.ChunkK {
				strips = stripBytes
			}
		case *kernels.Reduce:
			reduces = true
		}
	}
	plan = hostBudget - packing - strips
	if packing > 0 && reduces {
		return plan, hostBudget - packingBytes - stripBytes
	}
	return plan, plan
}

// fits reports whether the plan can be run as it is on a device, and if not, how
// many bytes its panels may take: of temporaries where the device computes in the
// program's memory, and of everything where it has its own.
func (b *bound) fits(u *unit) (budget int, fits bool) {
	if u.wrapper != nil {
		if b.entry.held <= b.smallBudget() {
			return 0, true
		}
		whole, panels := b.hostBudget()
		return panels, b.entry.held <= whole
	}
	if u.info.MemoryBytes == 0 || int64(b.deviceBytes()) <= u.info.MemoryBytes {
		return 0, true
	}
	return u.freeBytes(), false
}

// hostBytes is what an evaluation takes of the program's memory beside sources and
// result.
func (b *bound) hostBytes(u *unit) (int, error) {
	budget, fits := b.fits(u)
	if fits {
		return b.entry.held, nil
	}
	budget, _, err := b.pieces(u).settle(b.rewritten(), budget)
	return budget, err
}

// rewritten is the expression after the algebra, equal parts made one.
func (b *bound) rewritten() *expr.Node {
	n := b.node
	if !b.options.Exact {
		n, _ = plan.Rewrite(n)
	}
	return plan.Share(n)
}

// smallBudget is what the temporaries of every plan may take.
func (b *bound) smallBudget() int {
	if b.limits.workspace > 0 {
		return b.limits.workspace
	}
	return hostBudget - packingBytes - stripBytes
}

// deviceBytes is what the plan takes of a device's own memory.
func (b *bound) deviceBytes() int {
	return b.entry.held + b.entry.plan.Buffers[b.entry.plan.Output].Bytes() + sourceBytes(b.sources)
}

func sourceBytes(sources []any) int {
	total := 0
	for _, s := range sources {
		total += s.(*data).bytes()
	}
	return total
}

// freeBytes is how much of a device's own memory there is to use, an eighth left
// over for what it takes itself.
func (u *unit) freeBytes() int {
	free := u.info.MemoryBytes
	if m, ok := u.dev.(device.MemoryReporter); ok {
		free -= m.Memory().InUse
	}
	return int(max(0, free-free/8))
}

// smallestShare is the part of the memory that a plan needs below which it is not
// tried to do with less.
const smallestShare = 1024

// evaluateSmaller evaluates in panels, ever smaller ones, on a device that has too
// little memory, which cause says.
func (b *bound) evaluateSmaller(ctx context.Context, u *unit, dst []byte, cause error) (device.Buffer, error) {
	u.reclaim()
	need := b.deviceBytes()
	budget := need / 4 * 3
	if u.info.MemoryBytes > 0 {
		budget = min(budget, u.freeBytes())
	}
	for ; budget > need/smallestShare; budget /= 2 {
		buffer, err := b.evaluateWithin(ctx, u, dst, budget)
		if !mayReclaim(err) {
			return buffer, err
		}
		if errors.Is(err, errNoPanels) {
			break
		}
		u.reclaim()
	}
	return nil, cause
}

// cutter finds panels for a kind of memory.
func (e *Engine) cutter(u *unit) *panel.Cutter {
	kind, source := 0, partOf
	need := func(p *plan.Plan, b *plan.Binding) int { return p.HeldBytes(device.SizeClass) + loadedBytes(b.Sources) }
	if u.wrapper == nil {
		kind, source = 1, packedPartOf
		need = func(p *plan.Plan, b *plan.Binding) int {
			return p.HeldBytes(device.SizeClass) + p.Buffers[p.Output].Bytes() + sourceBytes(b.Sources)
		}
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.cutters[kind] == nil {
		e.cutters[kind] = panel.NewCutter(panel.Model{
			Source: source, Value: standIn, Need: need, Block: device.SizeClass, Filed: standInFile, Read: loads,
		})
	}
	return e.cutters[kind]
}

// standIn is a source in the place of a value that is not there yet.
func standIn(n *expr.Node) *expr.Node {
	d := &data{dtype: n.Type, copies: new(copies), whole: &data{dtype: n.Type, copies: new(copies)}}
	return expr.NewSource(n.Type, d, kernels.Contiguous(n.Shape...))
}
