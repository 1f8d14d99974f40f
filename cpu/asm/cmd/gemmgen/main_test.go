package main

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"
)

// TestGeneratedFilesAreCurrent generates everything anew and compares it with the
// files of package gemm.
func TestGeneratedFilesAreCurrent(t *testing.T) {
	const gemm = "../../../internal/gemm"
	dir := t.TempDir()
	for _, isa := range []string{"avx2", "avx512", "neon"} {
		for _, goType := range []string{"float32", "float64"} {
			if err := run(isa, goType, dir); err != nil {
				t.Fatal(err)
			}
		}
	}
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		want, err := os.ReadFile(filepath.Join(dir, e.Name()))
		if err != nil {
			t.Fatal(err)
		}
		got, err := os.ReadFile(filepath.Join(gemm, e.Name()))
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(got, want) {
			t.Errorf("%s is not what gemmgen writes: run go generate in cpu/internal/gemm", e.Name())
		}
	}
}

func TestUnknownTarget(t *testing.T) {
	for _, c := range [][2]string{{"sse", "float32"}, {"avx2", "int8"}, {"neon", "int8"}} {
		if err := run(c[0], c[1], t.TempDir()); err == nil {
			t.Errorf("no error for %v", c)
		}
	}
}
