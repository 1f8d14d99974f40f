// Kmeans finds three groups among flowers by Lloyd's algorithm, without being told
// their species.
package main

import (
	"context"
	"fmt"
	"log"
	"slices"

	_ "github.com/quern-go/quern/device/all"
	"github.com/quern-go/quern/examples/data"
	"github.com/quern-go/quern/ops"
)

const groups = 3

// means are the centres of the groups that the flowers have been given: a product of
// a matrix of zeros and ones, one row for each group, with the measurements.
func means(x ops.Array[float64], group []int) ops.Array[float64] {
	numbers := make([]float64, len(group))
	for i, g := range group {
		numbers[i] = float64(g)
	}
	member := ops.Arange[float64](0, groups, 1).ExpandDims(1).Equal(ops.FromSlice(numbers))
	return member.MatMul(x).Div(member.Sum(1).ExpandDims(1))
}

func main() {
	ctx := context.Background()
	x, _, err := data.Iris()
	if err != nil {
		log.Fatal(err)
	}
	centres := x.Slice(ops.All().By(60)) // rows 0, 60 and 120 to begin with
	var group []int
	for step := 1; ; step++ {
		d := ops.PairwiseDistance(x, centres, ops.SqEuclidean)
		next, err := d.ArgMin(1).Ints(ctx)
		if err != nil {
			log.Fatal(err)
		}
		total, err := d.Min(1).Sum().Scalar(ctx)
		if err != nil {
			log.Fatal(err)
		}
		fmt.Printf("step %d: squared distances from the centres %.4f\n", step, total)
		if slices.Equal(next, group) {
			break
		}
		group = next
		if centres, err = means(x, group).Eval(ctx); err != nil {
			log.Fatal(err)
		}
	}
	sizes := make([]int, groups)
	for _, g := range group {
		sizes[g]++
	}
	fmt.Println("groups of", sizes, "flowers")
}
