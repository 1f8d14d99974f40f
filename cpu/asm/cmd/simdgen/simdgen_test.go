package main

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"
)

// TestCurrent checks that the generated files are those that the generator
// writes now, which also means that its output does not vary.
func TestCurrent(t *testing.T) {
	const simd, plain = "../../../internal/simd", "../../../../kernels/mathfn/plain"
	for level, files := range map[string][]string{
		"generic": {"mathfn_generic.go"},
		"plain":   {"functions.go"},
		"avx2":    {"simd_avx2_amd64.s", "simd_avx2_amd64.go"},
		"avx512":  {"simd_avx512_amd64.s", "simd_avx512_amd64.go"},
		"neon":    {"simd_neon_arm64.s", "simd_neon_arm64.go"},
	} {
		t.Run(level, func(t *testing.T) {
			committed := simd
			if level == "plain" {
				committed = plain
			}
			dir := t.TempDir()
			if err := run(level, dir); err != nil {
				t.Fatal(err)
			}
			for _, name := range files {
				got, err := os.ReadFile(filepath.Join(dir, name))
				if err != nil {
					t.Fatal(err)
				}
				want, err := os.ReadFile(filepath.Join(committed, name))
				if err != nil {
					t.Fatal(err)
				}
				if !bytes.Equal(got, want) {
					t.Errorf("%s is out of date: run go generate in %s", name, committed)
				}
			}
		})
	}
}

func TestUnknownLevel(t *testing.T) {
	if err := run("avx1024", t.TempDir()); err == nil {
		t.Error("no error for an unknown level")
	}
}
