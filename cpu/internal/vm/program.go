package vm

import (
	"fmt"
	"slices"
	"sync"
	"sync/atomic"

	"github.com/quern-go/quern/cpu/internal/outline"
	"github.com/quern-go/quern/cpu/internal/simd"
	"github.com/quern-go/quern/kernels"
)

// Leaf is something that a Body reads and the caller of Run provides.
type Leaf struct {
	Op   kernels.Op // OpLoad, OpIndex, OpArg, OpAcc or OpAccIndex
	Slot int
	Type kernels.DType
}

// Program is a Body prepared for one table of block kernels. Its methods may be
// called from several goroutines.
type Program struct {
	table   *simd.Table
	body    kernels.Body // chains that have a kernel outlined, calls without one inlined
	leaves  []Leaf
	leafOf  []int // per instruction: its leaf, or -1
	gathers []int // input slots that OpGather reads

	mu    sync.Mutex
	codes atomic.Pointer[[]*Code] // every specialisation made so far
}

// Compile prepares a valid Body.
func Compile(table *simd.Table, body *kernels.Body) (*Program, error) {
	outlined, err := outline.Body(body)
	if err != nil {
		return nil, fmt.Errorf("compile body: %w", err)
	}
	inlined, err := outlined.InlineCalls(func(f *kernels.Func) bool {
		switch len(f.Params) {
		case 1:
			return table.Calls1[f.Name] != nil
		case 2:
			return table.Calls2[f.Name] != nil
		}
		return false
	})
	if err != nil {
		return nil, fmt.Errorf("compile body: %w", err)
	}
	p := &Program{table: table, body: inlined}
	for i := range inlined.Insts {
		in := &inlined.Insts[i]
		leaf := -1
		switch in.Op {
		case kernels.OpLoad, kernels.OpIndex, kernels.OpArg, kernels.OpAcc, kernels.OpAccIndex:
			leaf = len(p.leaves)
			p.leaves = append(p.leaves, Leaf{in.Op, int(in.Imm), in.Type})
		case kernels.OpGather:
			if at := &inlined.Insts[in.Args[0]]; at.Op == kernels.OpConvert && inlined.Insts[at.Args[0]].Type == kernels.U32 {
				in.Args[0] = at.Args[0] // positions of 32 bits are read as they are
			}
			if slot := int(in.Imm); !slices.Contains(p.gathers, slot) {
				p.gathers = append(p.gathers, slot)
			}
		}
		p.leafOf = append(p.leafOf, leaf)
	}
	p.codes.Store(new([]*Code))
	return p, nil
}

// Leaves lists what the program reads, each once; Frame.SetLeaf and the masks of
// a Key go by positions in this list.
func (p *Program) Leaves() []Leaf { return p.leaves }

// Gathers lists the inputs that are read at computed positions.
func (p *Program) Gathers() []int { return p.gathers }

// Results is the type of each result.
func (p *Program) Results() []kernels.DType { return p.body.ResultTypes() }

// PlainLoad reports whether the program only hands on its single leaf.
func (p *Program) PlainLoad() bool {
	return len(p.body.Insts) == 1 && len(p.leaves) == 1 && len(p.body.Results) == 1
}

// PlainProduct reports whether the program only multiplies two of its leaves, or
// one by itself, and which.
func (p *Program) PlainProduct() (a, b int, ok bool) {
	insts := p.body.Insts
	last := &insts[len(insts)-1]
	if len(p.body.Results) != 1 || len(insts) != len(p.leaves)+1 || len(p.leaves) > 2 ||
		int(p.body.Results[0]) != len(insts)-1 || last.Op != kernels.OpMul || !last.Type.IsFloat() {
		return 0, 0, false
	}
	return int(last.Args[0]), int(last.Args[1]), true
}

// Hit reports whether a result is one value where a condition holds and +0 elsewhere,
// given the parameters of a launch, and the value. If the Key says so, what Run leaves is
// the condition, a Bool block.
func (p *Program) Hit(result int, params []uint64) (bits uint64, ok bool) {
	in := &p.body.Insts[p.body.Results[result]]
	if in.Op != kernels.OpSelect {
		return 0, false
	}
	left := 64 // instructions: enough for what is done with a choice
	no, ok := p.uniform(in.Args[2], params, &left)
	if !ok || no != 0 {
		return 0, false
	}
	return p.uniform(in.Args[1], params, &left)
}

// uniform computes a value that depends on constants and parameters alone, if that takes
// no more instructions than are left.
func (p *Program) uniform(v kernels.Value, params []uint64, left *int) (bits uint64, ok bool) {
	in := &p.body.Insts[v]
	switch in.Op {
	case kernels.OpConst:
		return in.Imm, true
	case kernels.OpParam:
		return params[in.Imm], true
	case kernels.OpGather, kernels.OpLoopIn, kernels.OpLoop:
		return 0, false
	}
	if *left--; in.NumArgs() == 0 || *left < 0 {
		return 0, false
	}
	var args [3]uint64
	for k, a := range in.Args[:in.NumArgs()] {
		if args[k], ok = p.uniform(a, params, left); !ok {
			return 0, false
		}
	}
	return kernels.Apply(in, p.body.Insts[in.Args[0]].Type, args[:in.NumArgs()]), true
}

// Key says how the leaves and results lie in a launch. Bit i of a mask stands for
// leaf or result number i; those beyond 63 have no bit, are never uniform, runs
// or direct, and always staged.
type Key struct {
	Uniform uint64 // leaves with one value for a whole block
	Runs    uint64 // OpIndex leaves that count up by one: set with SetRun
	Staged  uint64 // leaves that the caller writes into Frame.Stage's memory
	Direct  uint64 // results that are written where SetOut says
	// Streamed are direct results that are written past the caches: what SetOut
	// gives is aligned to 64 bytes and overlaps no leaf, and the caller issues
	// the table's StreamFence when all is written.
	Streamed uint64
	// Hits are results that the caller takes as conditions: see Program.Hit.
	Hits    uint64
	InPlace bool // the memory of a direct result may be exactly that of a leaf
}

// Has reports whether bit i of a mask is set.
func Has(mask uint64, i int) bool { return i < 64 && mask>>i&1 == 1 }

// Code returns the program specialised to the key.
func (p *Program) Code(key Key) *Code {
	if c := p.find(key); c != nil {
		return c
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if c := p.find(key); c != nil {
		return c
	}
	c := specialise(p, key)
	codes := append(slices.Clone(*p.codes.Load()), c)
	p.codes.Store(&codes)
	return c
}

func (p *Program) find(key Key) *Code {
	for _, c := range *p.codes.Load() {
		if c.key == key {
			return c
		}
	}
	return nil
}
