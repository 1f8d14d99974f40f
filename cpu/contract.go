package cpu

import (
	"context"

	"github.com/quern-go/quern/cpu/internal/contract"
	"github.com/quern-go/quern/kernels"
)

// contractRunner runs a Contract.
type contractRunner struct{ program *contract.Program }

func newContract(d *Device, c *kernels.Contract) (runner, error) {
	p, err := contract.Compile(d.table, d.pool, d.contracts, c)
	if err != nil {
		return nil, err
	}
	return contractRunner{p}, nil
}

func (r contractRunner) run(ctx context.Context, l *launch) error {
	return r.program.Run(ctx, &l.args)
}
