package cpu

import "github.com/quern-go/quern/cpu/internal/simd"

// Levels are the SIMD levels that this processor has, the simplest first: what
// Options.Level may be.
func Levels() []string {
	var names []string
	for _, level := range simd.Levels() {
		names = append(names, level.String())
	}
	return names
}
