package vec

import (
	"fmt"
	"os"

	"github.com/mmcloughlin/avo/pass"
	"github.com/mmcloughlin/avo/printer"
)

// Write compiles the assembly and writes it and the Go stubs that declare it.
// command is the line that reproduces both files; it heads them.
func Write(a *Asm, pkg string, command []string, asmPath, stubsPath string) error {
	f, err := a.Result()
	if err != nil {
		return fmt.Errorf("assemble %s: %w", asmPath, err)
	}
	if err := pass.Compile.Execute(f); err != nil {
		return fmt.Errorf("assemble %s: %w", asmPath, err)
	}
	cfg := printer.Config{Argv: command, Pkg: pkg}
	for path, p := range map[string]printer.Printer{
		asmPath:   printer.NewGoAsm(cfg),
		stubsPath: printer.NewStubs(cfg),
	} {
		text, err := p.Print(f)
		if err != nil {
			return fmt.Errorf("print %s: %w", path, err)
		}
		if err := os.WriteFile(path, text, 0o644); err != nil {
			return fmt.Errorf("write generated file: %w", err)
		}
	}
	return nil
}
