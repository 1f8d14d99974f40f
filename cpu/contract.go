package cpu

import (
	"context"

	"github.com/quern-go/quern/cpu/internal/contract"
	"github.com/quern-go/quern/kernels"
)

// contractRunner runs a Contract.
type contractRunner struct{ program *contract.Program }

func newContract(d *Device, c *kernels.Contract) (runner, error) {
	p, err := contract.Compile(d.table, d.pool, d.caches, c)
	if err != nil {
		return nil, err
	}
	return &contractRunner{p}, nil
}

func (r *contractRunner) run(ctx context.Context, l *launch) error {
	args := contract.Args{Shape: l.shape, Indices: l.indices, Params: l.params}
	for _, in := range l.ins {
		args.Ins = append(args.Ins, contract.Array{Base: in.base, Len: in.length, Strides: in.strides})
	}
	for _, out := range l.outs {
		args.Outs = append(args.Outs, contract.Array{Base: out.base, Len: out.length, Strides: out.strides})
	}
	return r.program.Run(ctx, &args)
}
