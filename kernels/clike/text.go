package clike

import (
	"fmt"
	"strings"
)

// text is program text under construction, indented by four spaces a level.
type text struct {
	strings.Builder
	depth int
}

// line writes one line.
func (t *text) line(format string, args ...any) {
	for range t.depth {
		t.WriteString("    ")
	}
	fmt.Fprintf(&t.Builder, format, args...)
	t.WriteByte('\n')
}

// open writes a line that opens a block of lines, such as the head of a loop;
// an empty head makes a scope.
func (t *text) open(format string, args ...any) {
	if format != "" {
		format += " "
	}
	t.line(format+"{", args...)
	t.depth++
}

// close ends the block that open began.
func (t *text) close() {
	t.depth--
	t.line("}")
}

// orElse ends the block and begins the one for the other case.
func (t *text) orElse() {
	t.depth--
	t.line("} else {")
	t.depth++
}

// blank writes an empty line.
func (t *text) blank() { t.WriteByte('\n') }
