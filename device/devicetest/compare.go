package devicetest

import (
	"fmt"
	"math"
	"strings"

	"github.com/quern-go/quern/kernels"
	"github.com/quern-go/quern/kernels/oracle"
)

// same reports whether two values of type t have the same bits or are both NaN.
func same(t kernels.DType, a, b uint64) bool {
	return a == b || isNaN(t, a) && isNaN(t, b)
}

func isNaN(t kernels.DType, bits uint64) bool {
	switch t {
	case kernels.F32:
		f := math.Float32frombits(uint32(bits))
		return f != f
	case kernels.F64:
		f := math.Float64frombits(bits)
		return f != f
	}
	return false
}

// differences describes how an array differs from what is wanted; "" if it does
// not. The whole array is compared, guard bands and gaps too.
func differences(got, want oracle.Array) string {
	if string(got.Bytes) == string(want.Bytes) {
		return ""
	}
	first, count := -1, 0
	for i := range want.Len() {
		if !same(want.Type, got.At(i), want.At(i)) {
			if count == 0 {
				first = i
			}
			count++
		}
	}
	if count == 0 {
		return ""
	}
	text := fmt.Sprintf("element %d of the buffer's %d is %s, expected %s (%d differ)",
		first, want.Len(), describe(want.Type, got.At(first)), describe(want.Type, want.At(first)), count)
	if want.At(first) == guardBits(want.Type) {
		text += "; it is not part of the output"
	}
	return text
}

func describe(t kernels.DType, bits uint64) string {
	return fmt.Sprintf("%#0*x (%s)", 2*t.Size(), bits, kernels.FormatBits(t, bits))
}

// describeLaunch is a launch's shape and operands, for reports.
func describeLaunch(args *oracle.Args) string {
	var s strings.Builder
	fmt.Fprintf(&s, "shape %v", args.Shape)
	if args.Reduced > 0 {
		fmt.Fprintf(&s, ", %d axes reduced", args.Reduced)
	}
	for i, op := range args.Ins {
		fmt.Fprintf(&s, "\ninput %d: %s offset %d strides %v", i, op.Type, op.Offset, op.Strides)
	}
	for i, op := range args.Outs {
		fmt.Fprintf(&s, "\noutput %d: %s offset %d strides %v", i, op.Type, op.Offset, op.Strides)
	}
	for i, l := range args.Indices {
		fmt.Fprintf(&s, "\nindex %d: offset %d strides %v", i, l.Offset, l.Strides)
	}
	for i, p := range args.Params {
		fmt.Fprintf(&s, "\nparam %d: %#x", i, p)
	}
	return s.String()
}
