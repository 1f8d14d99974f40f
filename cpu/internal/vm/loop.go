package vm

import (
	"github.com/quern-go/quern/kernels"
)

// loopCode is a loop whose states lie in registers.
type loopCode struct {
	steps uint64
	step  place  // the scalar that holds the number of the step
	head  []inst // on one element, in every step
	body  []inst // on the elements of a Run, in every step
}

// stepsBetweenLooks is after how many steps the context is looked at.
const stepsBetweenLooks = 1024

// loop runs all steps over n elements.
func (f *Frame) loop(l *loopCode, n int) {
	number := (*uint64)(f.at[l.step])
	for step := range l.steps {
		if step%stepsBetweenLooks == stepsBetweenLooks-1 && f.Context != nil && f.Context.Err() != nil {
			return
		}
		*number = step
		if len(l.head) > 0 {
			f.exec(l.head, 1)
		}
		f.exec(l.body, n)
	}
}

// step is what the specialiser of a loop's step knows of the Body around it.
type step struct {
	outer *specialiser
	args  []stepArg // by parameter of the step
	head  []inst
}

// stepArg is a parameter of a step.
type stepArg struct {
	at   place
	rate rate
	run  int // the index leaf that it is, if that counts up by one; else −1
	made bool
}

// indices is the place of a block of the numbers of an index leaf, which is filled
// before the loop.
func (st *step) indices(arg int) place {
	a := &st.args[arg]
	if !a.made {
		a.made, a.at = true, st.outer.pool.fresh(64)
		st.outer.emit(inst{form: formIota, dst: a.at, a: place(a.run)})
		st.outer.pay(2)
	}
	return a.at
}

// runOf is the index leaf that a root which isRun stands for.
func (s *specialiser) runOf(root kernels.Value) int {
	if s.step != nil {
		return s.step.args[s.body.Insts[root].Imm].run
	}
	return s.leafOf[root]
}

// readByLoop notes that instruction i, the first OpLoop of a run of a loop, reads
// the loop's arguments.
func (s *specialiser) readByLoop(i int, in *kernels.Inst) {
	key := in.LoopRun()
	if _, known := s.loops[key]; known {
		return
	}
	s.loops[key] = nil
	for _, a := range s.body.LoopArgs(in) {
		s.last[s.root[a]] = i
	}
}

// placeLoop emits a loop, at the first of its OpLoops, and gives the state its
// register.
func (s *specialiser) placeLoop(v kernels.Value, in *kernels.Inst) {
	key := in.LoopRun()
	if s.loops[key] == nil {
		s.loops[key] = s.emitLoop(v, in)
	}
	s.at[v] = s.loops[key][in.Imm]
}

func (s *specialiser) emitLoop(v kernels.Value, in *kernels.Inst) []place {
	l := in.Loop
	args := s.body.LoopArgs(in)
	number := s.pool.scalar(-1, 0)
	st := &step{outer: s, args: []stepArg{{at: number, rate: perStep, run: -1}}}
	states := make([]place, l.States)
	for i, a := range args {
		root, t := s.root[a], s.body.Insts[a].Type
		if i < l.States {
			states[i] = s.pool.take(bitsOf(t))
			s.begin(states[i], root, t)
			st.args = append(st.args, stepArg{at: states[i], rate: varying, run: -1})
			continue
		}
		arg := stepArg{at: s.at[root], rate: s.rates[root], run: -1}
		if s.isRun(root) {
			arg.run, arg.made = s.runOf(root), s.iota[root]
		}
		st.args = append(st.args, arg)
	}
	code := &loopCode{steps: l.Steps, step: number}
	s.specialiseStep(l, st, code, states)
	s.emit(inst{form: formLoop, rare: &rare{loop: code}})
	for _, a := range args {
		if s.last[s.root[a]] == int(v) {
			s.pool.give(s.at[s.root[a]])
		}
	}
	for i, at := range states {
		if !s.usesState(in, i) {
			s.pool.give(at)
		}
	}
	return states
}

// begin gives a state its first value.
func (s *specialiser) begin(at place, root kernels.Value, t kernels.DType) {
	switch {
	case s.rates[root] != varying:
		s.emit(s.fill(at, s.at[root], t))
	case s.isRun(root) && !s.iota[root]:
		s.emit(inst{form: formIota, dst: at, a: place(s.leafOf[root])})
	default:
		s.emit(inst{form: formCopy, size: uint8(t.Size()), dst: at, a: s.at[root]})
	}
	s.pay(1)
}

// usesState reports whether state i after the loop is a value of the Body.
func (s *specialiser) usesState(in *kernels.Inst, i int) bool {
	for k := range s.body.Insts {
		if other := &s.body.Insts[k]; other.Op == kernels.OpLoop && other.LoopRun() == in.LoopRun() && other.Imm == uint64(i) {
			return true
		}
	}
	return false
}

// specialiseStep emits the calls of a step.
func (s *specialiser) specialiseStep(l *kernels.Loop, st *step, code *loopCode, states []place) {
	n := len(l.Body.Insts)
	leafOf := make([]int, n)
	for i := range leafOf {
		leafOf[i] = -1
	}
	key := s.key
	key.Hits = 0 // of the Body around it
	sub := newSpecialiser(&Program{table: s.table, body: l.Body, leafOf: leafOf}, key, s.c)
	sub.pool, sub.code, sub.step, sub.times = s.pool, &code.body, st, s.times*float64(l.Steps)
	sub.analyse()
	sub.claimStates(states)
	for i := range l.Body.Insts {
		sub.place(kernels.Value(i))
		if in := &l.Body.Insts[i]; in.Op == kernels.OpPhilox {
			share, _ := kernels.PhiloxMode(in.Imm)
			s.c.shortest = max(s.c.shortest, lanes<<share) // whole groups: the next step's replace them
		}
	}
	sub.moveStates(states)
	code.head = st.head
}

// claimStates chooses the next values that instructions write straight to the
// state's register: those after which nothing reads the state's value.
func (s *specialiser) claimStates(states []place) {
	reads := make([]int, len(states)) // the last instruction that reads a state
	for i := range s.body.Insts {
		if in := &s.body.Insts[i]; in.Op == kernels.OpArg && in.Imm >= 1 && in.Imm <= uint64(len(states)) {
			reads[in.Imm-1] = s.last[i]
		}
	}
	for r, v := range s.body.Results {
		root := s.root[v]
		in := &s.body.Insts[root]
		_, taken := s.claims[root]
		switch in.Op {
		case kernels.OpArg, kernels.OpPhilox, kernels.OpGather, kernels.OpLookup:
			continue
		}
		if s.drawn[root] != nil {
			continue
		}
		if !taken && s.rates[root] == varying && reads[r] <= int(root) && bitsOf(in.Type) == bitsOf(s.body.Insts[v].Type) {
			s.claims[root] = r
		}
	}
	s.states = states
}

// moveStates moves the next values that no instruction has written there to the
// states' registers. Values that are other states are saved first.
func (s *specialiser) moveStates(states []place) {
	var moves []inst
	for r, v := range s.body.Results {
		root, t := s.root[v], s.body.Insts[v].Type
		in := &s.body.Insts[root]
		claimed, ok := s.claims[root]
		switch {
		case ok && claimed == r || s.at[root] == states[r]:
			continue
		case s.rates[root] != varying:
			moves = append(moves, s.fill(states[r], s.at[root], t))
		default:
			from := s.at[root]
			if s.isRun(root) {
				from = s.step.indices(int(in.Imm))
			}
			if in.Op == kernels.OpArg {
				saved := s.pool.take(bitsOf(t))
				s.emit(inst{form: formCopy, size: uint8(t.Size()), dst: saved, a: from})
				from = saved
			}
			moves = append(moves, inst{form: formCopy, size: uint8(t.Size()), dst: states[r], a: from})
		}
		s.pay(1)
	}
	s.emit(moves...)
}
