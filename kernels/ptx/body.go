package ptx

import (
	"strconv"

	"github.com/quern-go/quern/kernels"
)

// scope is what a Body's leaves are at one place in the code.
type scope struct {
	leaf   func(in *kernels.Inst) string            // OpLoad, OpIndex, OpArg, OpAcc, OpAccIndex
	gather func(slot int, t dtype, i string) string // element i of an input
	draws  *draws                                   // counters drawn before; nil: keep none
}

// body writes a Body and returns its results.
func (c *code) body(b *kernels.Body, s *scope) []string {
	at := make([]string, len(b.Insts))
	loops := make(map[kernels.LoopRun][]string)
	for i := range b.Insts {
		in := &b.Insts[i]
		if c.unit.target.Comments {
			c.comment("%%%d = %s", i, in.String())
		}
		var args [3]string
		for k := range in.NumArgs() {
			args[k] = at[in.Args[k]]
		}
		switch in.Op {
		case kernels.OpLoopIn:
			at[i] = args[0]
		case kernels.OpLoop:
			key := in.LoopRun()
			if loops[key] == nil {
				loops[key] = c.loop(in.Loop, b.LoopArgs(in), at)
			}
			at[i] = loops[key][in.Imm]
		default:
			at[i] = c.instruction(b, in, args[:in.NumArgs()], s)
		}
	}
	results := make([]string, len(b.Results))
	for i, r := range b.Results {
		results[i] = at[r]
	}
	return results
}

func (c *code) instruction(b *kernels.Body, in *kernels.Inst, args []string, s *scope) string {
	switch in.Op {
	case kernels.OpConst:
		return c.constant(in.Type, in.Imm)
	case kernels.OpParam:
		return c.params[in.Imm]
	case kernels.OpLoad, kernels.OpIndex, kernels.OpArg, kernels.OpAcc, kernels.OpAccIndex:
		return s.leaf(in)
	case kernels.OpGather:
		return s.gather(int(in.Imm), in.Type, args[0])
	case kernels.OpLookup:
		return c.lookup(in.Table, b.Insts[in.Args[0]].Type, args[0])
	case kernels.OpPhilox:
		return c.philox(b, in, args, s.draws)
	case kernels.OpCall:
		return c.call(in.Func, args)
	}
	return c.primitive(in, b.Insts[in.Args[0]].Type, args)
}

// constant is an immediate operand; a Bool, which has none, goes to a register.
func (c *code) constant(t dtype, bits uint64) string {
	if t != boolean {
		return immediate(t, bits)
	}
	return c.to(boolean, "setp.ne.u32", c.variable(u32, strconv.FormatUint(bits, 10)), "0")
}

// loadParams reads the kernel's scalar arguments, 8 bytes each, from the argument
// block.
func (c *code) loadParams(types []dtype, at field) {
	for i, t := range types {
		place := at + field(8*i)
		if t == boolean {
			word := c.load(u32, place)
			c.params = append(c.params, c.to(boolean, "setp.ne.u32", word, "0"))
			continue
		}
		c.params = append(c.params, c.load(t, place))
	}
}
