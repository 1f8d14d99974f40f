package diskcache

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestDirectory(t *testing.T) {
	t.Setenv(EnvDirectory, "")
	t.Setenv("XDG_CACHE_HOME", "")
	t.Setenv("HOME", "")
	t.Setenv("LocalAppData", "")
	if _, err := Open("test"); err == nil || !strings.Contains(err.Error(), EnvDirectory) {
		t.Errorf("without a home: error %v, expected one that names %s", err, EnvDirectory)
	}
	t.Setenv(EnvDirectory, "relative")
	if dir, err := Directory(); err != nil || !filepath.IsAbs(dir) {
		t.Errorf("directory %q (%v), expected an absolute path", dir, err)
	}
}

func TestDirectoryThatCannotBe(t *testing.T) {
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	for name, root := range map[string]string{"a file": file, "in a file": filepath.Join(file, "cache")} {
		t.Setenv(EnvDirectory, root)
		if _, err := Open("test"); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
}
