package ptx

import "github.com/quern-go/quern/kernels"

// cost estimates the instructions that a Body becomes, for choosing how often to
// write it out.
func cost(b *kernels.Body) int {
	n := 0
	runs := make(map[kernels.LoopRun]bool)
	for i := range b.Insts {
		switch in := &b.Insts[i]; in.Op {
		case kernels.OpConst, kernels.OpParam, kernels.OpArg, kernels.OpAcc, kernels.OpBitcast:
		case kernels.OpDiv, kernels.OpSqrt:
			n += 10 * in.Type.Size() / 4
		case kernels.OpPhilox:
			n += 80
		case kernels.OpLoopIn:
		case kernels.OpLoop:
			if run := in.LoopRun(); !runs[run] {
				runs[run] = true
				n += int(min(in.Loop.Steps, 1<<20)) * cost(&in.Loop.Body)
			}
		case kernels.OpCall:
			_, fast, likely := expand(in.Func)
			if likely {
				n += cost(fast)
			} else {
				n += cost(&in.Func.Body)
			}
		default:
			n++
		}
	}
	return n
}
