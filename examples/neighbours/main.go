// Neighbours classifies flowers: each takes the species that most of its five nearest
// flowers have. The matrix of distances is not stored.
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

const nearest = 5

// flowers reads the measurements (n, 4) and the species of each flower.
func flowers(path string) (ops.Array[float64], []string, error) {
	f, err := os.Open(path)
	if err != nil {
		return ops.Array[float64]{}, nil, err
	}
	defer f.Close()
	rows, err := csv.NewReader(f).ReadAll()
	if err != nil {
		return ops.Array[float64]{}, nil, err
	}
	var data []float64
	var species []string
	for _, row := range rows[1:] {
		for _, text := range row[:4] {
			x, err := strconv.ParseFloat(text, 64)
			if err != nil {
				return ops.Array[float64]{}, nil, err
			}
			data = append(data, x)
		}
		species = append(species, row[4])
	}
	return ops.FromSlice(data, len(species), 4), species, nil
}

// mostCommon is the species that most of the flowers have, of equals the one that
// came first.
func mostCommon(flowers []int, species []string) string {
	counts := make(map[string]int)
	best := ""
	for _, i := range flowers {
		counts[species[i]]++
	}
	for _, i := range flowers {
		if counts[species[i]] > counts[best] {
			best = species[i]
		}
	}
	return best
}

func main() {
	ctx := context.Background()
	x, species, err := flowers("../data/iris.csv")
	if err != nil {
		log.Fatal(err)
	}
	for _, metric := range []ops.Metric{ops.Euclidean, ops.SEuclidean(nil), ops.CityBlock, ops.Cosine} {
		// One more than are asked for: a flower is its own nearest.
		_, found, err := ops.PairwiseDistance(x, x, metric).TopK(ctx, nearest+1, 1)
		if err != nil {
			log.Fatal(err)
		}
		right := 0
		for i, want := range species {
			var others []int
			for _, j := range found[i*(nearest+1) : (i+1)*(nearest+1)] {
				if j != i && len(others) < nearest {
					others = append(others, j)
				}
			}
			if mostCommon(others, species) == want {
				right++
			}
		}
		fmt.Printf("%-11s %d of %d flowers recognised\n", metric, right, len(species))
	}
}
