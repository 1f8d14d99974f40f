package ops

import (
	"context"
	"errors"
	"fmt"
	"math"
	"math/bits"
	"slices"

	"gonum.org/v1/gonum/stat/distuv"

	"github.com/quern-go/quern/kernels"
	"github.com/quern-go/quern/kernels/mathfn"
	"github.com/quern-go/quern/ops/internal/expr"
)

// Bounds are those of one variable of an integral.
type Bounds struct{ Low, High float64 }

// IntegrateMethod says at which points Integrate evaluates the integrand.
type IntegrateMethod uint8

// The methods.
const (
	// PlainSamples are independent random points.
	PlainSamples IntegrateMethod = iota
	// Antithetic points come in pairs that mirror each other at the middle.
	Antithetic
	// Stratified points are random, two in each cell of a grid of as many equal cells
	// an axis as the samples allow, at least 2.
	Stratified
	// SobolPoints are 16 copies of Sobol's sequence, each with a random digital shift.
	SobolPoints
)

var integrateNames = [...]string{"plain", "antithetic", "stratified", "sobol"}

// String is the name that ParseIntegrateMethod knows.
func (m IntegrateMethod) String() string {
	if int(m) < len(integrateNames) {
		return integrateNames[m]
	}
	return fmt.Sprintf("method(%d)", uint8(m))
}

// ParseIntegrateMethod reads the name of a method.
func ParseIntegrateMethod(name string) (IntegrateMethod, error) {
	if i := slices.Index(integrateNames[:], name); i >= 0 {
		return IntegrateMethod(i), nil
	}
	return 0, fmt.Errorf("integrate: method %q, expected plain, antithetic, stratified or sobol", name)
}

// MaxDimensions is the most variables of an integral.
const MaxDimensions = mathfn.SobolDimensions

// sobolReplicates is how many shifted copies of Sobol's sequence there are.
const sobolReplicates = 16

// Integrate estimates the integral of f over a box. f is given one array for each
// variable, and computes element by element; it runs once, to build the expression.
// Bounds must be finite and ascending: substitute for the variable of an infinite
// range, x = t/(1−t²) say. The error is that of independent samples, for Antithetic
// of pairs, for Stratified of the pairs within the cells, and for SobolPoints of the
// 16 copies, whose interval is Student's. The samples are rounded down to what the
// method needs. An integrand that is NaN or infinite at a sample is an IntegrandError
// that says for how many, and bounds that are no good are a BoundsError.
func Integrate(ctx context.Context, f func(x []Array[float64]) Array[float64], over []Bounds, samples int, seed uint64, method IntegrateMethod, opts ...Option) (out Estimate, err error) {
	in, err := newIntegral(f, over, samples, seed, opts)
	if err != nil {
		return Estimate{}, fmt.Errorf("integrate: %w", err)
	}
	ctx, finish := watch(ctx, opts)
	defer func() { finish(&err) }()
	switch method {
	case PlainSamples:
		out, err = in.plain(ctx)
	case Antithetic:
		out, err = in.antithetic(ctx)
	case Stratified:
		out, err = in.stratified(ctx)
	case SobolPoints:
		out, err = in.sobol(ctx)
	default:
		err = fmt.Errorf("integrate: %s is not a method", method)
	}
	if err != nil {
		return Estimate{}, err
	}
	return out, nil
}

// integral is what to integrate, and how.
type integral struct {
	f       func(x []Array[float64]) Array[float64]
	over    []Bounds
	volume  float64
	samples int
	seed    uint64
	level   float64
	opts    []Option
	calls   []integrand // of f
}

func newIntegral(f func(x []Array[float64]) Array[float64], over []Bounds, samples int, seed uint64, opts []Option) (*integral, error) {
	in := &integral{f: f, over: over, volume: 1, samples: samples, seed: seed, opts: opts}
	switch {
	case f == nil:
		return nil, errors.New("no integrand given")
	case len(over) < 1 || len(over) > MaxDimensions:
		return nil, fmt.Errorf("%d variables, expected 1 to %d", len(over), MaxDimensions)
	case samples < 1 || int64(samples) > MaxSamples:
		return nil, fmt.Errorf("%d samples, expected 1 to %d", samples, int64(MaxSamples))
	}
	for i, b := range over {
		width := b.High - b.Low
		switch {
		case math.IsNaN(width) || math.IsInf(b.Low, 0) || math.IsInf(b.High, 0):
			return nil, &BoundsError{i, b, "bounds must be finite; substitute for an infinite range, such as x = t/(1-t*t) with dx = (1+t*t)/(1-t*t)^2 dt"}
		case math.IsInf(width, 0):
			return nil, &BoundsError{i, b, "the range is too wide"}
		case width <= 0:
			return nil, &BoundsError{i, b, "bounds must ascend"}
		}
		in.volume *= width
	}
	if math.IsInf(in.volume, 0) {
		return nil, errors.New("the volume of the box exceeds float64: substitute, so that the variables have smaller ranges")
	}
	var err error
	o := merge(opts)
	in.level, err = o.confidence()
	return in, err
}

// at is the integrand times the volume at points of the unit cube.
func (in *integral) at(u []Array[float64]) Array[float64] {
	x := make([]Array[float64], len(u))
	for i, b := range in.over {
		x[i] = FMA(u[i], Full(b.High-b.Low), Full(b.Low))
	}
	value := in.f(x)
	if err := elementwise(value.node(), x); err != nil {
		return Array[float64]{expr.Fail(err)}
	}
	in.calls = append(in.calls, integrand{x, value})
	return value.MulScalar(in.volume)
}

// elementwise returns an error if points are mixed on the way from x to the value,
// such as by max(x, 0), which is the largest of all of them.
func elementwise(value *expr.Node, x []Array[float64]) (err error) {
	varies := make(map[*expr.Node]bool)
	for _, v := range x {
		varies[v.node()] = true
	}
	expr.Walk(value, func(n *expr.Node) {
		if varies[n] || !slices.ContainsFunc(n.Args[:], func(a *expr.Node) bool { return varies[a] }) {
			return
		}
		varies[n] = true
		if !n.Op.IsElementwise() && err == nil {
			err = fmt.Errorf("%s of a variable: it would mix the samples, and an integrand has to compute element by element (the larger of two values is maximum(a, b), their sum a + b)", n.Op)
		}
	})
	return err
}

// simulate prepares a simulation of so many samples.
func (in *integral) simulate(samples, values int, f func(d *Draws[float64]) []Array[float64]) (*simulation, error) {
	return simulate("integrate", samples, in.seed, values, f, in.opts)
}

func uniforms(d *Draws[float64], n int) []Array[float64] {
	u := make([]Array[float64], n)
	for i := range u {
		u[i] = d.Uniform()
	}
	return u
}

func (in *integral) plain(ctx context.Context) (Estimate, error) {
	s, err := in.simulate(in.samples, 1, func(d *Draws[float64]) []Array[float64] {
		return []Array[float64]{in.at(uniforms(d, len(in.over)))}
	})
	if err != nil {
		return Estimate{}, err
	}
	return in.mean(ctx, s, 1)
}

// mean is the estimate of the first value of a simulation, of which each sample
// stands for a number of points.
func (in *integral) mean(ctx context.Context, s *simulation, points int) (Estimate, error) {
	list, err := s.estimates(ctx)
	if err != nil {
		return Estimate{}, err
	}
	out := list[0]
	out.Samples *= points
	return out, in.finite(ctx, out.Mean, s.values, points)
}

// finite returns an error if a mean is not finite because of samples that are not.
func (in *integral) finite(ctx context.Context, mean float64, values []*expr.Node, points int) error {
	if !math.IsNaN(mean) && !math.IsInf(mean, 0) {
		return nil
	}
	v := Array[float64]{values[0]}
	bad, err := v.Sub(v).NotEqualScalar(0).Sum().Scalar(ctx, in.opts...) // NaN − NaN and ∞ − ∞ are not 0
	switch {
	case err != nil:
		return fmt.Errorf("integrate: %w", err)
	case bad == 0:
		return errors.New("integrate: the sum of the samples exceeds float64")
	}
	at, err := in.where(ctx)
	if err != nil {
		return fmt.Errorf("integrate: %w", err)
	}
	return fmt.Errorf("integrate: %w", &IntegrandError{Bad: int(bad), Of: v.Size(), Pairs: points > 1, At: at})
}

func (in *integral) antithetic(ctx context.Context) (Estimate, error) {
	if in.samples < 2 {
		return Estimate{}, errors.New("integrate: antithetic samples come in pairs, 1 given")
	}
	s, err := in.simulate(in.samples/2, 1, func(d *Draws[float64]) []Array[float64] {
		u := uniforms(d, len(in.over))
		mirrored := make([]Array[float64], len(u))
		for i := range u {
			mirrored[i] = u[i].Neg().AddScalar(1)
		}
		return []Array[float64]{in.at(u).Add(in.at(mirrored)).MulScalar(0.5)}
	})
	if err != nil {
		return Estimate{}, err
	}
	return in.mean(ctx, s, 2)
}

func (in *integral) stratified(ctx context.Context) (Estimate, error) {
	n := len(in.over)
	edge := int(math.Floor(math.Pow(float64(in.samples/2), 1/float64(n)) + 1e-9))
	if edge < 2 {
		return Estimate{}, fmt.Errorf("integrate: stratified needs 2 samples in each of 2^%d cells, %d given", n, in.samples)
	}
	cells := 1
	for range n {
		cells *= edge
	}
	s, err := in.simulate(cells, 2, func(d *Draws[float64]) []Array[float64] {
		corner := make([]Array[float64], n)
		rest := Arange(0, float64(cells), 1)
		for i := range corner {
			above := rest.DivScalar(float64(edge)).Floor() // exact: rest is below 2^53
			corner[i], rest = rest.Sub(above.MulScalar(float64(edge))), above
		}
		point := func() Array[float64] {
			u := uniforms(d, n)
			for i := range u {
				u[i] = u[i].Add(corner[i]).DivScalar(float64(edge))
			}
			return in.at(u)
		}
		a, b := point(), point()
		return []Array[float64]{a.Add(b).MulScalar(0.5), a.Sub(b).MulScalar(0.5)}
	})
	if err != nil {
		return Estimate{}, err
	}
	sums, err := s.sums(ctx, false)
	if err != nil {
		return Estimate{}, err
	}
	count := float64(cells)
	mean := sums[0] / count
	if err := in.finite(ctx, mean, s.values, 2); err != nil {
		return Estimate{}, err
	}
	// The variance of a pair's mean is estimated by the square of half the difference.
	return newEstimate(mean, math.Sqrt(sums[3])/count, in.level, 2*cells), nil
}

// sobol sums each replicate by itself.
func (in *integral) sobol(ctx context.Context) (Estimate, error) {
	each := in.samples / sobolReplicates
	if each < 1 || each > 1<<mathfn.SobolBits {
		return Estimate{}, fmt.Errorf("integrate: %d samples for sobol, expected %d to %d", in.samples, sobolReplicates, sobolReplicates<<mathfn.SobolBits)
	}
	point := Arange(0, float64(each), 1).node()
	replicate := Arange[float64](0, sobolReplicates, 1).Reshape(sobolReplicates, 1).node()
	u := make([]Array[float64], len(in.over))
	for i := range u {
		u[i] = Array[float64]{expr.NewSobol(point, replicate, in.seed, i, bits.Len(uint(each-1)))}
	}
	value := expr.BroadcastTo(in.at(u).node(), []int{sobolReplicates, each})
	if value.Err != nil {
		return Estimate{}, fmt.Errorf("integrate: %w", value.Err)
	}
	n := expr.NewMoments(false, value)
	sums := make([]float64, n.Size())
	if err := into(ctx, n, kernels.F64, bytesOf(sums), in.opts); err != nil {
		return Estimate{}, fmt.Errorf("integrate: %w", err)
	}
	means := make([]float64, sobolReplicates)
	for r := range means {
		means[r] = sums[2*r] / float64(each)
	}
	mean, deviation := meanAndDeviation(means)
	if err := in.finite(ctx, mean, []*expr.Node{value}, 1); err != nil {
		return Estimate{}, err
	}
	out := newEstimate(mean, deviation/math.Sqrt(sobolReplicates), in.level, sobolReplicates*each)
	student := distuv.StudentsT{Sigma: 1, Nu: sobolReplicates - 1}
	return withInterval(out, -student.Quantile((1-in.level)/2)), nil
}
