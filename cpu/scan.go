package cpu

import (
	"context"
	"unsafe"

	"github.com/quern-go/quern/cpu/internal/scan"
	"github.com/quern-go/quern/kernels"
)

// scanRunner runs a Scan.
type scanRunner struct {
	device *Device
	kernel *kernels.Scan
}

func (r *scanRunner) run(ctx context.Context, l *launch) error {
	a := &l.args
	args := scan.Args{Shape: a.Shape, Params: a.Params}
	args.In = scan.Array{Base: a.Ins[0].Base, Strides: a.Ins[0].Strides}
	args.Out = scan.Array{Base: a.Outs[0].Base, Strides: a.Outs[0].Strides}
	if r.kernel.Kind == kernels.ScanHistogram {
		args.Edges = a.Ins[1].Base
	}
	return scan.Run(ctx, r.device.pool, r.scratch, r.kernel, &args)
}

// scratch takes memory of the device's pool.
func (r *scanRunner) scratch(bytes int) (p []byte, release func(), err error) {
	b, err := r.device.Alloc(bytes)
	if err != nil {
		return nil, nil, err
	}
	if p, err = hostBytes(b); err != nil {
		b.Release()
		return nil, nil, err
	}
	return unsafe.Slice(unsafe.SliceData(p), bytes), b.Release, nil
}
