package evalexpr

import (
	"math"
	"strings"
)

// Function describes one function that expressions may call.
type Function struct {
	Name    string
	Aliases []string // NumPy's other names for it
	Usage   string
	Summary string
}

// constants are the names that stand for numbers.
var constants = map[string]float64{"pi": math.Pi, "e": math.E, "inf": math.Inf(1), "nan": math.NaN()}

var functions = []Function{
	{"abs", []string{"absolute", "fabs"}, "abs(x)", "absolute value"},
	{"negative", nil, "negative(x)", "−x"},
	{"square", nil, "square(x)", "x·x"},
	{"sqrt", nil, "sqrt(x)", "square root, correctly rounded"},
	{"reciprocal", nil, "reciprocal(x)", "1/x"},
	{"exp", nil, "exp(x)", "e to the power x"},
	{"exp2", nil, "exp2(x)", "2 to the power x"},
	{"expm1", nil, "expm1(x)", "e to the power x, less 1; accurate for small x"},
	{"log", nil, "log(x)", "natural logarithm"},
	{"log2", nil, "log2(x)", "logarithm to base 2"},
	{"log10", nil, "log10(x)", "logarithm to base 10"},
	{"log1p", nil, "log1p(x)", "natural logarithm of 1 + x; accurate for small x"},
	{"sin", nil, "sin(x)", "sine of x radians"},
	{"cos", nil, "cos(x)", "cosine of x radians"},
	{"tan", nil, "tan(x)", "tangent of x radians"},
	{"arcsin", []string{"asin"}, "arcsin(x)", "inverse sine, in radians"},
	{"arccos", []string{"acos"}, "arccos(x)", "inverse cosine, in radians"},
	{"arctan", []string{"atan"}, "arctan(x)", "inverse tangent, in radians"},
	{"sinh", nil, "sinh(x)", "hyperbolic sine"},
	{"cosh", nil, "cosh(x)", "hyperbolic cosine"},
	{"tanh", nil, "tanh(x)", "hyperbolic tangent"},
	{"deg2rad", []string{"radians"}, "deg2rad(x)", "x degrees in radians"},
	{"rad2deg", []string{"degrees"}, "rad2deg(x)", "x radians in degrees"},
	{"cbrt", nil, "cbrt(x)", "cube root"},
	{"erf", nil, "erf(x)", "error function"},
	{"erfc", nil, "erfc(x)", "1 − erf(x); accurate for large x"},
	{"expit", []string{"sigmoid"}, "expit(x)", "logistic function 1/(1 + e^−x)"},
	{"log_expit", []string{"logsigmoid"}, "log_expit(x)", "logarithm of expit(x)"},
	{"softplus", nil, "softplus(x)", "natural logarithm of 1 + e^x"},
	{"ndtri", nil, "ndtri(p)", "normal quantile: the x not exceeded with probability p"},
	{"floor", nil, "floor(x)", "largest integer not above x"},
	{"ceil", nil, "ceil(x)", "smallest integer not below x"},
	{"trunc", []string{"fix"}, "trunc(x)", "x without its fraction"},
	{"rint", []string{"round", "around"}, "rint(x)", "nearest integer, ties to even"},
	{"sign", nil, "sign(x)", "1, 0 or −1 as x is above, equal to or below 0"},
	{"clip", nil, "clip(x, least, most)", "x held between two bounds"},
	{"isnan", nil, "isnan(x)", "1 where x is NaN, else 0"},
	{"isinf", nil, "isinf(x)", "1 where x is infinite, else 0"},
	{"isfinite", nil, "isfinite(x)", "1 where x is neither infinite nor NaN, else 0"},
	{"add", nil, "add(x, y)", "x + y"},
	{"subtract", nil, "subtract(x, y)", "x − y"},
	{"multiply", nil, "multiply(x, y)", "x·y, element by element"},
	{"divide", []string{"true_divide"}, "divide(x, y)", "x/y"},
	{"pow", []string{"power"}, "pow(x, y)", "x to the power y"},
	{"mod", []string{"remainder"}, "mod(x, y)", "remainder of x/y with the sign of y"},
	{"fmod", nil, "fmod(x, y)", "remainder of x/y with the sign of x"},
	{"arctan2", []string{"atan2"}, "arctan2(y, x)", "angle of the point (x, y), in radians"},
	{"hypot", nil, "hypot(x, y)", "square root of x·x + y·y, without overflow"},
	{"copysign", nil, "copysign(x, y)", "x with the sign of y"},
	{"fma", nil, "fma(x, y, z)", "x·y + z, rounded once"},
	{"minimum", nil, "minimum(x, y)", "smaller of two, NaN if either is NaN"},
	{"maximum", nil, "maximum(x, y)", "larger of two, NaN if either is NaN"},
	{"less", nil, "less(x, y)", "1 where x < y, else 0"},
	{"less_equal", nil, "less_equal(x, y)", "1 where x ≤ y, else 0"},
	{"greater", nil, "greater(x, y)", "1 where x > y, else 0"},
	{"greater_equal", nil, "greater_equal(x, y)", "1 where x ≥ y, else 0"},
	{"equal", nil, "equal(x, y)", "1 where x = y, else 0"},
	{"not_equal", nil, "not_equal(x, y)", "1 where x ≠ y, else 0"},
	{"where", nil, "where(c, x, y)", "x where c is not 0, else y"},
	{"transpose", nil, "transpose(x[, axis…])", "axes reversed, or in the order given"},
	{"reshape", nil, "reshape(x, n[, …])", "the same elements in another shape; one n may be -1"},
	{"broadcast_to", nil, "broadcast_to(x, n[, …])", "x repeated to a shape"},
	{"expand_dims", nil, "expand_dims(x, axis)", "an axis of length 1 more"},
	{"squeeze", nil, "squeeze(x[, axis…])", "without axes of length 1"},
	{"slice", nil, "slice(x, axis, start, stop[, step])", "x[start:stop:step] along an axis"},
	{"take", nil, "take(x, i[, axis])", "elements at positions i of an axis, or of all"},
	{"concatenate", []string{"concat"}, "concatenate(x, y[, …][, axis])", "joined along an axis, the first unless given"},
	{"stack", nil, "stack(x, y[, …][, axis])", "joined along a new axis"},
	{"repeat", nil, "repeat(x, n[, axis])", "each element n times"},
	{"tile", nil, "tile(x, n[, axis])", "n copies along an axis, the last unless given"},
	{"flip", nil, "flip(x[, axis…])", "elements in reverse order"},
	{"roll", nil, "roll(x, n[, axis])", "elements moved on by n, round the end"},
	{"diff", nil, "diff(x[, n[, axis]])", "differences of neighbours, n times over"},
	{"tril", nil, "tril(x[, k])", "lower triangle, 0 above diagonal k"},
	{"triu", nil, "triu(x[, k])", "upper triangle, 0 below diagonal k"},
	{"diag", nil, "diag(x[, k])", "diagonal k of a matrix, or a matrix with that"},
	{"trace", nil, "trace(x)", "sum of the main diagonal"},
	{"full", nil, "full(n[, …], x)", "array of a shape, filled with x"},
	{"zeros", nil, "zeros(n[, …])", "array of zeros"},
	{"ones", nil, "ones(n[, …])", "array of ones"},
	{"eye", nil, "eye(n[, m[, k]])", "ones on diagonal k of an n×m matrix"},
	{"arange", nil, "arange([start, ]stop[, step])", "start, start+step, … before stop"},
	{"linspace", nil, "linspace(start, stop[, n])", "n values from start to stop, 50 unless given"},
	{"uniform", nil, "uniform(seed, n[, …])", "random numbers in [0, 1)"},
	{"normal", nil, "normal(seed, n[, …])", "standard normal random numbers"},
	{"sum", nil, "sum(x[, axis…])", "sum of all elements or along axes"},
	{"prod", nil, "prod(x[, axis…])", "product of all elements or along axes"},
	{"mean", nil, "mean(x[, axis…])", "arithmetic mean"},
	{"var", nil, "var(x[, axis…])", "population variance"},
	{"std", nil, "std(x[, axis…])", "population standard deviation"},
	{"min", []string{"amin"}, "min(x[, axis…])", "smallest element"},
	{"max", []string{"amax"}, "max(x[, axis…])", "largest element"},
	{"any", nil, "any(x[, axis…])", "1 where an element is not 0, else 0"},
	{"all", nil, "all(x[, axis…])", "1 where no element is 0, else 0"},
	{"count_nonzero", nil, "count_nonzero(x[, axis…])", "how many elements are not 0"},
	{"norm", nil, "norm(x[, p[, axis…]])", "p-norm of all elements or along axes, p = 2 unless given"},
	{"logsumexp", nil, "logsumexp(x[, axis…])", "logarithm of the sum of exp(x)"},
	{"softmax", nil, "softmax(x[, axis…])", "exp(x) divided by its sum"},
	{"log_softmax", nil, "log_softmax(x[, axis…])", "logarithm of softmax"},
	{"median", nil, "median(x[, axis…])", "middle element, or the mean of the two in the middle"},
	{"quantile", nil, "quantile(x, q[, axis…])", "value below which the fraction q of the elements lies"},
	{"percentile", nil, "percentile(x, p[, axis…])", "value below which p percent of the elements lie"},
	{"cumsum", nil, "cumsum(x[, axis])", "sums of each element with all before it"},
	{"cumprod", nil, "cumprod(x[, axis])", "products of each element with all before it"},
	{"sort", nil, "sort(x[, axis])", "in ascending order along an axis, the last unless given"},
	{"argsort", nil, "argsort(x[, axis])", "positions of the elements in ascending order"},
	{"histogram", nil, "histogram(x[, n[, low, high]])", "elements in each of n bins, 10 unless given"},
	{"histogram_edges", []string{"histogram_bin_edges"}, "histogram_edges(x[, n[, low, high]])", "where those bins begin and end"},
	{"histogram_between", nil, "histogram_between(x, edges)", "elements between each edge and the next"},
	{"argmin", nil, "argmin(x[, axis])", "position of the smallest element"},
	{"argmax", nil, "argmax(x[, axis])", "position of the largest element"},
	{"matmul", nil, "matmul(x, y)", "matrix product"},
	{"dot", nil, "dot(x, y)", "sum of products over the last axis of x and the last but one of y"},
	{"inner", nil, "inner(x, y)", "sum of products over the last axes"},
	{"outer", nil, "outer(x, y)", "every element of x times every element of y"},
	{"cdist", nil, "cdist(x, y[, metric[, p][, w]])", "distances between the rows of x and of y: see quern help metrics"},
}

// IsNumber reports whether a name stands for a number, and so for no array.
func IsNumber(name string) bool {
	_, ok := constants[name]
	return ok
}

// Functions lists what expressions may call, in the order of the help page.
func Functions() []Function { return append([]Function(nil), functions...) }

// functionNamed finds a function by name or alias.
func functionNamed(name string) (Function, bool) {
	for _, f := range functions {
		if f.Name == name {
			return f, true
		}
		for _, alias := range f.Aliases {
			if alias == name {
				return f, true
			}
		}
	}
	return Function{}, false
}

// known reports whether there is a function of that name.
func known(name string) bool {
	_, ok := functionNamed(name)
	return ok
}

// suggestion names functions that look like a wrong name.
func suggestion(name string) string {
	var near []string
	lower := strings.ToLower(name)
	for _, f := range functions {
		if strings.Contains(f.Name, lower) || strings.Contains(lower, f.Name) {
			near = append(near, f.Name)
		}
	}
	if len(near) == 0 {
		return " (quern help ops lists the known ones)"
	}
	return " (did you mean " + strings.Join(near, " or ") + "?)"
}
