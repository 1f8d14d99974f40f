// Command simdgen writes the block kernels of cpu/internal/simd.
//
//	go run ./cmd/simdgen -level avx512 -dir ../internal/simd
//
// writes simd_avx512_amd64.s and simd_avx512_amd64.go: the kernels, the Go stubs
// that declare them and the function that enters them in a Table; with -level neon
// simd_neon_arm64.s and simd_neon_arm64.go are the same for arm64. With -level
// generic it writes mathfn_generic.go, the math functions in plain Go; with -level
// plain it writes functions.go of package kernels/mathfn/plain, some of them for
// one number.
package main

import (
	"flag"
	"fmt"
	"os"

	"github.com/quern-go/quern/cpu/asm/internal/vec"
)

func main() {
	level := flag.String("level", "avx512", "generic, plain, avx2, avx512 or neon")
	dir := flag.String("dir", ".", "directory of package simd or plain")
	flag.Parse()
	if err := run(*level, *dir); err != nil {
		fmt.Fprintln(os.Stderr, "simdgen:", err)
		os.Exit(1)
	}
}

func run(level, dir string) error {
	switch level {
	case "generic":
		return writeGoFunctions(dir)
	case "plain":
		return writePlainFunctions(dir)
	case neonLevel:
		return writeNEON(dir)
	case string(vec.AVX2), string(vec.AVX512):
	default:
		return fmt.Errorf("unknown level %q (want generic, plain, avx2, avx512 or neon)", level)
	}
	g := newGenerator(vec.ISA(level))
	if err := g.elementwise(); err != nil {
		return err
	}
	g.reductions()
	g.blocks()
	g.narrowReductions()
	g.positions()
	g.searches()
	g.transposes()
	g.gathers()
	g.stream()
	g.prefetch()
	g.philox()
	if err := g.draws(); err != nil {
		return err
	}
	if err := g.drawPicks(); err != nil {
		return err
	}
	return g.write(dir)
}
