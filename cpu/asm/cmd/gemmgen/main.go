// Command gemmgen writes the contraction micro-kernels and packing kernels of
// cpu/internal/gemm for one instruction set and element type. In cpu/asm,
//
//	go run ./cmd/gemmgen -isa avx512 -type float32
//
// writes micro_float32_avx512_amd64.s, the Go stubs that declare its functions, and
// table_float32_avx512_amd64.go, through which package gemm finds them; with -isa neon
// the same for arm64.
package main

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/quern-go/quern/cpu/asm/internal/vec"
)

func main() {
	isa := flag.String("isa", "avx512", "instruction set: avx2, avx512 or neon")
	goType := flag.String("type", "float32", "element type: float32 or float64")
	dir := flag.String("dir", "../internal/gemm", "directory of package gemm")
	flag.Parse()
	if err := run(*isa, *goType, *dir); err != nil {
		fmt.Fprintln(os.Stderr, "gemmgen:", err)
		os.Exit(1)
	}
}

func run(isa, goType, dir string) error {
	if isa == neonISA {
		return runNEON(goType, dir)
	}
	target, err := vec.ParseTarget(isa, goType)
	if err != nil {
		return err
	}
	asm := vec.NewAsm(target)
	asm.DefineAbsMask()
	asm.DefineOne()
	asm.DefineColumnMasks()
	for _, t := range terms {
		for _, v := range t.variants() {
			for rows := fullRows(target, t); rows >= 1; rows-- {
				if err := generateMicro(asm, t, v, rows); err != nil {
					return err
				}
			}
		}
	}
	generateTranspose(asm)
	for vectors := 1; vectors <= mostVectors(target); vectors++ {
		generateCopy(asm, vectors)
	}
	// As package gemm's go:generate lines have it.
	command := []string{"go", "run", "-C", "../../asm", "./cmd/gemmgen", "-isa", isa, "-type", goType}
	base := filepath.Join(dir, fmt.Sprintf("micro_%s_%s", goType, isa))
	if err := vec.Write(asm, "gemm", command, base+"_amd64.s", base+"_amd64.go"); err != nil {
		return err
	}
	return writeTable(&table{
		Target: target, Arch: "amd64", Command: strings.Join(command, " "),
		Lanes: target.Lanes(), Transpose: fmt.Sprintf("%spacktrans_%s", target.Letter(), isa),
		copyName: func(width int) string { return fmt.Sprintf("%spackcopy%d_%s", target.Letter(), width, isa) },
		tile:     func(term Term) tile { return newTile(target, term, fullRows(target, term)) }, name: func(term Term, v variant, rows int) string { return kernelName(target, term, v, rows) },
		variants: Term.variants,
	}, filepath.Join(dir, fmt.Sprintf("table_%s_%s_amd64.go", goType, isa)))
}

// mostVectors is the vectors of the widest tile.
func mostVectors(t vec.Target) (most int) {
	for _, term := range terms {
		most = max(most, fullVectors(t, term))
	}
	return most
}
