package ops

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/quern-go/quern/device"
	"github.com/quern-go/quern/kernels"
	"github.com/quern-go/quern/ops/internal/expr"
)

// Plan says how an array would be evaluated. Times are predictions.
type Plan struct {
	Device   string // selector of the device
	Fallback string // why devices that would have been chosen are not used, or ""
	Algebra  []string
	// Panels says how the evaluation is cut in pieces, one line for each cut, those
	// within another indented; nil if it is not. Kernels are then those of one piece
	// of each kind.
	Panels         []string
	Kernels        []KernelPlan
	OutputBytes    int
	TemporaryBytes int     // of all temporaries
	PeakBytes      int     // most temporary memory in use at one time
	Seconds        float64 // 0 if the device does not know its speed
	// Precision is the lowest with which a kernel computes; Exact unless Fast allows
	// less and the device makes use of it.
	Precision Precision
}

// KernelPlan is one kernel of a Plan.
type KernelPlan struct {
	Title   string // what it computes: a, b, … are sources, s0, … scalars, t1, … temporaries
	Shape   []int  // index space: see device.Args
	Text    string // the kernel's text form
	Bytes   float64
	Flops   float64
	Seconds float64
	// Precision is that of the kernel's products.
	Precision Precision
	// Note is what the device says of how it computes the kernel; "" if nothing.
	Note string
}

// Explain plans the evaluation without running it.
func (a Array[T]) Explain(opts ...Option) (*Plan, error) { return explain(a.node(), opts) }

// Explain plans the evaluation without running it.
func (a IntArray) Explain(opts ...Option) (*Plan, error) { return explain(expr.Check(a.n), opts) }

func explain(n *expr.Node, opts []Option) (*Plan, error) {
	if n.Err != nil {
		return nil, n.Err
	}
	o := merge(opts)
	if n.Op == expr.Const || n.Op == expr.Source {
		return &Plan{Device: "none", OutputBytes: n.Size() * n.Type.Size()}, o.check()
	}
	e := o.engineOrDefault()
	b, err := e.bind(n, &o)
	if err != nil {
		return nil, err
	}
	units, err := e.candidates(&o)
	if err != nil {
		return nil, err
	}
	u, failures, err := e.foresee(b, units, n.Size()*n.Type.Size(), &o)
	if err != nil {
		return nil, err
	}
	out := &Plan{Fallback: whyNot(units, failures)}
	return out, out.describe(b, u)
}

// foresee finds the device on which an evaluation will run, and those before it
// that are known to be unable.
func (e *Engine) foresee(b *bound, units []*unit, outBytes int, o *Option) (*unit, []failure, error) {
	var failures []failure
	for u := choose(b, units, outBytes); ; {
		err := u.lostError()
		if err == nil {
			err = b.unable(u)
		}
		if b.entry.needsSplit(u) && errors.Is(err, errors.ErrUnsupported) {
			err = nil
		}
		if err == nil {
			return u, failures, nil
		}
		failures = append(failures, failure{u, err})
		if !e.mayEvaluateElsewhere(context.Background(), failures[len(failures)-1], o) {
			return nil, nil, joinFailures(failures)
		}
		if u, err = e.next(b, units, failures, outBytes); err != nil {
			return nil, nil, err
		}
	}
}

// unable says why a device cannot run the plan, whole or in panels, as far as is
// known before.
func (b *bound) unable(u *unit) error {
	if budget, fits := b.fits(u); !fits {
		_, _, err := b.pieces(u).settle(b.rewritten(), budget)
		return err
	}
	return b.entry.on(u).err
}

// whyNot says why devices are passed over: those that are unable, and those that
// are lost.
func whyNot(units []*unit, failures []failure) string {
	var reasons []string
	for _, f := range failures {
		reasons = append(reasons, f.err.Error())
	}
	for _, u := range units {
		if err := u.lostError(); err != nil && !slices.Contains(reasons, err.Error()) {
			reasons = append(reasons, err.Error())
		}
	}
	return strings.Join(reasons, "; ")
}

func (out *Plan) describe(b *bound, u *unit) error {
	p := b.entry.plan
	out.Device, out.Algebra = u.name, p.Algebra
	out.OutputBytes = p.Buffers[p.Output].Bytes()
	if budget, fits := b.fits(u); !fits {
		return out.describePanels(b, u, budget)
	}
	out.TemporaryBytes, out.PeakBytes = p.TemporaryBytes()
	out.Seconds = u.seconds(p)
	out.addKernels(b.entry, u)
	return nil
}

func (out *Plan) addKernels(e *entry, u *unit) {
	p, precisions, split := e.plan, e.precisions(u), e.needsSplit(u)
	for i := range p.Steps {
		s := &p.Steps[i]
		title := s.Title
		if _, scan := s.Kernel.(*kernels.Scan); scan && split {
			title += ", on " + cpuSelector
		}
		out.Precision = max(out.Precision, precisions[i])
		out.Kernels = append(out.Kernels, KernelPlan{
			Title: title, Shape: s.Shape, Text: s.Kernel.String(),
			Bytes: s.Bytes, Flops: s.Flops32 + s.Flops64, Seconds: u.stepSeconds(s), Precision: precisions[i],
			Note: device.NoteOf(u.dev, s.Kernel),
		})
	}
}

// String lists the plan, one kernel a line.
func (p *Plan) String() string { return p.text(false) }

// Verbose lists the plan with the text form of every kernel.
func (p *Plan) Verbose() string { return p.text(true) }

func (p *Plan) text(verbose bool) string {
	var s strings.Builder
	fmt.Fprintf(&s, "device: %s\n", p.Device)
	if p.Fallback != "" {
		fmt.Fprintf(&s, "fallback: %s\n", p.Fallback)
	}
	for _, rule := range p.Algebra {
		fmt.Fprintf(&s, "algebra: %s\n", rule)
	}
	for _, line := range p.Panels {
		fmt.Fprintf(&s, "panels: %s\n", line)
	}
	for i, k := range p.Kernels {
		fmt.Fprintf(&s, "%d. %s\n   space %v, %s, %s%s%s\n", i+1, k.Title, k.Shape,
			quantity(k.Bytes, "B"), quantity(k.Flops, "flop"), duration(k.Seconds), reduced(k.Precision)+noted(k.Note))
		if verbose {
			s.WriteString("   | " + strings.ReplaceAll(strings.TrimSuffix(k.Text, "\n"), "\n", "\n   | ") + "\n")
		}
	}
	fmt.Fprintf(&s, "output %s, temporaries %s, at most %s at a time%s\n", quantity(float64(p.OutputBytes), "B"),
		quantity(float64(p.TemporaryBytes), "B"), quantity(float64(p.PeakBytes), "B"), duration(p.Seconds))
	return s.String()
}

// reduced names a precision that is not exact.
func reduced(p Precision) string {
	if p == kernels.Exact {
		return ""
	}
	return fmt.Sprintf(", products in %s: not the definition's bits", p)
}

func noted(note string) string {
	if note == "" {
		return ""
	}
	return ", " + note
}

// quantity prints with a decimal prefix: 4.00 MB.
func quantity(x float64, unit string) string {
	for _, prefix := range []string{"", "k", "M", "G", "T"} {
		if x < 1000 || prefix == "T" {
			if prefix == "" {
				return fmt.Sprintf("%.0f %s", x, unit)
			}
			return fmt.Sprintf("%.3g %s%s", x, prefix, unit)
		}
		x /= 1000
	}
	return ""
}

// duration is ", about 1.2 ms", or nothing if the time is not known.
func duration(seconds float64) string {
	switch {
	case seconds <= 0:
		return ""
	case seconds < 1e-3:
		return fmt.Sprintf(", about %.3g µs", seconds*1e6)
	case seconds < 1:
		return fmt.Sprintf(", about %.3g ms", seconds*1e3)
	}
	return fmt.Sprintf(", about %.3g s", seconds)
}
