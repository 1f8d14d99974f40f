package devicetest

import (
	"errors"
	"slices"

	"github.com/quern-go/quern/device"
	"github.com/quern-go/quern/kernels"
	"github.com/quern-go/quern/kernels/oracle"
)

// check launches the kernel on the device and compares every array of args with
// what the oracle makes of it. It reports whether all are equal.
func (s *tester) check(t T, k kernels.Kernel, args *oracle.Args) bool {
	t.Helper()
	prog := s.compile(t, k)
	want := copyArrays(args)
	if err := s.known.expect(k, want); err != nil {
		t.Fatalf("the suite's own launch is wrong: %v\n%s\n%s", err, describeLaunch(args), k)
	}
	got := copyArrays(args)
	s.launch(t, prog, got)
	s.counter.compared(want)
	return compareAll(t, k, got, want)
}

// compareAll reports the first operand whose array differs.
func compareAll(t T, k kernels.Kernel, got, want *oracle.Args) bool {
	t.Helper()
	for i := range want.Outs {
		if d := differences(got.Outs[i].Array, want.Outs[i].Array); d != "" {
			t.Errorf("output %d: %s\n%s\n%s", i, d, describeLaunch(want), k)
			return false
		}
	}
	for i := range want.Ins {
		if d := differences(got.Ins[i].Array, want.Ins[i].Array); d != "" {
			t.Errorf("input %d has changed: %s\n%s\n%s", i, d, describeLaunch(want), k)
			return false
		}
	}
	return true
}

// compile compiles the kernel, or skips the test if the device cannot run it.
func (s *tester) compile(t T, k kernels.Kernel) device.Program {
	t.Helper()
	if err := k.Validate(); err != nil {
		t.Fatalf("the suite's own kernel is wrong: %v\n%s", err, k)
	}
	if !s.info.Float64 && usesFloat64(k) {
		t.Skipf("the device has no float64")
	}
	prog, err := s.dev.Compile(k)
	if errors.Is(err, errors.ErrUnsupported) {
		t.Skipf("unsupported: %v", err)
	}
	if err != nil {
		t.Fatalf("compile: %v\n%s", err, k)
	}
	s.counter.compiled(k.Key())
	return prog
}

// usesFloat64 reports whether any value of the kernel is a float64.
func usesFloat64(k kernels.Kernel) bool {
	if slices.Contains(k.Inputs().Ins, kernels.F64) || slices.Contains(k.Inputs().Params, kernels.F64) {
		return true
	}
	var bodies []*kernels.Body
	var accs []kernels.Acc
	switch k := k.(type) {
	case *kernels.Map:
		bodies = append(bodies, &k.Body)
	case *kernels.Reduce:
		bodies, accs = append(bodies, &k.Pre, &k.Post), k.Accs
	case *kernels.Contract:
		bodies, accs = append(bodies, &k.PreA, &k.PreB, &k.Step, &k.Post), k.Accs
		if k.Fold != nil {
			bodies, accs = append(bodies, &k.Fold.Post), slices.Concat(accs, k.Fold.Accs)
		}
	}
	return slices.ContainsFunc(bodies, bodyUsesFloat64) ||
		slices.ContainsFunc(accs, func(a kernels.Acc) bool { return a.Type == kernels.F64 })
}

func bodyUsesFloat64(b *kernels.Body) bool {
	return b.Any(func(in *kernels.Inst) bool { return in.Type == kernels.F64 })
}

// copyArrays copies the arguments with their arrays; operands that share an
// array go on sharing one.
func copyArrays(args *oracle.Args) *oracle.Args {
	out := *args
	copies := make(map[*byte][]byte)
	dup := func(ops []oracle.Operand) []oracle.Operand {
		ops = slices.Clone(ops)
		for i := range ops {
			first := &ops[i].Bytes[0]
			if copies[first] == nil {
				copies[first] = slices.Clone(ops[i].Bytes)
			}
			ops[i].Bytes = copies[first]
		}
		return ops
	}
	out.Ins, out.Outs = dup(args.Ins), dup(args.Outs)
	return &out
}

// launch runs the program once, on a stream of its own, with buffers that hold
// the arrays of args, and leaves the buffers' contents in the arrays.
func (s *tester) launch(t T, prog device.Program, args *oracle.Args) {
	t.Helper()
	stream := s.stream(t)
	defer stream.Close()
	bs := s.buffers(t, stream, args)
	defer bs.release()
	if err := stream.Launch(prog, bs.args); err != nil {
		t.Fatalf("launch: %v\n%s\n%s", err, describeLaunch(args), prog.Kernel())
	}
	bs.download(t, stream)
	if err := stream.Sync(t.Context()); err != nil {
		t.Fatalf("sync: %v\n%s\n%s", err, describeLaunch(args), prog.Kernel())
	}
}

func (s *tester) stream(t T) device.Stream {
	t.Helper()
	stream, err := s.dev.NewStream()
	if err != nil {
		t.Fatalf("new stream: %v", err)
	}
	return stream
}

// buffers are a launch's arrays in device memory.
type buffers struct {
	args   *device.Args
	arrays []oracle.Array
	bufs   []device.Buffer // one for each of arrays
}

// buffers allocates and uploads one buffer for each distinct array of args.
func (s *tester) buffers(t T, stream device.Stream, args *oracle.Args) *buffers {
	t.Helper()
	bs := &buffers{args: &device.Args{
		Shape: args.Shape, Reduced: args.Reduced, Indices: args.Indices, Params: args.Params,
	}}
	place := func(ops []oracle.Operand) []device.Operand {
		out := make([]device.Operand, len(ops))
		for i, op := range ops {
			at := slices.IndexFunc(bs.arrays, func(a oracle.Array) bool { return &a.Bytes[0] == &op.Bytes[0] })
			if at < 0 {
				at = len(bs.arrays)
				bs.arrays = append(bs.arrays, op.Array)
				bs.bufs = append(bs.bufs, s.upload(t, stream, op.Bytes))
			}
			out[i] = device.Operand{Buffer: bs.bufs[at], Offset: op.Offset, Strides: op.Strides}
		}
		return out
	}
	bs.args.Ins, bs.args.Outs = place(args.Ins), place(args.Outs)
	return bs
}

func (s *tester) upload(t T, stream device.Stream, p []byte) device.Buffer {
	t.Helper()
	buf, err := s.dev.Alloc(len(p))
	if err != nil {
		t.Fatalf("alloc %d bytes: %v", len(p), err)
	}
	if err := stream.Upload(buf, p); err != nil {
		t.Fatalf("upload %d bytes: %v", len(p), err)
	}
	return buf
}

// download queues the copies back into the arrays.
func (bs *buffers) download(t T, stream device.Stream) {
	t.Helper()
	for i, a := range bs.arrays {
		if err := stream.Download(a.Bytes, bs.bufs[i]); err != nil {
			t.Fatalf("download %d bytes: %v", len(a.Bytes), err)
		}
	}
}

func (bs *buffers) release() {
	for _, b := range bs.bufs {
		b.Release()
	}
}
