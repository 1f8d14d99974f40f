// Command fmagen writes the loops of bench/internal/fmapeak, which show how many
// fused multiply-adds the CPU can do, for one instruction set:
//
//	go run ./cmd/fmagen -isa avx512 -dir ../../bench/internal/fmapeak
package main

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"

	"github.com/mmcloughlin/avo/operand"
	"github.com/quern-go/quern/cpu/asm/internal/vec"
)

// chains is the number of independent accumulators: two units with a latency of
// four or five cycles need ten.
const chains = 12

func main() {
	isa := flag.String("isa", "avx512", "instruction set: avx2, avx512 or neon")
	dir := flag.String("dir", ".", "directory of package fmapeak")
	flag.Parse()
	for _, goType := range []string{"float32", "float64"} {
		if err := run(*isa, goType, *dir); err != nil {
			fmt.Fprintln(os.Stderr, "fmagen:", err)
			os.Exit(1)
		}
	}
}

func run(isa, goType, dir string) error {
	if isa == "neon" {
		return runNEON(goType, dir)
	}
	target, err := vec.ParseTarget(isa, goType)
	if err != nil {
		return err
	}
	asm := vec.NewAsm(target)
	generate(asm)
	command := []string{"go", "run", "-C", "../../../cpu/asm", "./cmd/fmagen", "-isa", isa, "-dir", dir}
	base := filepath.Join(dir, fmt.Sprintf("%s_%s_amd64", goType, isa))
	return vec.Write(asm, "fmapeak", command, base+".s", base+".go")
}

func generate(a *vec.Asm) {
	name := fmt.Sprintf("%sfma_%s", a.Letter(), a.ISA)
	a.Func(name, "func(n int)", loopDoc(name, a.GoType(), chains, a.Lanes()))
	n := a.Arg("n")
	registers := a.Registers()
	acc, x, y := registers[:chains], registers[chains], registers[chains+1]
	for _, r := range registers[:chains+2] {
		a.Zero(r)
	}
	a.Label("loop")
	a.CMPQ(n, operand.Imm(0))
	a.JLE(operand.LabelRef("done"))
	for _, r := range acc {
		a.FMA(x, y, r)
	}
	a.DECQ(n)
	a.JMP(operand.LabelRef("loop"))
	a.Label("done")
	a.Return()
}

// loopDoc is the doc comment of a loop.
func loopDoc(name, goType string, chains, lanes int) []string {
	return []string{
		fmt.Sprintf("%s does n×%d×%d fused multiply-adds in independent chains:", name, chains, lanes),
		"",
		fmt.Sprintf("\tvar x, y %s", goType),
		fmt.Sprintf("\tvar acc [%d]%s", chains*lanes, goType),
		"\tfor range n {",
		"\t\tfor i := range acc {",
		"\t\t\tacc[i] = fma(x, y, acc[i])",
		"\t\t}",
		"\t}",
	}
}
