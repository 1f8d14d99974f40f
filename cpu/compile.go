package cpu

import (
	"context"
	"errors"
	"fmt"

	"github.com/quern-go/quern/cpu/internal/exec"
	"github.com/quern-go/quern/internal/reuse"
	"github.com/quern-go/quern/kernels"
)

// compile makes the runner of a kernel.
func (d *Device) compile(k kernels.Kernel) (runner, error) {
	switch k := k.(type) {
	case *kernels.Map:
		p, err := exec.CompileMap(d.table, k)
		return d.newBlockRunner(p, err)
	case *kernels.Reduce:
		p, err := exec.CompileReduce(d.table, k)
		return d.newBlockRunner(p, err)
	case *kernels.Contract:
		return newContract(d, k)
	case *kernels.Scan:
		return &scanRunner{device: d, kernel: k}, nil
	}
	return nil, fmt.Errorf("kernel of type %T: %w", k, errors.ErrUnsupported)
}

// blockRunner runs a Map or a Reduce block by block.
type blockRunner struct {
	device  *Device
	program exec.Program
	free    reuse.Stack[exec.Launch] // the reusable states of launches
}

func (d *Device) newBlockRunner(p exec.Program, err error) (runner, error) {
	if err != nil {
		return nil, err
	}
	return &blockRunner{device: d, program: p}, nil
}

func (r *blockRunner) run(ctx context.Context, l *launch) error {
	b := r.state(l)
	b.Prepare(&l.args)
	err := b.Run(ctx, l.crew)
	b.Forget(l.crew)
	return err
}

// state is a launch's reusable state: its own from the last time if that was the
// same program, as it is when a plan runs again.
func (r *blockRunner) state(l *launch) exec.Launch {
	if l.owner == r {
		return l.block
	}
	if l.owner != nil {
		l.owner.free.Push(l.block)
	}
	b, ok := r.free.Pop()
	if !ok {
		b = r.program.NewLaunch()
	}
	l.owner, l.block = r, b
	return b
}
