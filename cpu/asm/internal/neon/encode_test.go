package neon

import (
	"bytes"
	"fmt"
	"maps"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/quern-go/quern/device/devicetest"
)

// TestEncode compares the word of every instruction, in the arrangements in use and
// with all kinds of registers, with that of the GNU assembler.
func TestEncode(t *testing.T) {
	assembler, err := exec.LookPath("aarch64-linux-gnu-as")
	devicetest.Require(t, "aarch64-as", err) // Debian: binutils-aarch64-linux-gnu
	var words []uint32
	var texts []string
	for _, name := range append(slices.Sorted(maps.Keys(opcodes)), fmlaElement) {
		for _, r := range [][]int{{1, 2, 3}, {31, 30, 29}, {16, 8, 4}} {
			for _, c := range cases(name) {
				w, text, err := encode(name, c.arr, c.imm, r[:registersOf(name)]...)
				if err != nil {
					t.Fatal(err)
				}
				words, texts = append(words, w), append(texts, text)
			}
		}
	}
	for i, want := range assemble(t, assembler, texts) {
		if words[i] != want {
			t.Errorf("%s: %#08x, the assembler has %#08x", texts[i], words[i], want)
		}
	}
}

type encodeCase struct {
	arr Arr
	imm int
}

// cases are the arrangements and immediates that an instruction is tried with.
func cases(name string) (cs []encodeCase) {
	if name == fmlaElement || name == "dup" {
		return []encodeCase{{S4, 0}, {S4, 1}, {S4, 2}, {S4, 3}, {D2, 0}, {D2, 1}}
	}
	switch op := opcodes[name]; {
	case op.form == shift:
		return []encodeCase{{S4, 1}, {S4, 31}, {S2, 5}, {D2, 1}, {D2, 63}}
	case name == "uminp", name == "umaxp":
		return []encodeCase{{B16, 0}}
	case name == "addv":
		return []encodeCase{{S4, 0}}
	case name == "mul", name == "umin", name == "rev64":
		return []encodeCase{{S4, 0}, {S2, 0}}
	case op.form == narrow, op.form == widen, op.form == long, op.form == pairs:
		return []encodeCase{{D2, 0}}
	}
	return []encodeCase{{S4, 0}, {S2, 0}, {D2, 0}}
}

func registersOf(name string) int {
	if name == fmlaElement {
		return 3
	}
	return opcodes[name].form.registers()
}

// assemble returns the words of instructions in the GNU assembler's spelling.
func assemble(t *testing.T, assembler string, texts []string) []uint32 {
	t.Helper()
	object := filepath.Join(t.TempDir(), "a.o")
	var listing, complaints bytes.Buffer
	cmd := exec.Command(assembler, "-al", "-o", object)
	cmd.Stdin = strings.NewReader(strings.Join(texts, "\n") + "\n")
	cmd.Stdout, cmd.Stderr = &listing, &complaints
	if err := cmd.Run(); err != nil {
		t.Fatalf("%v: %s", err, complaints.String())
	}
	var words []uint32
	for _, m := range regexp.MustCompile(`(?m)^ *\d+ [0-9a-f]{4,} ([0-9A-F]{8})`).FindAllStringSubmatch(listing.String(), -1) {
		var b [4]byte
		if _, err := fmt.Sscanf(m[1], "%2X%2X%2X%2X", &b[0], &b[1], &b[2], &b[3]); err != nil {
			t.Fatal(err)
		}
		words = append(words, uint32(b[0])|uint32(b[1])<<8|uint32(b[2])<<16|uint32(b[3])<<24)
	}
	if len(words) != len(texts) {
		t.Fatalf("%d words for %d instructions:\n%.2000s", len(words), len(texts), listing.String())
	}
	return words
}
