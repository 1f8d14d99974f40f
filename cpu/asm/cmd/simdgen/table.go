package main

import (
	"bytes"
	"fmt"
	"strings"
)

// table is the kernels of one level and where in a Table they go.
type table struct {
	level   string
	entries []string // assignments
}

// name is a kernel's name: BLIS style, the level last.
func (t *table) name(parts ...string) string { return strings.Join(append(parts, t.level), "_") }

// enter has the table entry set to the Go expression.
func (t *table) enter(entry, value string) {
	t.entries = append(t.entries, fmt.Sprintf("%s = %s", entry, value))
}

// enterKernel enters an elementwise kernel.
func (t *table) enterKernel(k *kernel) {
	for _, e := range k.entries {
		t.enter(e, t.name(k.name))
	}
	for _, e := range k.swapped {
		t.enter(e, fmt.Sprintf("swap(%s)", t.name(k.name)))
	}
}

// head starts the Go file that declares the kernels: with the function that enters them
// in a Table.
func (t *table) head(warning string) *bytes.Buffer {
	var b bytes.Buffer
	fmt.Fprintf(&b, "// %s\n\npackage simd\n\nimport (\n\t\"unsafe\"\n\n\t\"github.com/quern-go/quern/kernels\"\n)\n\n", warning)
	fill := "fill" + strings.ToUpper(t.level)
	fmt.Fprintf(&b, "// %s enters the kernels below.\nfunc %s(t *Table) {\n", fill, fill)
	for _, e := range t.entries {
		fmt.Fprintf(&b, "\t%s\n", e)
	}
	b.WriteString("}\n")
	return &b
}

// goLoop is a doc comment: a sentence and the Go code the kernel stands for.
func goLoop(sentence string, code ...string) []string {
	doc := []string{sentence, ""}
	for _, line := range code {
		doc = append(doc, "\t"+line)
	}
	return doc
}
