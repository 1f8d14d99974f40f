// Neighbours classifies flowers: each takes the species that most of its five nearest
// flowers have. The matrix of distances is not stored.
package main

import (
	"context"
	"fmt"
	"log"

	_ "github.com/quern-go/quern/device/all"
	"github.com/quern-go/quern/examples/data"
	"github.com/quern-go/quern/ops"
)

const nearest = 5

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
	x, species, err := data.Iris()
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
