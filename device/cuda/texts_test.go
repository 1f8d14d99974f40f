package cuda

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestTexts has a kernel's texts written for reading.
func TestTexts(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "texts")
	dev := openFake(t, fake(t, fakeOptions()), Options{Texts: dir})
	if err := halve(t.Context(), dev, halfPlusOne(t), 100); err != nil {
		t.Fatal(err)
	}
	files, err := filepath.Glob(filepath.Join(dir, "*_sm90.ptx"))
	if err != nil || len(files) == 0 {
		t.Fatalf("%d texts, %v", len(files), err)
	}
	for _, f := range files {
		text, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		for _, part := range []string{".visible .entry", "\t// %3 = fma.f32 %0 %1 %2\n"} {
			if !strings.Contains(string(text), part) {
				t.Errorf("%s lacks %q:\n%s", f, part, text)
			}
		}
	}
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := openFake(t, fake(t, fakeOptions()), Options{Texts: file}).Compile(halfPlusOne(t)); err == nil {
		t.Error("a directory that is a file")
	}
}
