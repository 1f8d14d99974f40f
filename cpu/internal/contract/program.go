package contract

import (
	"errors"
	"fmt"

	"github.com/quern-go/quern/cpu/internal/gemm"
	"github.com/quern-go/quern/cpu/internal/simd"
	"github.com/quern-go/quern/cpu/internal/vm"
	"github.com/quern-go/quern/kernels"
	"github.com/quern-go/quern/kernels/term"
)

// Program is a compiled Contract. Several goroutines may run it at once.
type Program struct {
	table  *simd.Table
	pool   gemm.Runner
	memory *Memory
	kernel *kernels.Contract

	preA, preB, post, foldPost *vm.Program // foldPost is nil without Fold
	named                      bool        // by term; else by step
	term                       gemm.Term
	step                       *stepProgram
	loads                      []int // inputs that Step reads, one element for each k
	foldBudget                 int
}

// terms are gemm's names of the steps that it has kernels for.
var terms = map[term.Term]gemm.Term{
	term.FMA:        gemm.FMA,
	term.SqDiff:     gemm.SqDiff,
	term.AbsDiff:    gemm.AbsDiff,
	term.MaxAbsDiff: gemm.MaxAbsDiff,
	term.CubeDiff:   gemm.CubeDiff,
	term.NotEqual:   gemm.NotEqual,
	term.Canberra:   gemm.Canberra,

	term.BrayCurtis:         gemm.BrayCurtis,
	term.WeightedSqDiff:     gemm.WeightedSqDiff,
	term.WeightedAbsDiff:    gemm.WeightedAbsDiff,
	term.WeightedCubeDiff:   gemm.WeightedCubeDiff,
	term.WeightedNotEqual:   gemm.WeightedNotEqual,
	term.WeightedCanberra:   gemm.WeightedCanberra,
	term.WeightedBrayCurtis: gemm.WeightedBrayCurtis,
}

// Compile compiles a valid Contract for a table of block kernels, a pool of
// workers and the memory that programs share.
func Compile(table *simd.Table, pool gemm.Runner, memory *Memory, c *kernels.Contract) (*Program, error) {
	p := &Program{table: table, pool: pool, memory: memory, kernel: c, foldBudget: foldBudget}
	parts := []struct {
		name string
		body *kernels.Body
		to   **vm.Program
	}{{"a", &c.PreA, &p.preA}, {"b", &c.PreB, &p.preB}, {"post", &c.Post, &p.post}}
	if c.Fold != nil {
		parts = append(parts, parts[0])
		last := &parts[len(parts)-1]
		last.name, last.body, last.to = "fold", &c.Fold.Post, &p.foldPost
	}
	for _, part := range parts {
		prog, err := vm.Compile(table, part.body)
		if err != nil {
			return nil, fmt.Errorf("contract: %s: %w", part.name, err)
		}
		*part.to = prog
	}
	if p.chooseTerm() {
		return p, nil
	}
	var err error
	if p.step, err = newStepProgram(table, c); err != nil {
		return nil, err
	}
	p.loads = p.loads[:0]
	for _, x := range p.step.byK {
		p.loads = append(p.loads, x.slot)
	}
	return p, nil
}

// chooseTerm finds the kernels of gemm for the step, if there are some.
func (p *Program) chooseTerm() bool {
	c := p.kernel
	t, dt := term.Match(c)
	p.term, p.named = terms[t]
	p.named = p.named && c.PreA.ResultTypes()[0] == dt && c.PreB.ResultTypes()[0] == dt && gemm.Supports(p.table.Level, p.term)
	for _, in := range c.Step.Insts {
		if in.Op == kernels.OpLoad {
			p.loads = []int{int(in.Imm)}
		}
	}
	return p.named
}

// errMissed is the failure of a launch one of whose gathers read beyond its input.
var errMissed = errors.New("contract: gather: position beyond the end of the input")
