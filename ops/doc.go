// Package ops computes with n-dimensional arrays on whatever hardware is there.
//
// An Array describes a computation; nothing runs until a value is asked for.
// Then the whole expression is planned as one: element by element operations are
// fused into the reductions and products that use them, common parts are
// computed once, and the plan runs on the device predicted to be fastest. Like
// every program with this package,
//
//	a := ops.Uniform[float32](1, 1000, 1000) // seed, shape; nothing has run
//	b := ops.Uniform[float32](2, 1000, 1000)
//	total := a.Square().MatMul(b).Sum() // still nothing
//	v, err := total.Scalar(ctx)         // planned, fused, run
//	if err != nil {
//		return err
//	}
//	fmt.Println(v)
//
// runs on a GPU where a driver finds one, else on all cores of the CPU. It gives
// the same bits everywhere: the order of every sum is fixed by shapes and axes.
//
// # Arrays
//
// Arrays come from Go slices (FromSlice, not copied), gonum matrices
// (FromMatrix) and generators (Full, Zeros, Ones, Arange, Linspace, Eye, Uniform,
// Normal, Integers, Choice).
// Shapes, broadcasting, negative axes and the names of operations follow NumPy:
//
//	centred := x.Sub(x.Mean(0))        // of each column
//	scaled := centred.Div(x.Std(0))    // also lazy
//	head := scaled.Slice(ops.To(10))   // the first ten rows
//
// Comparisons give 1 or 0, for Where. Reductions take any axes, none meaning
// all. ArgMin, ArgMax, ArgSort, CountNonZero and Histogram give an IntArray, of
// positions or counts, for Take or, by Floats, for arithmetic.
//
// A mistake, such as shapes that do not fit, is kept in the Array and returned
// when it is evaluated, so that formulas can be written without checks between.
// Err tells earlier.
//
// # Values
//
// Data returns a new slice, Into fills one (it may be the slice of a source:
// y.Add(x).Into(ctx, ySlice) is y += x), Scalar returns a single element, Dense
// a gonum matrix, and Eval an Array whose value stays on its device for further
// use. All of them take a context and stop early, with its error, when it ends.
//
// Evaluating the same Array again, or another of the same structure, reuses its
// plan. Scalars and seeds are arguments of a plan, not part of it.
//
// # Distances and simulations
//
//	d := ops.PairwiseDistance(x, y, ops.Euclidean) // lazy m×n
//	nearest, err := d.ArgMin(1).Ints(ctx)          // the matrix is never stored
//	near, rows, err := d.TopK(ctx, 10, 1)           // nor for the ten nearest
//
//	pi, err := ops.MonteCarlo(ctx, 1e9, 42, func(r *ops.Draws[float32]) ops.Array[float32] {
//		x, y := r.Uniform(), r.Uniform()
//		return x.Square().Add(y.Square()).LessScalar(1).MulScalar(4)
//	}) // pi.Mean, pi.StdErr, pi.Samples
//
// # Devices
//
// The environment variable QUERN_DEVICE or the options On and OnDevice choose a
// device; WithEngine uses an Engine of one's own. GPU drivers are compiled in by
//
//	import _ "github.com/quern-go/quern/device/all"
//
// If a device has too little memory, the evaluation is done there in panels, piece
// by piece; on the CPU that keeps temporaries within 64 MiB, or what Workspace says. Values
// that would be recomputed too often lie in temporary files meanwhile. If a device cannot run a kernel, fails, or no panel is
// small enough for it, the next of the engine's devices does the work, and the CPU
// last: Engine.Stats counts that, it is logged once through log/slog, Explain
// shows it, and under Strict it is an error. A device that is lost is not used
// again by its Engine. It takes with it the arrays that Eval has left there and
// that were never anywhere else; using one of those is an error.
//
// # What is fixed
//
// The order of additions, and so every bit of a result, follows from the
// expression alone, by the rules that the packages kernels and kernels/mathfn
// state. The planner changes it in one way only: algebra that saves whole orders
// of work, such as the sum of a matrix product without the product. Explain
// lists the rules it used, and Exact turns them off.
//
// Fast, which nothing implies, lets tensor cores round the factors of products: see
// docs/arithmetic.md for how far results then are from these.
package ops
