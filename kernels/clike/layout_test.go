package clike

import (
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/quern-go/quern/kernels"
	"github.com/quern-go/quern/kernels/grid"
)

// TestLayoutIsThatOfC lays out the struct Block of a text by C's rules.
func TestLayoutIsThatOfC(t *testing.T) {
	k := sumReduce(t, kernels.Tree, f64)
	k.Params = []kernels.DType{f32, f64, kernels.Bool, u64, kernels.I32}
	k.Post = body(t, func(b *kernels.Builder) []kernels.Value {
		sum := b.Mul(b.Acc(0, f64), b.Param(1, f64))
		return []kernels.Value{b.Select(b.Param(2, kernels.Bool), sum, b.Convert(f64, b.Param(0, f32)))}
	})
	m := render(t, k, grid.FewAxes)
	r := m.planner.(*reducePlanner)
	_, text, _ := strings.Cut(m.Source, "typedef struct {\n")
	text, _, _ = strings.Cut(text, "} Block;")
	offset, largest := 0, 1
	field := regexp.MustCompile(`^ *(\w+) (\w+)(?:\[(\d+)\])?;$`)
	for i, line := range strings.Split(strings.TrimSpace(text), "\n") {
		parts := field.FindStringSubmatch(line)
		if parts == nil {
			t.Fatalf("not a field: %q", line)
		}
		size := map[string]int{"long": 8, "ulong": 8, "double": 8, "int": 4, "uint": 4, "float": 4}[parts[1]]
		if size == 0 {
			t.Fatalf("type of %q", line)
		}
		offset = (offset + size - 1) / size * size
		if i == 0 && parts[2] != "first_group" {
			t.Errorf("the first field is %s, not first_group", parts[2])
		}
		if got := r.layout.fields[i].offset; got != offset {
			t.Errorf("%s is at %d, C has it at %d", parts[2], got, offset)
		}
		count := 1
		if parts[3] != "" {
			count, _ = strconv.Atoi(parts[3])
		}
		offset += size * count
		largest = max(largest, size)
	}
	offset = (offset + largest - 1) / largest * largest
	if m.Entries[0].BlockBytes != offset {
		t.Errorf("the block has %d bytes, in C %d", m.Entries[0].BlockBytes, offset)
	}
}

func TestBlockInMemory(t *testing.T) {
	tg := target()
	k := addMap(t, f32)
	small, err := Render(k, tg, grid.FewAxes)
	if err != nil {
		t.Fatal(err)
	}
	tg.BlockLimit = small.Entries[0].BlockBytes - 1
	m, err := Render(k, tg, grid.FewAxes)
	if err != nil {
		t.Fatal(err)
	}
	for i, e := range m.Entries {
		if small.Entries[i].BlockInMemory || !e.BlockInMemory {
			t.Errorf("%s: in memory %v with room for the block, %v without", e.Name, small.Entries[i].BlockInMemory, e.BlockInMemory)
		}
	}
	if !strings.Contains(m.Source, "__global const Block *block") || strings.Contains(m.Source, "block.") {
		t.Error("the text does not read the block from memory")
	}
}

func TestParamsInTheBlock(t *testing.T) {
	k := addMap(t, f32)
	k.Params = []kernels.DType{f32, u64, kernels.Bool}
	m := render(t, k, grid.FewAxes)
	args := addArgs(10)
	args.Params = []uint64{0x3f800000, 1<<63 + 5, 1}
	b := plan(t, m, args).Passes[0].Block
	at := m.planner.(*mapPlanner).layout.params
	for i, want := range [][]byte{{0, 0, 0x80, 0x3f}, {5, 0, 0, 0, 0, 0, 0, 0x80}, {1, 0, 0, 0}} {
		if got := b[at[i] : at[i]+len(want)]; string(got) != string(want) {
			t.Errorf("param %d: bytes %v, expected %v", i, got, want)
		}
	}
}
