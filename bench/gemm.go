package bench

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/quern-go/quern/ops"
)

// Gemms lists products of square and of skinny matrices, up to side.
func Gemms[T ops.Float](side int) []Workload {
	var out []Workload
	for n := max(side/64, 16); n <= side; n *= 2 {
		out = append(out, Gemm[T](n, n, n))
	}
	return append(out, Gemm[T](side, side, side/64), Gemm[T](side/64, side, side), Gemm[T](side, 1, side))
}

// Gemm is the product of an m×k and a k×n array.
func Gemm[T ops.Float](m, n, k int) Workload {
	kind, limit := "sgemm", FMA32
	if typeName[T]() == "float64" {
		kind, limit = "dgemm", FMA64
	}
	w := Workload{
		Name:    kind + "/" + shapeName(m, n, k),
		Summary: fmt.Sprintf("matrix product, %s %d×%d by %d×%d", typeName[T](), m, k, k, n),
		Bytes:   elementBytes[T]() * (float64(m)*float64(k) + float64(k)*float64(n) + float64(m)*float64(n)),
		Flops:   2 * float64(m) * float64(n) * float64(k),
		Formula: "bytes: a and b read, c written once; flops: an fma for each of m·n·k",
		Limit:   limit,
	}
	if n == 1 {
		w.Limit = Reading
	}
	return evaluation[T]{
		Workload: w,
		operands: []operand{{name: "a", shape: []int{m, k}}, {name: "b", shape: []int{k, n}, axis: 1, out: 1}},
		expr:     func(in []ops.Array[T]) result[T] { return in[0].MatMul(in[1]) },
	}.workload()
}

// shapeName prints a shape as 100x20x3, or as one length where all are equal.
func shapeName(shape ...int) string {
	name, equal := "", true
	for i, n := range shape {
		if i > 0 {
			name += "x"
		}
		name += fmt.Sprint(n)
		equal = equal && n == shape[0]
	}
	if equal {
		return sizeName(shape[0])
	}
	return name
}

// parseShape reads the size in the name of a workload; one length of a product stands for three.
func parseShape(size string) []int {
	var shape []int
	for _, part := range strings.Split(size, "x") {
		n, err := strconv.ParseFloat(part, 64)
		if err != nil {
			return nil
		}
		shape = append(shape, int(n))
	}
	if len(shape) == 1 {
		shape = append(shape, shape[0], shape[0])
	}
	return shape
}
