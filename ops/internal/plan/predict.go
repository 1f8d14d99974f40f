package plan

import (
	"slices"

	"github.com/quern-go/quern/kernels"
)

// work is the operations of one evaluation of a Body, by type.
type work struct{ f32, f64 float64 }

func (w *work) add(o work, times float64) {
	w.f32 += o.f32 * times
	w.f64 += o.f64 * times
}

// philoxWork is what one random word costs: ten rounds of two wide products and
// four exclusive ors; rows share counters, so that it is some less.
const philoxWork = 40

// scanWork is about what sorting or counting takes for a value, in the time of an
// addition on vectors.
const scanWork = 500

// bodyWork counts the operations of a Body, functions included. Integer
// operations count by the size of their type.
func bodyWork(b *kernels.Body) work {
	var w work
	var runs []kernels.LoopRun
	for i := range b.Insts {
		in := &b.Insts[i]
		n := 1.0
		switch in.Op {
		case kernels.OpCall:
			w.add(bodyWork(&in.Func.Body), 1)
			continue
		case kernels.OpLoop:
			if run := in.LoopRun(); !slices.Contains(runs, run) {
				runs = append(runs, run)
				w.add(bodyWork(&in.Loop.Body), float64(in.Loop.Steps))
			}
			continue
		case kernels.OpLoopIn:
			continue
		case kernels.OpFMA:
			n = 2
		case kernels.OpPhilox:
			n = philoxWork
		default:
			if in.NumArgs() == 0 {
				continue
			}
		}
		if in.Type.Size() == 8 {
			w.f64 += n
		} else {
			w.f32 += n
		}
	}
	return w
}

func accWork(accs []kernels.Acc) work {
	var w work
	for _, a := range accs {
		if a.Type == kernels.F64 {
			w.f64++
		} else {
			w.f32++
		}
	}
	return w
}

// singleWork counts the operations of a Body outside of functions and random
// words, all of whose operations follow each other in registers.
func singleWork(b *kernels.Body) work {
	single := kernels.Body{}
	for i := range b.Insts {
		if in := &b.Insts[i]; in.Op != kernels.OpCall && in.Op != kernels.OpPhilox {
			single.Insts = append(single.Insts, *in)
		}
	}
	return bodyWork(&single)
}

// outShape is the lengths of the axes as the outputs have them.
func (s *Step) outShape() []int {
	c, ok := s.Kernel.(*kernels.Contract)
	if !ok || c.Fold == nil || c.Fold.Top == 0 {
		return s.Shape
	}
	shape := slices.Clone(s.Shape)
	shape[len(shape)-2] = c.Fold.Top
	return shape
}

// predictBytes adds what operands have, elements that are repeated counted once.
func (p *planner) predictBytes(s *Step, list []Operand, shape []int) {
	for _, o := range list {
		elements := 1
		for i, stride := range o.Strides {
			if stride != 0 {
				elements *= shape[i]
			}
		}
		s.Bytes += float64(elements * p.plan.Buffers[o.Buffer].Type.Size())
	}
}

// predict sets what the step reads, writes and computes.
func (p *planner) predict(s *Step) {
	p.predictBytes(s, s.Ins, s.Shape)
	p.predictBytes(s, s.Outs, s.outShape())
	points := 1.0
	for _, d := range s.Shape {
		points *= float64(d)
	}
	var total, single work
	switch k := s.Kernel.(type) {
	case *kernels.Map:
		total.add(bodyWork(&k.Body), points)
		single.add(singleWork(&k.Body), points)
	case *kernels.Reduce:
		reduced := 1.0
		for _, d := range s.Shape[len(s.Shape)-s.Reduced:] {
			reduced *= float64(d)
		}
		total.add(bodyWork(&k.Pre), points)
		total.add(accWork(k.Accs), points)
		total.add(bodyWork(&k.Post), points/reduced)
		single.add(singleWork(&k.Pre), points)
		single.add(accWork(k.Accs), points)
	case *kernels.Scan:
		flops := points
		if k.Kind != kernels.ScanPrefix {
			flops *= scanWork
		}
		if k.Ins[0] == kernels.F64 {
			total.f64 += flops
		} else {
			total.f32 += flops
		}
	case *kernels.Contract:
		rank := len(s.Shape)
		m, n, depth := float64(s.Shape[rank-3]), float64(s.Shape[rank-2]), float64(s.Shape[rank-1])
		total.add(bodyWork(&k.Step), points)
		total.add(bodyWork(&k.PreA), points/n)
		total.add(bodyWork(&k.PreB), points/m)
		total.add(bodyWork(&k.Post), points/depth)
		if k.Fold != nil {
			total.add(accWork(k.Fold.Accs), points/depth)
		}
	}
	s.Flops32, s.Flops64 = total.f32, total.f64
	s.Single32, s.Single64 = single.f32, single.f64
}
