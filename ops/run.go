package ops

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"unsafe"

	"github.com/quern-go/quern/device"
	"github.com/quern-go/quern/internal/meter"
	"github.com/quern-go/quern/kernels"
	"github.com/quern-go/quern/ops/internal/plan"
)

// run is one evaluation of a compiled plan on its device. Runs are pooled: the
// launch arguments are laid out once, and only buffers and scalars change.
type run struct {
	c       *compiled
	args    []device.Args
	slots   []slot        // one per buffer of the plan
	pinned  []*deviceCopy // of the sources, those that are evictable
	wrapped device.Buffer // over the program's memory for an earlier result: released
	wraps   bool          // the result's buffer is to become that

	frugal     bool // memory of temporaries is to be reused within the run
	inPlace    bool // the result takes the place of a source
	meets      bool // the result's memory is a source's, or has a part of it
	overlapped bool // so it is where the result is copied to at the end
	overwrites bool // a source may have been written over

	launched, awaited int // steps
}

// slot is a buffer of the plan in a run.
type slot struct {
	buffer device.Buffer
	shift  int  // where the array begins, in elements
	owned  bool // by this run, which has to release it
}

func newRun(c *compiled) *run {
	r := &run{
		c:     c,
		args:  make([]device.Args, len(c.plan.Steps)),
		slots: make([]slot, len(c.plan.Buffers)),
	}
	for i := range c.plan.Steps {
		s := &c.plan.Steps[i]
		r.args[i] = device.Args{
			Shape: s.Shape, Reduced: s.Reduced, Indices: slices.Clone(s.Indices),
			Ins: operands(s.Ins), Outs: operands(s.Outs), Params: make([]uint64, len(s.Params)),
		}
	}
	return r
}

func operands(list []plan.Operand) []device.Operand {
	out := make([]device.Operand, len(list))
	for i, o := range list {
		out[i] = device.Operand{Offset: o.Offset, Strides: o.Strides}
	}
	return out
}

// evaluate computes into dst, or, if dst is nil, into a new buffer that it
// returns.
func (c *compiled) evaluate(ctx context.Context, b *bound, dst []byte) (device.Buffer, error) {
	return c.evaluateTo(ctx, b, &place{host: dst, frugal: b.limits.workspace > 0})
}

// place is where the result of a run goes: host memory, a buffer of the device
// from an element on, or if both are nil a new buffer.
type place struct {
	host   []byte
	buffer device.Buffer
	offset int
	// precious says that the host memory is, or may be, a source of something larger
	// of which this is a part.
	precious bool
	frugal   bool // memory of temporaries is to be reused, however little it is
}

func (c *compiled) evaluateTo(ctx context.Context, b *bound, to *place) (device.Buffer, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	l, err := c.unit.lane()
	if err != nil {
		return nil, err
	}
	r := l.runOf(c)
	out, err := r.evaluate(ctx, l.stream, b, to)
	if err != nil {
		_ = l.stream.Close() // waits for what it still does
	}
	meets := r.meets
	r.release()
	if meets { // whose copies are not in use any more
		b.forgetOverwritten(to.host)
	}
	if err != nil {
		c.runs.Put(r)
		return nil, err
	}
	c.unit.putLane(l)
	return out, nil
}

// runOf is a run of a plan: the lane's last one if that was of the same plan, as it is
// where one is evaluated over and over.
func (l *lane) runOf(c *compiled) *run {
	switch {
	case l.run == nil:
		l.run = c.runs.Get().(*run)
	case l.run.c != c:
		l.run.c.runs.Put(l.run)
		l.run = c.runs.Get().(*run)
	}
	return l.run
}

func (r *run) evaluate(ctx context.Context, stream device.Stream, b *bound, to *place) (device.Buffer, error) {
	if err := r.bindSources(ctx, b); err != nil {
		return nil, err
	}
	dst := to.host
	r.frugal = r.c.frugal || to.frugal && r.c.unit.wrapper != nil
	direct, err := r.bindOutput(b, to)
	if err != nil {
		return nil, err
	}
	if err := r.launch(ctx, stream, b); err != nil {
		return nil, err
	}
	output := &r.slots[r.c.plan.Output]
	if dst != nil && !direct {
		if err := r.download(ctx, stream, dst, output.buffer); err != nil {
			return nil, r.overwritten(err)
		}
	}
	if err := r.sync(ctx, stream); err != nil {
		return nil, r.overwritten(err)
	}
	if dst != nil || to.buffer != nil {
		return nil, nil
	}
	output.owned = false
	return output.buffer, nil
}

// download queues the copy of the result to the program's slice.
func (r *run) download(ctx context.Context, stream device.Stream, dst []byte, result device.Buffer) error {
	if r.overlapped {
		if err := r.overwrite(ctx, stream, true); err != nil {
			return err
		}
	}
	if err := stream.Download(dst, result); err != nil {
		u := r.c.unit
		return u.noted(fmt.Errorf("download the result from %s: %w", u.name, err))
	}
	return nil
}

// sync waits for what is queued.
func (r *run) sync(ctx context.Context, stream device.Stream) error {
	if meter.Of(ctx) != nil {
		ctx = meter.Steps(ctx, r.c.stepEnds(), r.awaited)
	}
	if err := stream.Sync(ctx); err != nil {
		u := r.c.unit
		return u.noted(fmt.Errorf("run on %s: %w", u.name, err))
	}
	r.awaited = r.launched
	return nil
}

// stepEnds are the shares of the plan's time, as predicted, at which its steps end.
func (c *compiled) stepEnds() []float64 {
	ends := make([]float64, len(c.plan.Steps))
	total := 0.0
	for i := range ends {
		total += c.unit.stepSeconds(&c.plan.Steps[i])
		ends[i] = total
	}
	for i := range ends {
		if total > 0 {
			ends[i] /= total
		} else { // the device does not know its rates
			ends[i] = float64(i+1) / float64(len(ends))
		}
	}
	return ends
}

// bindSources finds the sources' buffers.
func (r *run) bindSources(ctx context.Context, b *bound) error {
	for _, in := range r.c.inputs {
		c, start, err := b.source(in.source).at(ctx, r.c.unit)
		if err != nil {
			return fmt.Errorf("source %d: %w", in.source, err)
		}
		if c.evictable {
			r.pinned = append(r.pinned, c)
		}
		r.slots[in.buffer] = slot{buffer: c.buffer, shift: start}
	}
	return nil
}

// bindOutput finds where the result goes; direct says that it is dst's memory.
func (r *run) bindOutput(b *bound, to *place) (direct bool, err error) {
	output, dst := &r.slots[r.c.plan.Output], to.host
	switch {
	case to.buffer != nil:
		*output = slot{buffer: to.buffer, shift: to.offset}
		return true, nil
	case dst == nil:
		return false, r.alloc(r.c.plan.Output)
	}
	u := r.c.unit
	same, clash := r.overlap(b, dst)
	r.meets = clash || same >= 0
	switch {
	case u.wrapper == nil || clash:
		r.overlapped = r.meets || to.precious
		return false, r.alloc(r.c.plan.Output)
	case same >= 0:
		r.inPlace = true
		*output = r.slots[same]
		return true, nil
	}
	r.inPlace = to.precious
	buffer, err := u.rewrap(dst, r.wrapped)
	if r.wrapped = nil; err != nil {
		return true, err
	}
	r.wraps = true
	*output = slot{buffer: buffer, owned: true}
	return true, nil
}

// overlap looks for sources that lie where the result is to go: same is the
// buffer of one whose place the result may take; clash says that the result
// needs memory of its own.
func (r *run) overlap(b *bound, dst []byte) (same int, clash bool) {
	same = -1
	for _, in := range r.c.inputs {
		host := b.source(in.source).memory()
		if !overlaps(host, dst) {
			continue
		}
		if !r.c.plan.InPlace[in.source] || &host[0] != &dst[0] || len(host) != len(dst) {
			return -1, true
		}
		same = in.buffer
	}
	return same, false
}

// overlaps reports whether two slices share memory.
func overlaps(a, b []byte) bool {
	if len(a) == 0 || len(b) == 0 {
		return false
	}
	p, q := uintptr(unsafe.Pointer(unsafe.SliceData(a))), uintptr(unsafe.Pointer(unsafe.SliceData(b)))
	return p < q+uintptr(len(b)) && q < p+uintptr(len(a))
}

// alloc takes device memory for a temporary or the output.
func (r *run) alloc(i int) error {
	b := &r.c.plan.Buffers[i]
	buffer, err := r.c.unit.alloc(b.Bytes())
	if err != nil {
		return err
	}
	r.slots[i] = slot{buffer: buffer, owned: true}
	return nil
}

// launch queues every step. A temporary is allocated by the step that fills it
// and released behind the last one that reads it. Where the program's memory is
// used and there is much to save, that is waited for.
func (r *run) launch(ctx context.Context, stream device.Stream, b *bound) error {
	if q := r.c.sequence(); q != nil {
		err := r.launchAll(stream, b, q)
		if !errors.Is(err, device.ErrOutOfMemory) {
			return err
		}
		for i := range r.c.plan.Steps { // one by one they take less
			r.releaseStep(&r.c.plan.Steps[i])
		}
	}
	last := len(r.c.plan.Steps) - 1
	for i := range r.c.plan.Steps {
		s, args := &r.c.plan.Steps[i], &r.args[i]
		if err := r.bindStep(i, b); err != nil {
			return err
		}
		if r.inPlace && i == last { // the step that writes the result
			if err := r.overwrite(ctx, stream, i > 0); err != nil {
				return err
			}
		}
		if err := stream.Launch(r.c.programs[i], args); err != nil {
			return r.c.unit.noted(fmt.Errorf("launch %s on %s: %w", s.Title, r.c.unit.name, err))
		}
		r.launched++
		r.releaseStep(s)
		if r.frugal && len(s.Release) > 0 {
			if err := r.sync(ctx, stream); err != nil {
				return err
			}
		}
	}
	return nil
}

// bindStep fills in the arguments of a step.
func (r *run) bindStep(i int, b *bound) error {
	s, args := &r.c.plan.Steps[i], &r.args[i]
	for k := range s.Outs {
		at := &r.slots[s.Outs[k].Buffer]
		if at.buffer == nil {
			if err := r.alloc(s.Outs[k].Buffer); err != nil {
				return err
			}
		}
		args.Outs[k].Buffer, args.Outs[k].Offset = at.buffer, s.Outs[k].Offset+at.shift
	}
	for k := range s.Ins {
		at := &r.slots[s.Ins[k].Buffer]
		args.Ins[k].Buffer, args.Ins[k].Offset = at.buffer, s.Ins[k].Offset+at.shift
	}
	for k, start := range s.Starts {
		if start >= 0 {
			args.Indices[k].Offset = s.Indices[k].Offset + b.starts[start]
		}
	}
	for k, scalar := range s.Params {
		args.Params[k] = b.scalars[scalar]
	}
	return nil
}

// releaseStep releases the temporaries of which a step was the last reader.
func (r *run) releaseStep(s *plan.Step) {
	for _, t := range s.Release {
		if at := &r.slots[t]; at.buffer != nil {
			at.buffer.Release()
			*at = slot{}
		}
	}
}

// release gives back what the run took and forgets it.
func (r *run) release() {
	for _, c := range r.pinned {
		c.unpin()
	}
	if r.wraps {
		r.wrapped = r.slots[r.c.plan.Output].buffer
	}
	r.inPlace, r.meets, r.overlapped, r.overwrites, r.wraps = false, false, false, false, false
	r.launched, r.awaited = 0, 0
	clear(r.pinned)
	r.pinned = r.pinned[:0]
	for i := range r.slots {
		if at := &r.slots[i]; at.owned {
			at.buffer.Release()
		}
		r.slots[i] = slot{}
	}
	for i := range r.args { // an idle run keeps nothing alive
		a := &r.args[i]
		for k := range a.Ins {
			a.Ins[k].Buffer = nil
		}
		for k := range a.Outs {
			a.Outs[k].Buffer = nil
		}
	}
}

// fill sets every element of dst to a constant, doubling what is filled.
func fill(dst []byte, t kernels.DType, bits uint64) {
	if bits == 0 || len(dst) == 0 {
		clear(dst)
		return
	}
	done := t.Size()
	for k := range done {
		dst[k] = byte(bits >> (8 * k))
	}
	for done < len(dst) {
		done += copy(dst[done:], dst[:done])
	}
}
