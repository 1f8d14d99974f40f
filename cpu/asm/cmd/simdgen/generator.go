package main

import (
	"bytes"
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

// generator collects the kernels of one level and where in a Table they go.
type generator struct {
	*x86.Asm
	entries []string // assignments
}

func newGenerator(isa vec.ISA) *generator { return &generator{Asm: x86.NewAsm(isa)} }

// name is a kernel's name: BLIS style, the level last.
func (g *generator) name(parts ...string) string {
	return strings.Join(append(parts, string(g.ISA)), "_")
}

// enter has the table entry set to the Go expression.
func (g *generator) enter(entry, value string) {
	g.entries = append(g.entries, fmt.Sprintf("%s = %s", entry, value))
}

// goLoop is a doc comment: a sentence and the Go code the kernel stands for.
func goLoop(sentence string, code ...string) []string {
	doc := []string{sentence, ""}
	for _, line := range code {
		doc = append(doc, "\t"+line)
	}
	return doc
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
	var b bytes.Buffer
	fmt.Fprintf(&b, "// %s\n\npackage simd\n\nimport (\n\t\"unsafe\"\n\n\t\"github.com/quern-go/quern/kernels\"\n)\n\n", warning)
	fill := "fill" + strings.ToUpper(string(g.ISA))
	fmt.Fprintf(&b, "// %s enters the kernels below.\nfunc %s(t *Table) {\n", fill, fill)
	for _, e := range g.entries {
		fmt.Fprintf(&b, "\t%s\n", e)
	}
	b.WriteString("}\n")
	for _, fn := range f.Functions() {
		b.WriteByte('\n')
		for _, line := range fn.Doc {
			fmt.Fprintf(&b, "// %s\n", line)
		}
		fmt.Fprintf(&b, "//\n//go:noescape\n%s\n", fn.Stub())
	}
	return format.Source(b.Bytes())
}
