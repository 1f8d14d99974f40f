package expr

import "fmt"

// Op is what a Node computes.
type Op uint8

// The operations.
const (
	Failed Op = iota // carries an error

	// Leaves.
	Source  // an array that exists: in host memory or on a device
	Const   // one value, at every position
	Arange  // start + i·delta: args are two constants
	Uniform // element of a random stream: arg is the seed
	Normal
	Integers // whole numbers below a bound: args are the seed and the bound (U64)
	Pick     // an element of an array drawn at random: args are those of Integers and the array
	State    // a value that a step of Iterate starts with
	StepNo   // the number of the step

	// Gathered: element Args[1] of an axis of Args[0]: see NewTake.
	Take

	// Elementwise, one argument.
	Neg
	Abs
	Square
	Sqrt
	Floor
	Rint
	Reciprocal
	Convert  // to the Node's type
	FromBits // the Node's type, a float's, from an I64 that has its bits

	// Elementwise, two arguments.
	Add
	Sub
	Mul
	Div
	Minimum
	Maximum
	Less
	LessEqual
	Greater
	GreaterEqual
	Equal
	NotEqual

	// Elementwise, three arguments.
	Where
	FMA

	Sobol // coordinate Number of a point: args are its number, the replicate's and the seed

	// Elementwise, of lists: see List and Loop.
	Tuple
	Iterate

	// Views: see View.
	Permute
	Slice
	Broadcast
	Reshape

	// Reductions: see Reduction.
	Sum
	Prod
	Min
	Max
	ArgMin
	ArgMax
	Moments // float64 sums of values and products: see NewMoments

	// Contraction: see Step.
	Contract

	// Concat joins two arrays along Node.Axis.
	Concat

	// Top finds the smallest elements along Node.Axis: see NewTop.
	Top

	// Along Node.Axis: see NewScan, NewSelect, NewHistogram.
	CumSum
	CumProd
	Sort
	ArgSort
	Select
	Histogram

	numOps // the functions of kernels/mathfn follow, elementwise too: see Function
)

var opNames = [numOps]string{
	"failed", "source", "const", "arange", "uniform", "normal", "integers", "pick", "state", "step", "take",
	"neg", "abs", "square", "sqrt", "floor", "rint", "reciprocal", "convert", "from_bits",
	"add", "sub", "mul", "div", "minimum", "maximum",
	"less", "less_equal", "greater", "greater_equal", "equal", "not_equal",
	"where", "fma", "sobol", "tuple", "iterate",
	"transpose", "slice", "broadcast", "reshape",
	"sum", "prod", "min", "max", "argmin", "argmax", "moments",
	"contract", "concat", "topk",
	"cumsum", "cumprod", "sort", "argsort", "select", "histogram",
}

// String is NumPy's name of the operation where it has one, and a function's in
// kernels/mathfn.
func (op Op) String() string {
	if op < numOps {
		return opNames[op]
	}
	if f := functionOf(op); f != nil {
		return f.info.Name
	}
	return fmt.Sprintf("op(%d)", uint8(op))
}

// IsElementwise reports whether each element of the result depends on one
// element of each argument.
func (op Op) IsElementwise() bool { return op >= Neg && op <= Iterate || op >= numOps }

// IsView reports whether the result shows the argument's elements unchanged.
func (op Op) IsView() bool { return op >= Permute && op <= Reshape }

// IsReduction reports whether the result combines elements along axes.
func (op Op) IsReduction() bool { return op >= Sum && op <= Moments }

// IsKernel reports whether the operation needs kernels of its own, whose result
// is stored.
func (op Op) IsKernel() bool { return op.IsReduction() || op >= Contract && op < numOps }

// IsScan reports whether the operation works along an axis by a kernels.Scan.
func (op Op) IsScan() bool { return op >= CumSum && op <= Histogram }

// IsRandom reports whether the elements are random numbers.
func (op Op) IsRandom() bool { return op >= Uniform && op <= Pick }
