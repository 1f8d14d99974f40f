package main

import (
	"fmt"
	"math"
	"strconv"
	"strings"
)

// sizeUnits are what a size may be given in.
var sizeUnits = []struct {
	name  string
	bytes float64
}{
	{"KiB", 1 << 10}, {"MiB", 1 << 20}, {"GiB", 1 << 30}, {"TiB", 1 << 40},
	{"kB", 1e3}, {"MB", 1e6}, {"GB", 1e9}, {"TB", 1e12}, {"B", 1}, {"", 1},
}

// sizeFlag is a number of bytes on the command line, such as 4GiB or 500MB; 0 if none is
// given.
type sizeFlag int

func (s *sizeFlag) Type() string { return "size" }

func (s *sizeFlag) String() string {
	if *s == 0 {
		return ""
	}
	return strconv.Itoa(int(*s))
}

// Set parses a size, of at least a byte.
func (s *sizeFlag) Set(text string) error {
	for _, unit := range sizeUnits {
		number, ok := strings.CutSuffix(text, unit.name)
		if !ok {
			continue
		}
		x, err := strconv.ParseFloat(strings.TrimSpace(number), 64)
		if err != nil || !(x*unit.bytes >= 1) || x*unit.bytes >= math.MaxInt {
			break
		}
		*s = sizeFlag(x * unit.bytes)
		return nil
	}
	return fmt.Errorf("expected a size of at least one byte, such as 256KiB or 4GiB")
}
