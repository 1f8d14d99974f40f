package main

import (
	"github.com/quern-go/quern/cpu/asm/internal/vcode"
	"github.com/quern-go/quern/kernels"
)

// step is what an elementwise kernel computes at a time, compiled for a machine.
type step struct {
	*kernel
	machine vcode.Machine
	lanes   int
	size    int // elements of the step
	result  kernels.DType
	// maskElem is the size of the elements of a Bool argument, which is the same vector of
	// bits for all copies, that of copy 0; 0: it is a mask register, one for each copy.
	maskElem int
	// collect makes one value of the Bool results of the copies; nil: they are stored one
	// by one.
	collect func(c *vcode.Code, masks []vcode.Val) vcode.Val

	program *vcode.Program
	slow    *vcode.Program // nil: program has no guard
	home    vcode.Home
}

// newStep lays a kernel's step out for vectors of the given size; compile is to follow.
func newStep(k *kernel, m vcode.Machine, vectorBytes int) step {
	widest := 4
	for i := range k.body.Insts {
		widest = max(widest, k.body.Insts[i].Type.Size())
	}
	s := step{kernel: k, machine: m, lanes: vectorBytes / widest, maskElem: widest, result: k.body.ResultTypes()[0]}
	s.setCopies(k.copies)
	return s
}

// setCopies sets the vectors of a step.
func (s *step) setCopies(n int) { s.copies, s.size = n, s.lanes*n }

// compile makes the programs of a step.
func (s *step) compile() error {
	fast, guarded, err := s.body.Likely()
	if err != nil {
		return err
	}
	if !guarded {
		fast = s.body
	}
	hot, err := s.hot(&fast)
	if err != nil {
		return err
	}
	if s.program, err = hot.Allocate(s.home); err != nil || !guarded {
		return err
	}
	cold, err := s.lower(&s.body)
	if err != nil {
		return err
	}
	s.slow, err = cold.Allocate(s.home)
	return err
}

// hot lowers the body of a step and gives its constants registers. Of a function that
// needs no memory for them the step is two vectors, interleaved: one has some 20
// instructions that each wait for the one before.
func (s *step) hot(body *kernels.Body) (code *vcode.Code, err error) {
	if s.pairs {
		s.setCopies(2)
		pair, err := s.lower(body)
		if err != nil {
			return nil, err
		}
		pair.Interleave(2)
		if s.home, err = vcode.Homes(pair); err == nil && pair.InRegisters(s.home) {
			return pair, nil
		}
		s.setCopies(1)
	}
	if code, err = s.lower(body); err != nil {
		return nil, err
	}
	s.home, err = vcode.Homes(code)
	return code, err
}

// lower compiles the copies of a body one after the other. Inputs are in the
// order of eachInput.
func (s *step) lower(body *kernels.Body) (*vcode.Code, error) {
	c := vcode.NewCode(s.machine, s.lanes)
	inputs := map[input]vcode.Val{}
	var pinned vcode.Val
	if s.scalar >= 0 {
		pinned = c.Pinned(s.args[s.scalar].Size())
	}
	s.eachInput(func(in input) {
		elem := s.maskElem
		if t := s.args[in.arg]; t != kernels.Bool {
			elem = t.Size()
		}
		inputs[in] = c.Input(elem)
	})
	for n := range s.copies {
		var expanded vcode.Val
		results, err := c.Lower(body, func(arg int) vcode.Val {
			switch {
			case arg == s.scalar:
				return pinned
			case !s.isBits(arg):
				return inputs[input{n, arg}]
			case expanded == vcode.Val{}:
				expanded = c.Expand(inputs[input{0, arg}], s.maskElem, n*s.lanes)
			}
			return expanded
		})
		if err != nil {
			return nil, err
		}
		c.Outputs = append(c.Outputs, results...)
	}
	if s.result == kernels.Bool && s.collect != nil {
		c.Outputs = []vcode.Val{s.collect(c, c.Outputs)}
	}
	c.Prune()
	return c, nil
}

// isBits reports whether an argument is Bools that are bits of a vector.
func (s *step) isBits(arg int) bool { return s.args[arg] == kernels.Bool && s.maskElem > 0 }

// input is one argument's part in one copy.
type input struct{ copy, arg int }

// eachInput lists what a step loads.
func (s *step) eachInput(f func(in input)) {
	for n := range s.copies {
		for arg := range s.args {
			if arg != s.scalar && (n == 0 || !s.isBits(arg)) {
				f(input{n, arg})
			}
		}
	}
}

// bytes is the size of a step of elements.
func (s *step) bytes(t kernels.DType) int {
	if t == kernels.Bool {
		return s.size / 8
	}
	return s.size * t.Size()
}
