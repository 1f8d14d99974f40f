package data_test

import (
	"context"
	"fmt"

	"github.com/quern-go/quern/examples/data"
)

func ExampleIris() {
	x, species, err := data.Iris()
	if err != nil {
		fmt.Println(err)
		return
	}
	means, err := x.Mean(0).Data(context.Background())
	fmt.Printf("%v %.4f %v %v\n", x.Shape(), means, species[149], err)
	// Output: [150 4] [5.8433 3.0573 3.7580 1.1993] virginica <nil>
}
