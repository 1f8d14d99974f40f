package main

import (
	"fmt"
	"go/format"
	"os"
	"path/filepath"
	"strings"

	"github.com/mmcloughlin/avo/ir"
	"github.com/mmcloughlin/avo/pass"
	"github.com/mmcloughlin/avo/printer"

	"github.com/quern-go/quern/cpu/asm/internal/vec"
	"github.com/quern-go/quern/cpu/asm/internal/x86"
)

// generator writes the kernels of one level of amd64.
type generator struct {
	*x86.Asm
	table
}

func newGenerator(isa vec.ISA) *generator {
	return &generator{x86.NewAsm(isa), table{level: string(isa)}}
}

func (g *generator) write(dir string) error {
	f, err := g.File()
	if err != nil {
		return fmt.Errorf("generate %s: %w", g.ISA, err)
	}
	if err := pass.Compile.Execute(f); err != nil {
		return fmt.Errorf("assemble %s: %w", g.ISA, err)
	}
	command := fmt.Sprintf("go run ./cmd/simdgen -level %s", g.ISA)
	cfg := printer.Config{Argv: strings.Fields(command), Pkg: "simd"}
	asm, err := printer.NewGoAsm(cfg).Print(f)
	if err != nil {
		return fmt.Errorf("print %s: %w", g.ISA, err)
	}
	stubs, err := g.stubs(f, cfg.GeneratedWarning())
	if err != nil {
		return fmt.Errorf("print stubs of %s: %w", g.ISA, err)
	}
	base := filepath.Join(dir, fmt.Sprintf("simd_%s_amd64", g.ISA))
	if err := os.WriteFile(base+".s", asm, 0o644); err != nil {
		return err
	}
	return os.WriteFile(base+".go", stubs, 0o644)
}

// stubs is the Go file that declares the kernels and enters them in a Table.
func (g *generator) stubs(f *ir.File, warning string) ([]byte, error) {
	b := g.head(warning)
	for _, fn := range f.Functions() {
		b.WriteByte('\n')
		for _, line := range fn.Doc {
			fmt.Fprintf(b, "// %s\n", line)
		}
		fmt.Fprintf(b, "//\n//go:noescape\n%s\n", fn.Stub())
	}
	return format.Source(b.Bytes())
}
