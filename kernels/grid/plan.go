package grid

import "slices"

// BufferKind says which memory a pointer parameter gets.
type BufferKind uint8

// The kinds: the launch's inputs and outputs by number, and scratch memory of the
// Plan by number.
const (
	InputBuffer BufferKind = iota
	OutputBuffer
	ScratchBuffer
)

// BufferRef names the memory of one pointer parameter.
type BufferRef struct {
	Kind   BufferKind
	Number int
}

// Input and Output name a launch's operand of that number.
func Input(number int) BufferRef  { return BufferRef{InputBuffer, number} }
func Output(number int) BufferRef { return BufferRef{OutputBuffer, number} }

// Pass is the launch of one entry point over a one-dimensional range of Groups
// groups, each of as many work items as the entry point says.
type Pass struct {
	Entry   int // index among the module's entry points
	Buffers []BufferRef
	// Block is the argument block. Its first 8 bytes are the number of the first
	// group, little-endian, 0 here: a driver may split a pass in runs of groups
	// by launching parts of it with that number set.
	Block  []byte
	Groups int
	// Work estimates the operations of one group, for splitting.
	Work float64
}

// Plan is one launch. It may be used again for another launch of the same
// module, which saves allocations.
type Plan struct {
	Passes  []Pass
	Scratch []int // bytes of each piece of scratch memory
	// Views is memory for the emitter while it plans.
	Views [][]int

	taken int // pieces of scratch memory in use
}

// Reset empties the plan and keeps its memory.
func (p *Plan) Reset() { p.Passes, p.Scratch, p.taken = p.Passes[:0], p.Scratch[:0], 0 }

// Add appends a pass, with an argument block of zeros, in the memory of an earlier
// one if there is any.
func (p *Plan) Add(entry, blockBytes int) *Pass {
	if n := len(p.Passes); n < cap(p.Passes) {
		p.Passes = p.Passes[:n+1]
	} else {
		p.Passes = append(p.Passes, Pass{})
	}
	q := p.Last()
	block := slices.Grow(q.Block[:0], blockBytes)[:blockBytes]
	clear(block)
	*q = Pass{Entry: entry, Block: block, Buffers: q.Buffers[:0]}
	return q
}

// Last is the pass added last.
func (p *Plan) Last() *Pass { return &p.Passes[len(p.Passes)-1] }

// TakeScratch asks for scratch memory: the next piece, made larger if need be.
func (p *Plan) TakeScratch(bytes int) BufferRef {
	if p.taken == len(p.Scratch) {
		p.Scratch = append(p.Scratch, 0)
	}
	p.Scratch[p.taken] = max(p.Scratch[p.taken], bytes)
	p.taken++
	return BufferRef{ScratchBuffer, p.taken - 1}
}

// ReuseScratch lets the passes that follow take the pieces of those before, which
// need them no more.
func (p *Plan) ReuseScratch() { p.taken = 0 }
