package interp

import (
	"fmt"
	"slices"
)

// Launch runs an entry point over a number of thread blocks, counted from 0. Each
// parameter is given by its bytes; shared are the bytes of shared memory that a text with
// such has besides what it declares.
func (p *Program) Launch(entry string, groups, shared int, params [][]byte, m *Memory) error {
	f := p.entries[entry]
	if f == nil {
		return fmt.Errorf("ptx: no entry %s", entry)
	}
	if len(params) != len(f.params) {
		return fmt.Errorf("ptx: %s: %d parameters given, expected %d", entry, len(params), len(f.params))
	}
	for i, q := range f.params {
		if len(params[i]) != q.size {
			return fmt.Errorf("ptx: %s: parameter %s of %d bytes given, expected %d", entry, q.name, len(params[i]), q.size)
		}
	}
	if shared != 0 && !p.dynamic {
		return fmt.Errorf("ptx: %s: %d bytes of shared memory given to a text that has no use for them", entry, shared)
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	m.begin()
	g := &group{program: p, f: f, params: params, memory: m, threads: make([]thread, f.groupSize), dynamic: shared}
	for n := range groups {
		if err := g.run(n); err != nil {
			return fmt.Errorf("ptx: %s: block %d of %d: %w", entry, n, groups, err)
		}
	}
	return nil
}

// group is one thread block.
type group struct {
	program *Program
	f       *function
	params  [][]byte
	memory  *Memory
	number  int
	shared  shared
	threads []thread
	dynamic int // bytes of shared memory besides those declared
}

// thread is one thread: where it stands and what its registers hold.
type thread struct {
	*group
	number int
	id     int32 // in the launch, from 1
	regs   []uint64
	pc     int32
	state  state
	copies [][]copyAsync // groups committed and not waited for; the last is open
	deep   []uint64      // registers of functions
}

type state uint8

const (
	running state = iota
	atBarrier
	atWarp // at an instruction of the whole warp
	exited
)

// copyAsync is an asynchronous copy under way.
type copyAsync struct {
	to   uint64
	data []byte
}

const warp = 32

func (g *group) run(number int) error {
	g.number = number
	g.shared.reset(g.f.shared + g.dynamic)
	for i := range g.threads {
		t := &g.threads[i]
		t.group, t.number, t.id = g, i, int32(number*len(g.threads)+i+1)
		t.regs = append(t.regs[:0], g.f.frame...)
		t.pc, t.state = 0, running
		t.copies = append(t.copies[:0], nil)
	}
	for {
		for first := 0; first < len(g.threads); first += warp {
			if err := g.runWarp(g.threads[first:min(first+warp, len(g.threads))]); err != nil {
				return err
			}
		}
		if !slices.ContainsFunc(g.threads, func(t thread) bool { return t.state == atBarrier }) {
			return g.finished()
		}
		for i := range g.threads {
			if t := &g.threads[i]; t.state == atBarrier {
				t.state = running
			}
		}
		g.shared.epoch++
	}
}

// finished checks that no asynchronous copy is left.
func (g *group) finished() error {
	for i := range g.threads {
		for _, c := range g.threads[i].copies {
			if len(c) > 0 {
				return fmt.Errorf("thread %d: ends with an asynchronous copy under way", i)
			}
		}
	}
	return nil
}

// runWarp runs threads until each is at a barrier or has ended.
func (g *group) runWarp(threads []thread) error {
	for {
		waiting := 0
		for i := range threads {
			t := &threads[i]
			if t.state == running {
				if err := t.run(); err != nil {
					return fmt.Errorf("thread %d: line %d: %w", t.number, g.f.code[t.pc-1].line, err)
				}
			}
			if t.state == atWarp {
				waiting++
			}
		}
		if waiting == 0 {
			return nil
		}
		if waiting < len(threads) {
			return fmt.Errorf("%d of %d threads of a warp arrive at a shuffle or matrix product", waiting, len(threads))
		}
		if err := together(threads); err != nil {
			return err
		}
	}
}

// together does the instruction at which the threads of a warp have arrived.
func together(threads []thread) error {
	in := &threads[0].f.code[threads[0].pc-1]
	for i := range threads {
		t := &threads[i]
		if t.pc != threads[0].pc {
			return fmt.Errorf("threads of a warp arrive at different shuffles or matrix products, lines %d and %d",
				in.line, t.f.code[t.pc-1].line)
		}
		t.state = running
	}
	if in.op == opShfl {
		shuffle(threads, in)
		return nil
	}
	if len(threads) != warp {
		return fmt.Errorf("line %d: a matrix product by %d threads", in.line, len(threads))
	}
	if in.matrix.double {
		multiply64(threads, in)
	} else {
		multiply(threads, in)
	}
	return nil
}

// shuffle does shfl.sync.down for a whole warp.
func shuffle(threads []thread, in *inst) {
	values := make([]uint64, len(threads))
	for i := range threads {
		values[i] = threads[i].regs[in.a]
	}
	for i := range threads {
		from := i + int(threads[i].regs[in.b])
		if from >= len(threads) {
			from = i
		}
		threads[i].regs[in.dst] = values[from]
	}
}

// run runs the thread until it waits or ends.
func (t *thread) run() error {
	code, regs := t.f.code, t.regs
	for pc := t.pc; ; {
		if int(pc) >= len(code) {
			t.pc = pc
			return fmt.Errorf("no ret at the end")
		}
		in := &code[pc]
		pc++
		if in.guard >= 0 && (regs[in.guard] != 0) == in.negate {
			continue
		}
		switch in.fast {
		case slow:
		case quickBranch:
			pc = in.target
			continue
		default:
			in.do(regs)
			continue
		}
		t.pc = pc
		switch in.op {
		case opRet:
			t.state = exited
			return nil
		case opBar:
			t.state = atBarrier
			return nil
		case opShfl, opMatrix:
			t.state = atWarp
			return nil
		default:
			if err := t.execute(in, regs); err != nil {
				return err
			}
		}
	}
}

// call runs a function to its end.
func (t *thread) call(in *inst, regs []uint64) error {
	f := in.callee
	start := len(t.deep)
	t.deep = append(t.deep, f.frame...)
	own := t.deep[start:]
	defer func() { t.deep = t.deep[:start] }()
	for i, a := range in.list {
		own[f.args[i]] = regs[a]
	}
	for pc := int32(0); ; {
		if int(pc) >= len(f.code) {
			return fmt.Errorf("function %s: no ret at the end", f.name)
		}
		next := &f.code[pc]
		pc++
		if next.guard >= 0 && (own[next.guard] != 0) == next.negate {
			continue
		}
		switch next.op {
		case opBra:
			pc = next.target
		case opRet:
			regs[in.dst] = own[f.result]
			return nil
		case opBar, opShfl, opMatrix:
			return fmt.Errorf("function %s: waits for other threads", f.name)
		default:
			if err := t.execute(next, own); err != nil {
				return fmt.Errorf("function %s: line %d: %w", f.name, next.line, err)
			}
		}
	}
}
