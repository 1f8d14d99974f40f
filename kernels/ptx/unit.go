package ptx

import (
	"fmt"
	"strings"

	"github.com/quern-go/quern/kernels"
)

// unit is one text: an entry point with the tables and functions that it uses.
type unit struct {
	target    Target
	about     string // of the kernel, for the head of the text
	tables    []*kernels.Table
	near      []*kernels.Table // those that every thread looks up: see nearTable
	functions []function
	entry     Entry
	code      *code
	shared    strings.Builder
	resident  int  // thread blocks that a multiprocessor should hold; 0: unstated
	hopper    bool // instructions of sm_90 are used
}

// function is a function in the text.
type function struct{ name, text string }

func newUnit(t Target, about string, entry Entry) *unit {
	u := &unit{target: t, about: about, entry: entry}
	u.code = &code{unit: u}
	return u
}

// table is where a table begins in the text's constant array, in bytes. All tables
// are in one array, so that what is looked up by one index has one address, and a
// constant distance from it.
func (u *unit) table(t *kernels.Table) int { return placeIn(&u.tables, t) }

// placeIn is where a table begins in an array of tables, to which it is added.
func placeIn(tables *[]*kernels.Table, t *kernels.Table) int {
	at := 0
	for _, other := range *tables {
		if other == t {
			return at
		}
		at += tableBytes(other)
	}
	*tables = append(*tables, t)
	return at
}

// tableBytes is the room that a table takes, a multiple of 8.
func tableBytes(t *kernels.Table) int { return (len(t.Bits)*t.Type.Size() + 7) / 8 * 8 }

// sharedArray declares n elements of shared memory, 16-byte aligned, and returns
// its name.
func (u *unit) sharedArray(name string, t dtype, n int) string {
	fmt.Fprintf(&u.shared, "\t.shared .align 16 .%s %s[%d];\n", bitSuffix(t), name, n)
	u.entry.SharedBytes = (u.entry.SharedBytes+15)/16*16 + n*t.Size()
	return name
}

// dynamicArray is the name of an array of so many bytes in the shared memory that a
// launch asks for, of which an entry point may have more than it can declare. It may have
// nothing else there.
func (u *unit) dynamicArray(bytes int) string {
	u.entry.DynamicBytes = bytes
	return "dynamic"
}

// finish is the entry point with its text.
func (u *unit) finish() Entry {
	var s strings.Builder
	fmt.Fprintf(&s, "// %s\n", strings.ReplaceAll(strings.TrimSpace(u.about), "\n", "\n// "))
	s.WriteString(u.target.header(u.hopper))
	if u.entry.DynamicBytes > 0 {
		s.WriteString("\n.extern .shared .align 16 .b8 dynamic[];\n")
	}
	u.copyNear()
	s.WriteString(constants("tables", u.tables))
	s.WriteString(constants("nears", u.near))
	for _, f := range u.functions {
		s.WriteString("\n" + f.text)
	}
	fmt.Fprintf(&s, "\n.visible .entry %s(", u.entry.Name)
	for i := range u.entry.Buffers {
		fmt.Fprintf(&s, "\n\t.param .u64 buffer%d,", i)
	}
	fmt.Fprintf(&s, "\n\t.param .align 8 .b8 block[%d]\n)\n.reqntid %d, 1, 1\n", u.entry.BlockBytes, u.entry.GroupSize)
	if u.resident > 0 {
		fmt.Fprintf(&s, ".minnctapersm %d\n", u.resident)
	}
	s.WriteString("{\n")
	s.WriteString(u.shared.String())
	s.WriteString(u.code.declarations())
	s.WriteString(u.code.text.String())
	s.WriteString("\tret;\n}\n")
	u.entry.Source = s.String()
	return u.entry
}

// constants is an array of tables.
func constants(name string, tables []*kernels.Table) string {
	if len(tables) == 0 {
		return ""
	}
	var names, words []string
	for _, t := range tables {
		names = append(names, fmt.Sprintf("// %s at byte %d\n", t.Name, 4*len(words)))
		words = append(words, tableWords(t)...)
	}
	return fmt.Sprintf("\n%s.global .align 8 .b32 %s[%d] = {%s};\n", strings.Join(names, ""), name, len(words), strings.Join(words, ", "))
}

// tableWords are the elements as words, the lower first.
func tableWords(t *kernels.Table) []string {
	words := make([]string, 0, tableBytes(t)/4)
	for _, b := range t.Bits {
		words = append(words, fmt.Sprintf("0x%x", uint32(b)))
		if t.Type.Size() == 8 {
			words = append(words, fmt.Sprintf("0x%x", b>>32))
		}
	}
	for len(words) < cap(words) {
		words = append(words, "0x0")
	}
	return words
}
