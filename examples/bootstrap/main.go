// Bootstrap asks how well 150 flowers determine the mean length of a petal, and its
// correlation with that of the sepal: from 20,000 resamples, none of which is stored.
package main

import (
	"context"
	"fmt"
	"log"

	_ "github.com/quern-go/quern/device/all"
	"github.com/quern-go/quern/examples/data"
	"github.com/quern-go/quern/ops"
)

func main() {
	ctx := context.Background()
	x, _, err := data.Iris()
	if err != nil {
		log.Fatal(err)
	}
	lengths := x.Slice(ops.All(), ops.All().By(2)) // of sepals and petals: columns 0 and 2
	for _, s := range []struct {
		name string
		stat ops.Statistic
	}{
		{"mean petal length", func(x []ops.Array[float64]) ops.Array[float64] { return x[1].Mean(-1) }},
		{"correlation with the sepal", ops.Correlation},
	} {
		b, err := ops.Bootstrap(ctx, lengths, s.stat, 20_000, 1, ops.BCa)
		if err != nil {
			log.Fatal(err)
		}
		fmt.Printf("%s: %.3f ± %.3f, 95%% interval [%.3f, %.3f]\n", s.name, b.Value, b.StdErr, b.Low, b.High)
	}
}
