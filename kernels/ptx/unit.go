package ptx

import (
	"fmt"
	"slices"
	"strings"

	"github.com/quern-go/quern/kernels"
)

// unit is one text: an entry point with the tables and functions that it uses.
type unit struct {
	target    Target
	about     string // of the kernel, for the head of the text
	tables    []*kernels.Table
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

// table is the name of a constant array in the text.
func (u *unit) table(t *kernels.Table) string {
	i := slices.Index(u.tables, t)
	if i < 0 {
		i = len(u.tables)
		u.tables = append(u.tables, t)
	}
	return fmt.Sprintf("table%d", i)
}

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
	for i, t := range u.tables {
		fmt.Fprintf(&s, "\n// %s\n.global .align 8 .%s table%d[%d] = {%s};\n",
			t.Name, bitSuffix(t.Type), i, len(t.Bits), tableEntries(t))
	}
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

// tableEntries are the elements as bits.
func tableEntries(t *kernels.Table) string {
	parts := make([]string, len(t.Bits))
	for i, b := range t.Bits {
		parts[i] = fmt.Sprintf("0x%x", b)
	}
	return strings.Join(parts, ", ")
}
