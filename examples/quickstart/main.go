// Quickstart is the program of the README: arrays are lazy, and nothing runs
// until a result is asked for.
package main

import (
	"context"
	"fmt"
	"log"

	_ "github.com/quern-go/quern/device/all"
	"github.com/quern-go/quern/ops"
)

func main() {
	ctx := context.Background()
	a := ops.Uniform[float32](1, 1000, 1000) // seed, shape
	b := ops.Uniform[float32](2, 1000, 1000)
	total, err := a.Square().MatMul(b).Sum().Scalar(ctx) // planned, fused, run on the best device
	if err != nil {
		log.Fatal(err)
	}
	nearest, err := ops.PairwiseDistance(a, b, ops.Euclidean).ArgMin(1).Ints(ctx) // no 1000×1000 matrix is made
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println("total", total, "nearest", nearest[:5])
}
