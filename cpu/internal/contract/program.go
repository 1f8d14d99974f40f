package contract

import (
	"errors"
	"fmt"
	"sync"
	"unsafe"

	"github.com/quern-go/quern/cpu/internal/gemm"
	"github.com/quern-go/quern/cpu/internal/simd"
	"github.com/quern-go/quern/cpu/internal/vm"
	"github.com/quern-go/quern/kernels"
	"github.com/quern-go/quern/kernels/term"
)

// Array is an operand in memory: see device.Operand.
type Array struct {
	Base    unsafe.Pointer // of the element at index 0
	Len     int            // elements from there to the end of the buffer
	Strides []int
}

// Args are the arguments of a launch, as device.Args.
type Args struct {
	Shape   []int
	Ins     []Array
	Outs    []Array
	Indices []kernels.Layout
	Params  []uint64
}

// Program is a compiled Contract. Several goroutines may run it at once.
type Program struct {
	table  *simd.Table
	pool   gemm.Runner
	caches gemm.Caches
	kernel *kernels.Contract

	preA, preB, post, foldPost *vm.Program // foldPost is nil without Fold
	named                      bool        // by term; else by step
	term                       gemm.Term
	step                       *stepProgram

	mu   sync.Mutex
	free []*launch // of launches that have ended
}

// terms are gemm's names of the steps.
var terms = map[term.Term]gemm.Term{
	term.FMA:        gemm.FMA,
	term.SqDiff:     gemm.SqDiff,
	term.AbsDiff:    gemm.AbsDiff,
	term.MaxAbsDiff: gemm.MaxAbsDiff,
	term.CubeDiff:   gemm.CubeDiff,
}

// Compile compiles a valid Contract for a table of block kernels and a pool of
// workers.
func Compile(table *simd.Table, pool gemm.Runner, caches gemm.Caches, c *kernels.Contract) (*Program, error) {
	p := &Program{table: table, pool: pool, caches: caches, kernel: c}
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
	if t, dt := term.Match(c); t != term.None && c.PreA.ResultTypes()[0] == dt && c.PreB.ResultTypes()[0] == dt {
		p.named, p.term = true, terms[t]
		return p, nil
	}
	var err error
	p.step, err = newStepProgram(table, c)
	return p, err
}

// errMissed is the failure of a launch one of whose gathers read beyond its input.
var errMissed = errors.New("contract: gather: position beyond the end of the input")

// take returns the state for a launch on a runner's workers.
func (p *Program) take(args *Args, runner gemm.Runner) *launch {
	p.mu.Lock()
	var l *launch
	if n := len(p.free); n > 0 {
		l, p.free = p.free[n-1], p.free[:n-1]
	}
	p.mu.Unlock()
	if l == nil {
		l = &launch{Program: p, work: gemm.NewWorkspace(p.caches)}
	}
	l.begin(args, runner)
	return l
}

// give keeps the state for another launch.
func (p *Program) give(l *launch) {
	l.args = nil
	p.mu.Lock()
	defer p.mu.Unlock()
	p.free = append(p.free, l)
}
