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
	args := scan.Args{Shape: l.shape, Params: l.params}
	args.In = scan.Array{Base: l.ins[0].base, Strides: l.ins[0].strides}
	args.Out = scan.Array{Base: l.outs[0].base, Strides: l.outs[0].strides}
	if r.kernel.Kind == kernels.ScanHistogram {
		args.Edges = l.ins[1].base
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
