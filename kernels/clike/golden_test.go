package clike

import (
	"flag"
	"os"
	"path/filepath"
	"testing"

	"github.com/quern-go/quern/kernels"
	"github.com/quern-go/quern/kernels/grid"
	"github.com/quern-go/quern/kernels/mathfn"
	"github.com/quern-go/quern/kernels/term"
)

var update = flag.Bool("update", false, "rewrite the golden files in testdata")

// TestGolden shows what the texts look like; whether they compute the right bits
// is tested where there is a compiler.
func TestGolden(t *testing.T) {
	exp := addMap(t, f32)
	exp.Ins = exp.Ins[:1]
	f, _ := mathfn.Lookup("exp", f32)
	exp.Body = body(t, func(b *kernels.Builder) []kernels.Value { return []kernels.Value{b.Call(f, b.Load(0, f32))} })
	for name, k := range map[string]kernels.Kernel{
		"add":          addMap(t, f32),
		"exp":          exp,
		"uniform":      uniformMap(t),
		"sum_tree":     sumReduce(t, kernels.Tree, f32),
		"sum_strided":  sumReduce(t, kernels.Strided, f64),
		"product":      productOf(t, term.FMA, f32),
		"nearest_fold": nearest(t),
		"nearest_top":  nearestFew(t, 10),
	} {
		t.Run(name, func(t *testing.T) {
			got := render(t, k, grid.FewAxes).Source
			path := filepath.Join("testdata", name+".cl")
			if *update {
				if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			if got != string(want) {
				t.Errorf("the text has changed; with -update it becomes\n%s", got)
			}
		})
	}
}

func TestTextIsDeterministic(t *testing.T) {
	k := nearest(t)
	first := render(t, k, grid.FewAxes).Source
	for range 5 {
		if got := render(t, k, grid.FewAxes).Source; got != first {
			t.Fatal("two renderings of one kernel differ")
		}
	}
}
