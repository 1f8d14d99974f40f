// Bootstrap asks how well 150 flowers determine the mean length of a petal, and its
// correlation with that of the sepal: from 20,000 resamples, none of which is stored.
package main

import (
	"context"
	"encoding/csv"
	"fmt"
	"log"
	"os"
	"strconv"

	_ "github.com/quern-go/quern/device/all"
	"github.com/quern-go/quern/ops"
)

// petals reads two columns of the data set, the lengths of sepals and petals.
func petals(path string) (ops.Array[float64], error) {
	f, err := os.Open(path)
	if err != nil {
		return ops.Array[float64]{}, err
	}
	defer f.Close()
	rows, err := csv.NewReader(f).ReadAll()
	if err != nil {
		return ops.Array[float64]{}, err
	}
	var data []float64
	for _, row := range rows[1:] {
		for _, column := range []int{0, 2} {
			x, err := strconv.ParseFloat(row[column], 64)
			if err != nil {
				return ops.Array[float64]{}, err
			}
			data = append(data, x)
		}
	}
	return ops.FromSlice(data, len(data)/2, 2), nil
}

func main() {
	ctx := context.Background()
	data, err := petals("../data/iris.csv")
	if err != nil {
		log.Fatal(err)
	}
	for _, s := range []struct {
		name string
		stat ops.Statistic
	}{
		{"mean petal length", func(x []ops.Array[float64]) ops.Array[float64] { return x[1].Mean(-1) }},
		{"correlation with the sepal", ops.Correlation},
	} {
		b, err := ops.Bootstrap(ctx, data, s.stat, 20_000, 1, ops.BCa)
		if err != nil {
			log.Fatal(err)
		}
		fmt.Printf("%s: %.3f ± %.3f, 95%% interval [%.3f, %.3f]\n", s.name, b.Value, b.StdErr, b.Low, b.High)
	}
}
