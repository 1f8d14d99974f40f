package clike

import "github.com/quern-go/quern/kernels"

// cost estimates the operations of a Body, functions in their likely case.
func cost(b *kernels.Body) float64 {
	total := 0.0
	runs := make(map[kernels.LoopRun]bool)
	for i := range b.Insts {
		switch in := &b.Insts[i]; in.Op {
		case kernels.OpConst, kernels.OpArg, kernels.OpParam, kernels.OpAcc, kernels.OpAccIndex, kernels.OpBitcast:
		case kernels.OpLoad, kernels.OpGather:
			total += 4
		case kernels.OpDiv, kernels.OpSqrt:
			total += 10
		case kernels.OpPhilox:
			_, word := kernels.PhiloxMode(in.Imm)
			if word == 0 {
				total += 100
			}
		case kernels.OpLoopIn:
		case kernels.OpLoop:
			if run := in.LoopRun(); !runs[run] {
				runs[run] = true
				total += float64(in.Loop.Steps) * cost(&in.Loop.Body)
			}
		case kernels.OpCall:
			total += likelyCost(&in.Func.Body)
		default:
			total++
		}
	}
	return total
}

func likelyCost(b *kernels.Body) float64 {
	if fast, ok, err := b.Likely(); ok && err == nil {
		b = &fast
	}
	return cost(b)
}

// light is the cost up to which code may be repeated for several elements.
const light = 64
