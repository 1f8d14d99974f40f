package ops_test

import (
	"go/ast"
	"go/doc"
	"go/parser"
	"go/token"
	"path/filepath"
	"slices"
	"testing"
)

// withoutExample is what the examples of others show.
var withoutExample = []string{
	"Array.NDim", "Array.Size", "IntArray.NDim", "IntArray.Shape", "IntArray.Err", "IntArray.Explain", "IntArray.Int", "IntArray.Ints",
	"Plan.String", "Plan.Verbose", "Metric.String", "BootstrapMethod.String", "IntegrateMethod.String", "BoundsError.Error", "IntegrandError.Error",
	"DefaultEngine", "WithEngine", "Engine.Close", "Engine.Stats",
	"MergeMonteCarlo", "Partial.Estimates", "Partial.MarshalBinary", "Partial.MarshalText", "Partial.UnmarshalBinary", "Partial.UnmarshalText",
}

// TestEverythingHasAnExample holds the package's documentation to an Example of
// each function and method.
func TestEverythingHasAnExample(t *testing.T) {
	paths, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	if len(paths) == 0 {
		t.Skip("the package's source is not here")
	}
	set := token.NewFileSet()
	var files []*ast.File
	for _, path := range paths {
		file, err := parser.ParseFile(set, path, nil, parser.ParseComments)
		if err != nil {
			t.Fatal(err)
		}
		files = append(files, file)
	}
	pkg, err := doc.NewFromFiles(set, files, "github.com/quern-go/quern/ops")
	if err != nil {
		t.Fatal(err)
	}
	check := func(list []*doc.Func, of string) {
		for _, f := range list {
			if name := of + f.Name; (len(f.Examples) > 0) == slices.Contains(withoutExample, name) {
				t.Errorf("%s has %d examples; withoutExample lists those that have none", name, len(f.Examples))
			}
		}
	}
	check(pkg.Funcs, "")
	for _, typ := range pkg.Types {
		check(typ.Funcs, "")
		check(typ.Methods, typ.Name+".")
	}
}
