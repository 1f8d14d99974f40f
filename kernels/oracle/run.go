package oracle

import (
	"fmt"

	"github.com/quern-go/quern/kernels"
)

// Run evaluates the kernel and writes the outputs. The error says which
// argument does not fit; the outputs then have unspecified contents.
func Run(k kernels.Kernel, args *Args) error {
	if err := k.Validate(); err != nil {
		return fmt.Errorf("oracle: %w", err)
	}
	r := run{args: args}
	switch k := k.(type) {
	case *kernels.Map:
		r.runMap(k)
	case *kernels.Reduce:
		r.runReduce(k)
	case *kernels.Contract:
		r.runContract(k)
	case *kernels.Scan:
		r.runScan(k)
	default:
		r.fail("kernel of unknown kind %T", k)
	}
	if r.err != nil {
		return fmt.Errorf("oracle: %w", r.err)
	}
	return nil
}

// begin checks the arguments of a kernel whose outputs have outRank axes.
func (r *run) begin(k kernels.Kernel, outRank int) bool {
	if err := r.args.check(k, outRank); err != nil {
		r.fail("%w", err)
	}
	return r.err == nil
}
