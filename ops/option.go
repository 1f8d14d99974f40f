package ops

import (
	"github.com/quern-go/quern/device"
	"github.com/quern-go/quern/kernels"
	"github.com/quern-go/quern/ops/internal/plan"
)

// Option changes one evaluation.
type Option struct {
	exact, strict bool
	precision     Precision
	selector      string
	device        device.Device
	engine        *Engine
	workspace     *int     // bytes
	level         *float64 // confidence
	progress      func(share float64)
	planned       func(*Plan)
}

// On evaluates on the device that a selector names, such as "cuda:0" or
// "cpu:avx2": see device.ParseSelector.
func On(selector string) Option { return Option{selector: selector} }

// OnDevice evaluates on an open device, which stays the caller's to close.
func OnDevice(d device.Device) Option { return Option{device: d} }

// Exact turns off the algebra that changes the order of additions, such as that
// of the sum of a matrix product, and Fast.
func Exact() Option { return Option{exact: true} }

// Precision says how exactly the products of a matrix product or of euclidean
// distances have to be formed: see Fast.
type Precision = kernels.Precision

// The precisions of Fast.
const (
	TF32 = kernels.TF32 // factors of 11 significant bits, as float32 has 24
	BF16 = kernels.BF16 // factors of 8 significant bits
)

// Fast allows tensor cores for matrix products and for euclidean and sqeuclidean
// distances of float32: the factors are rounded to TF32, or to BF16 if that is
// given, and added in float32. It is a permission: the results are those of the
// definition on devices without such units, for float64, where there is nothing to
// gain, and where only a fold of rows or columns is asked for (ArgMin(1), Smallest): an
// error of a distance is bounded, but not that of the row that is nearest.
// Where it is made use of, results differ between devices, within the bounds of
// docs/arithmetic.md; Explain says so, and Stats counts it. Exact overrules Fast.
func Fast(p ...Precision) Option {
	o := Option{precision: TF32}
	for _, q := range p {
		o.precision = q
	}
	return o
}

// Strict makes it an error if the chosen device cannot do the work, instead of
// doing it on another, or in more memory than Workspace says.
func Strict() Option { return Option{strict: true} }

// WithEngine evaluates with an Engine of one's own.
func WithEngine(e *Engine) Option { return Option{engine: e} }

// WithConfidence sets the probability with which the interval of an estimate holds
// the true value, between 0 and 1; the default is 0.95.
func WithConfidence(p float64) Option { return Option{level: &p} }

// OnProgress has an evaluation, a simulation or a bootstrap call f with the share of its
// work that is done: some ten times a second, from another goroutine but never after it
// has returned, one call at a time, and at the end with 1 if there was no error. How
// fine the shares are depends on the device. The result stays the same.
func OnProgress(f func(share float64)) Option { return Option{progress: f} }

// OnPlan has f called with the Plan of every evaluation before it runs: see
// Array.Explain.
func OnPlan(f func(*Plan)) Option { return Option{planned: f} }

// merge collects options; later ones win.
func merge(opts []Option) Option {
	if len(opts) == 0 {
		return Option{}
	}
	s := opts[0]
	for i := range opts[1:] {
		o := &opts[1+i]
		s.exact = s.exact || o.exact
		s.strict = s.strict || o.strict
		if o.precision != kernels.Exact {
			s.precision = o.precision
		}
		if o.selector != "" || o.device != nil {
			s.selector, s.device = o.selector, o.device
		}
		if o.engine != nil {
			s.engine = o.engine
		}
		if o.workspace != nil {
			s.workspace = o.workspace
		}
		if o.level != nil {
			s.level = o.level
		}
		if o.progress != nil {
			s.progress = o.progress
		}
		if o.planned != nil {
			s.planned = o.planned
		}
	}
	return s
}

// plan is the options as the planner has them.
func (o *Option) plan() plan.Options {
	if o.exact {
		return plan.Options{Exact: true}
	}
	return plan.Options{Precision: o.precision}
}

// check reports a device or engine that cannot be used, for evaluations that
// need none.
func (o *Option) check() error {
	if err := o.checkWorkspace(); err != nil {
		return err
	}
	if o.selector == "" && o.device == nil && o.engine == nil {
		return nil
	}
	_, err := o.engineOrDefault().candidates(o)
	return err
}
