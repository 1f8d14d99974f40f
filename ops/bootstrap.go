package ops

import (
	"context"
	"errors"
	"fmt"
	"math"
	"slices"

	"github.com/quern-go/quern/internal/meter"
	"github.com/quern-go/quern/kernels"
	"github.com/quern-go/quern/ops/internal/expr"
)

// BootstrapMethod says how Bootstrap makes an interval of the statistics of the
// resamples.
type BootstrapMethod uint8

// The methods: B. Efron and R. J. Tibshirani, "An introduction to the bootstrap",
// 1993, chapters 13 and 14.
const (
	BCa        BootstrapMethod = iota // percentiles corrected for bias and acceleration
	Percentile                        // percentiles of the statistics
	Basic                             // the percentiles mirrored at the statistic of the sample
)

var bootstrapNames = [...]string{"bca", "percentile", "basic"}

// String is the name that ParseBootstrapMethod knows.
func (m BootstrapMethod) String() string {
	if int(m) < len(bootstrapNames) {
		return bootstrapNames[m]
	}
	return fmt.Sprintf("method(%d)", uint8(m))
}

// ParseBootstrapMethod reads the name of a method.
func ParseBootstrapMethod(name string) (BootstrapMethod, error) {
	if i := slices.Index(bootstrapNames[:], name); i >= 0 {
		return BootstrapMethod(i), nil
	}
	return 0, fmt.Errorf("bootstrap: method %q, expected bca, percentile or basic", name)
}

// Statistic computes one number of each row of samples of one shape (rows, n): it
// reduces the last axis. It is given one array for each column of the data, so that
// a mean is x[0].Mean(-1).
type Statistic func(x []Array[float64]) Array[float64]

// Correlation is Pearson's correlation of two columns.
func Correlation(x []Array[float64]) Array[float64] {
	if len(x) != 2 {
		return Array[float64]{expr.Failf("correlation: %d columns, expected 2", len(x))}
	}
	a, b := centred(x[0]), centred(x[1])
	return a.Mul(b).Sum(-1).Div(a.Square().Sum(-1).Mul(b.Square().Sum(-1)).Sqrt())
}

// centred is each row without its mean.
func centred(x Array[float64]) Array[float64] {
	return x.Sub(x.Mean(-1).Reshape(-1, 1))
}

// Bootstrapped is the result of Bootstrap.
type Bootstrapped struct {
	Value      float64 // the statistic of the data
	StdErr     float64 // the standard deviation of the resamples' statistics
	Low, High  float64
	Confidence float64
	Bias       float64 // the mean of the resamples' statistics less Value
	Samples    int     // rows of the data
	Resamples  int
	Method     BootstrapMethod
	// Distribution is the statistics of the resamples, ascending.
	Distribution []float64
}

// Limits of Bootstrap.
const (
	minResamples = 2
	maxResamples = 1 << 30
)

// Bootstrap finds how far a statistic of the data is determined by its being a
// sample: from resamples of the data, drawn with replacement, none of which is
// stored. data has one axis, or two with a row for each observation. The statistic
// is computed in float64. BCa computes it of the data without each of its rows as
// well, which takes time in proportion to the square of their number.
func Bootstrap[T Float](ctx context.Context, data Array[T], stat Statistic, resamples int, seed uint64, method BootstrapMethod, opts ...Option) (out Bootstrapped, err error) {
	ctx, finish := watch(ctx, opts)
	defer func() { finish(&err) }()
	b, err := newBootstrap(ctx, data, stat, resamples, method, opts)
	if err != nil {
		return Bootstrapped{}, fmt.Errorf("bootstrap: %w", err)
	}
	out, err = b.run(ctx, seed)
	if err != nil {
		return Bootstrapped{}, fmt.Errorf("bootstrap: %w", err)
	}
	return out, nil
}

// bootstrap is the data by columns, and what to do with it.
type bootstrap[T Float] struct {
	columns   [][]T
	stat      Statistic
	resamples int
	method    BootstrapMethod
	level     float64
	opts      []Option
}

func newBootstrap[T Float](ctx context.Context, data Array[T], stat Statistic, resamples int, method BootstrapMethod, opts []Option) (*bootstrap[T], error) {
	n := data.node()
	switch {
	case n.Err != nil:
		return nil, n.Err
	case len(n.Shape) != 1 && len(n.Shape) != 2:
		return nil, fmt.Errorf("data of shape %v, expected one axis, or two with a row for each observation", n.Shape)
	case n.Size() == 0:
		return nil, fmt.Errorf("data of shape %v: an empty sample", n.Shape)
	case resamples < minResamples || resamples > maxResamples:
		return nil, fmt.Errorf("%d resamples, expected %d to %d", resamples, minResamples, maxResamples)
	case stat == nil:
		return nil, errors.New("no statistic given")
	case method > Basic:
		return nil, fmt.Errorf("%s is not a method", method)
	case method == BCa && n.Shape[0] < 2:
		return nil, errors.New("bca needs at least 2 observations, 1 given")
	}
	o := merge(opts)
	level, err := o.confidence()
	if err != nil {
		return nil, err
	}
	if len(n.Shape) == 1 {
		data = data.Reshape(-1, 1)
	}
	values, err := data.T().Data(ctx, opts...)
	if err != nil {
		return nil, err
	}
	b := &bootstrap[T]{stat: stat, resamples: resamples, method: method, level: level, opts: opts}
	for c := range slices.Chunk(values, n.Shape[0]) {
		b.columns = append(b.columns, c)
	}
	return b, nil
}

// of is the statistic of samples of one shape (rows, n): of makes that of each
// column.
func (b *bootstrap[T]) of(ctx context.Context, rows int, of func(column []T) *expr.Node) ([]float64, error) {
	x := make([]Array[float64], len(b.columns))
	for i, c := range b.columns {
		x[i] = Array[float64]{expr.ConvertTo(of(c), kernels.F64)}
		if err := x[i].Err(); err != nil {
			return nil, err
		}
	}
	value := b.stat(x)
	if err := value.Err(); err != nil {
		return nil, err
	}
	if s := value.Shape(); len(s) != 1 || s[0] != rows {
		return nil, fmt.Errorf("the statistic of samples of shape %v has shape %v, expected [%d]: it has to reduce the last axis", x[0].Shape(), s, rows)
	}
	return b.evaluate(ctx, value, rows*len(b.columns[0]))
}

// pieceElements is how many resampled values are evaluated at a time where somebody
// wants to know how far it is.
const pieceElements = 1 << 26

// evaluate evaluates statistics of so many values, in pieces if somebody wants to
// know how far it is.
func (b *bootstrap[T]) evaluate(ctx context.Context, value Array[float64], elements int) ([]float64, error) {
	rows := value.Size()
	if meter.Of(ctx) == nil || elements <= pieceElements || rows < 2 {
		return value.Data(ctx, b.opts...)
	}
	out := make([]float64, rows)
	step := max(1, pieceElements/(elements/rows))
	for at := 0; at < rows; at += step {
		n := min(step, rows-at)
		piece := Array[float64]{new(expr.Parts).Along(value.node(), 0, at, n)}
		part := meter.Part(ctx, float64(at)/float64(rows), float64(at+n)/float64(rows))
		if err := piece.Into(part, out[at:at+n], b.opts...); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// resamplesShare is the share that the resamples have in all values of which the
// statistic is computed: BCa takes those of the data without each of its rows as well.
func (b *bootstrap[T]) resamplesShare() float64 {
	if b.method != BCa {
		return 1
	}
	return float64(b.resamples) / float64(b.resamples+len(b.columns[0])-1)
}

func (b *bootstrap[T]) run(ctx context.Context, seed uint64) (Bootstrapped, error) {
	n := len(b.columns[0])
	out := Bootstrapped{Samples: n, Resamples: b.resamples, Method: b.method, Confidence: b.level}
	share := b.resamplesShare()
	whole, err := b.of(meter.Off(ctx), 1, func(c []T) *expr.Node { return FromSlice(c, 1, n).node() })
	if err != nil {
		return out, err
	}
	out.Value = whole[0]
	out.Distribution, err = b.of(meter.Part(ctx, 0, share), b.resamples, func(c []T) *expr.Node {
		return expr.NewPick(FromSlice(c).node(), seed, nil, []int{b.resamples, n})
	})
	if err != nil {
		return out, err
	}
	slices.Sort(out.Distribution)
	if bad := countNotFinite(out.Distribution); bad > 0 || countNotFinite(whole) > 0 {
		return out, fmt.Errorf("the statistic is %v, and NaN or infinite for %d of %d resamples", out.Value, bad, b.resamples)
	}
	mean, deviation := meanAndDeviation(out.Distribution)
	out.Bias, out.StdErr = mean-out.Value, deviation
	low, high := (1-b.level)/2, (1+b.level)/2
	if b.method == BCa {
		if low, high, err = b.corrected(meter.Part(ctx, share, 1), &out); err != nil {
			return out, err
		}
	}
	out.Low, out.High = quantile(out.Distribution, low), quantile(out.Distribution, high)
	if b.method == Basic {
		out.Low, out.High = 2*out.Value-out.High, 2*out.Value-out.Low
	}
	return out, nil
}

// corrected are the probabilities of the percentiles that BCa takes. A statistic
// that is the same for all resamples, or for the data without any of its rows, has
// neither bias nor acceleration that could be found; the plain ones stand for it.
func (b *bootstrap[T]) corrected(ctx context.Context, r *Bootstrapped) (low, high float64, err error) {
	n := len(b.columns[0])
	left, err := b.of(ctx, n, func(c []T) *expr.Node { return leaveOneOut(c) })
	if err != nil {
		return 0, 0, err
	}
	if bad := countNotFinite(left); bad > 0 {
		return 0, 0, fmt.Errorf("bca: the statistic is NaN or infinite without one of %d of %d observations", bad, n)
	}
	below, _ := slices.BinarySearch(r.Distribution, r.Value)
	upTo, _ := slices.BinarySearchFunc(r.Distribution, r.Value, func(x, v float64) int {
		if x <= v {
			return -1
		}
		return 1
	})
	bias := normalQuantile(float64(below+upTo) / float64(2*b.resamples))
	if math.IsInf(bias, 0) {
		return 0, 0, fmt.Errorf("bca: the statistic of the data, %v, lies beyond all %d resamples: take percentile", r.Value, b.resamples)
	}
	a := acceleration(left)
	at := func(z float64) float64 {
		z += bias
		return normalProbability(bias + z/(1-float64(a*z)))
	}
	bound := normalBound(b.level)
	return at(-bound), at(bound), nil
}

// acceleration is a sixth of the skewness of the deviations of the statistics of the
// data without each of its rows, divided by the root of their number; 0 if all
// agree.
func acceleration(left []float64) float64 {
	mean, largest := centre(left)
	if largest == 0 {
		return 0
	}
	square, cube := 0.0, 0.0
	for _, x := range left {
		d := (mean - x) / largest
		square += float64(d * d)
		cube += float64(d * d * d)
	}
	return cube / (6 * square * math.Sqrt(square))
}

// leaveOneOut is the data without each of its rows, as (n, n−1): row i holds the n−1
// values after number i, going round. That is a view of the data twice.
func leaveOneOut[T Float](c []T) *expr.Node {
	n := len(c)
	twice := slices.Concat(c, c)
	layout := kernels.Layout{Shape: []int{n, n - 1}, Strides: []int{1, 1}, Offset: 1}
	return expr.NewSource(typeOf[T](), newHostData(typeOf[T](), bytesOf(twice)), layout)
}

func countNotFinite(x []float64) (count int) {
	for _, v := range x {
		if math.IsNaN(v) || math.IsInf(v, 0) {
			count++
		}
	}
	return count
}

// centre is the mean and the largest deviation from it. The sum is of differences
// from the first value, so that of equal values the mean is that value.
func centre(x []float64) (mean, largest float64) {
	for _, v := range x {
		mean += v - x[0]
	}
	mean = x[0] + mean/float64(len(x))
	for _, v := range x {
		largest = math.Max(largest, math.Abs(v-mean))
	}
	return mean, largest
}

// meanAndDeviation is the mean and the sample's standard deviation. Deviations are
// squared relative to the largest, so that no square is too large or small.
func meanAndDeviation(x []float64) (mean, deviation float64) {
	mean, largest := centre(x)
	if largest == 0 {
		return mean, 0
	}
	squares := 0.0
	for _, v := range x {
		d := (v - mean) / largest
		squares += float64(d * d)
	}
	return mean, largest * math.Sqrt(squares/float64(len(x)-1))
}

// quantile is that of ascending values, linear between them as NumPy's default.
func quantile(x []float64, p float64) float64 {
	at := p * float64(len(x)-1)
	i := max(0, min(len(x)-1, int(math.Floor(at))))
	j := min(len(x)-1, i+1)
	return x[i] + float64((at-float64(i))*(x[j]-x[i]))
}
