package expr

import (
	"sync"

	"github.com/quern-go/quern/kernels"
	"github.com/quern-go/quern/kernels/mathfn"
)

// function is one function of kernels/mathfn as an operation.
type function struct {
	info mathfn.Info
	cost func() int
}

// functions lists them in mathfn's order: number i is the Op numOps + i.
var functions = sync.OnceValue(func() []function {
	var list []function
	for _, info := range mathfn.Functions() {
		list = append(list, function{info, sync.OnceValue(func() int { return callCost(info.Name) })})
	}
	return list
})

// Function is the operation that applies the function of kernels/mathfn with
// that name, such as "exp", and how many arguments it takes.
func Function(name string) (op Op, params int, ok bool) {
	for i, f := range functions() {
		if f.info.Name == name {
			return numOps + Op(i), f.info.Params, true
		}
	}
	return Failed, 0, false
}

// Call applies the function of kernels/mathfn with that name to one or two
// arrays, broadcast together.
func Call(name string, x ...*Node) *Node {
	op, params, ok := Function(name)
	switch {
	case !ok || params != len(x) || params > 2:
		return Failf("%s: no function of this name takes %d arrays", name, len(x))
	case params == 1:
		return Unary(op, x[0])
	}
	return Binary(op, x[0], x[1])
}

// functionOf is the function that an Op applies, or nil.
func functionOf(op Op) *function {
	if i := int(op) - int(numOps); i >= 0 && i < len(functions()) {
		return &functions()[i]
	}
	return nil
}

func (f *function) call(b *kernels.Builder, t kernels.DType, args []kernels.Value) kernels.Value {
	called, _ := mathfn.Lookup(f.info.Name, t)
	return b.Call(called, args...)
}

// callCost is the time of a function relative to an addition: that of the
// instructions of its likely case, and half as much again for its constants and
// the dependence of each instruction on the last.
func callCost(name string) int {
	f, _ := mathfn.Lookup(name, kernels.F32)
	body := f.Body
	if fast, ok, err := body.Likely(); ok && err == nil {
		body = fast
	}
	cost := 0
	for i := range body.Insts {
		switch body.Insts[i].Op {
		case kernels.OpConst, kernels.OpArg, kernels.OpBitcast:
		case kernels.OpDiv, kernels.OpSqrt:
			cost += 8
		default:
			cost++
		}
	}
	return cost + cost/2
}
