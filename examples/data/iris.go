// Package data is the data set of the examples, so that they run in any directory.
package data

import (
	"bytes"
	_ "embed"
	"encoding/csv"
	"fmt"
	"strconv"

	"github.com/quern-go/quern/ops"
)

//go:embed iris.csv
var iris []byte

// Iris is Fisher's measurements of 150 flowers in centimetres, (150, 4): length and width
// of the sepal, length and width of the petal; and the species of each flower.
func Iris() (measurements ops.Array[float64], species []string, err error) {
	rows, err := csv.NewReader(bytes.NewReader(iris)).ReadAll()
	if err != nil {
		return measurements, nil, fmt.Errorf("iris: %w", err)
	}
	var values []float64
	for _, row := range rows[1:] { // the first is the names of the columns
		for _, text := range row[:4] {
			x, err := strconv.ParseFloat(text, 64)
			if err != nil {
				return measurements, nil, fmt.Errorf("iris: %w", err)
			}
			values = append(values, x)
		}
		species = append(species, row[4])
	}
	return ops.FromSlice(values, len(species), 4), species, nil
}
