package cpu

import (
	"context"

	"github.com/quern-go/quern/cpu/internal/contract"
	"github.com/quern-go/quern/cpu/internal/exec"
	"github.com/quern-go/quern/kernels"
)

// contractRunner runs a Contract.
type contractRunner struct {
	program *contract.Program
	free    stack[*exec.Args]
}

func newContract(d *Device, c *kernels.Contract) (runner, error) {
	p, err := contract.Compile(d.table, d.pool, d.contracts, c)
	if err != nil {
		return nil, err
	}
	return &contractRunner{program: p}, nil
}

func (r *contractRunner) run(ctx context.Context, l *launch) error {
	args, ok := r.free.pop()
	if !ok {
		args = new(exec.Args)
	}
	defer func() {
		args.Forget()
		r.free.push(args)
	}()
	args.Shape, args.Indices, args.Params = l.shape, l.indices, l.params
	args.Ins, args.Outs = arrays(args.Ins[:0], l.ins), arrays(args.Outs[:0], l.outs)
	return r.program.Run(ctx, args)
}
