// Package oracledevice is the specification as a device: it evaluates every kernel by kernels/oracle, on the
// caller's memory. It is slow; the benchmark checks samples of its results with it.
package oracledevice

import (
	"context"

	"github.com/quern-go/quern/device"
	"github.com/quern-go/quern/kernels"
	"github.com/quern-go/quern/kernels/oracle"
)

// Device computes at once, when work is queued.
type Device struct{}

// Info names the device.
func (Device) Info() device.Info {
	return device.Info{Driver: "oracle", Name: "kernels/oracle", ComputeUnits: 1, Float64: true, Reproducible: true}
}

// Compile takes every kernel.
func (Device) Compile(k kernels.Kernel) (device.Program, error) { return program{k}, nil }

// Alloc returns memory of the program.
func (Device) Alloc(bytes int) (device.Buffer, error) { return buffer(make([]byte, bytes)), nil }

// NewStream returns a queue that is always empty.
func (Device) NewStream() (device.Stream, error) { return stream{}, nil }

// Close does nothing.
func (Device) Close() error { return nil }

type program struct{ kernel kernels.Kernel }

func (p program) Kernel() kernels.Kernel { return p.kernel }

type buffer []byte

func (b buffer) Bytes() int { return len(b) }
func (b buffer) Release()   {}

type stream struct{}

func (stream) Upload(dst device.Buffer, src []byte) error {
	copy(dst.(buffer), src)
	return nil
}

func (stream) Download(dst []byte, src device.Buffer) error {
	copy(dst, src.(buffer))
	return nil
}

func (stream) Launch(p device.Program, args *device.Args) error {
	k := p.Kernel()
	return oracle.Run(k, &oracle.Args{
		Shape: args.Shape, Reduced: args.Reduced, Indices: args.Indices, Params: args.Params,
		Ins: operands(args.Ins, k.Inputs().Ins), Outs: operands(args.Outs, k.Outs()),
	})
}

func operands(list []device.Operand, types []kernels.DType) []oracle.Operand {
	out := make([]oracle.Operand, len(list))
	for i, o := range list {
		out[i] = oracle.Operand{Array: oracle.Array{Type: types[i], Bytes: o.Buffer.(buffer)}, Offset: o.Offset, Strides: o.Strides}
	}
	return out
}

func (stream) Sync(ctx context.Context) error { return ctx.Err() }
func (stream) Close() error                   { return nil }
