//go:build unix

package diskcache

import (
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// TestTrust opens caches in directories that others could have prepared.
func TestTrust(t *testing.T) {
	const stranger = 65534
	asRoot := os.Geteuid() == 0
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	for _, c := range []struct {
		name    string
		root    bool // only root can prepare it
		prepare func(root, dir string)
		want    string // in the error; "" if there is none
	}{
		{"private", false, func(root, dir string) {}, ""},
		{"others may read", false, func(root, dir string) { must(os.Chmod(root, 0o755)); must(os.Chmod(dir, 0o755)) }, ""},
		{"the group may write to the root", false, func(root, dir string) { must(os.Chmod(root, 0o770)) }, "may be written by others"},
		{"everyone may write to the cache", false, func(root, dir string) { must(os.Chmod(dir, 0o777)) }, "may be written by others"},
		{"the cache is a link", false, func(root, dir string) {
			must(os.Remove(dir))
			must(os.Symlink(t.TempDir(), dir))
		}, "not a directory"},
		{"the root is the user's own link", false, func(root, dir string) {
			must(os.Rename(root, root+".moved"))
			must(os.Symlink(root+".moved", root))
		}, ""},
		{"the root is a stranger's link", true, func(root, dir string) {
			must(os.Rename(root, root+".moved"))
			must(os.Symlink(root+".moved", root))
			must(os.Lchown(root, stranger, -1))
		}, "link of another user"},
		{"the root is a stranger's", true, func(root, dir string) { must(os.Chown(root, stranger, -1)) }, "belongs to another user"},
		{"the cache is a stranger's", true, func(root, dir string) { must(os.Chown(dir, stranger, -1)) }, "belongs to another user"},
	} {
		t.Run(c.name, func(t *testing.T) {
			if c.root && !asRoot {
				t.Skip("needs root, to give files away")
			}
			root := filepath.Join(t.TempDir(), "root")
			dir := filepath.Join(root, "test")
			must(os.MkdirAll(dir, ours))
			c.prepare(root, dir)
			_, err := open(root, "test", Limit)
			if (err == nil) != (c.want == "") || err != nil && !strings.Contains(err.Error(), c.want) {
				t.Errorf("error %v, expected %q", err, c.want)
			}
		})
	}
}

func TestReadOnlyDirectory(t *testing.T) {
	if os.Geteuid() == 0 {
		t.Skip("root may write everywhere")
	}
	root := filepath.Join(t.TempDir(), "root")
	dir := filepath.Join(root, "test")
	if err := os.MkdirAll(dir, ours); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(dir, 0o500); err != nil {
		t.Fatal(err)
	}
	if _, err := open(root, "test", Limit); err == nil {
		t.Error("a cache that cannot be written was opened")
	}
}

// TestModes: what is kept is nobody else's business.
func TestModes(t *testing.T) {
	old := syscall.Umask(0)
	defer syscall.Umask(old)
	root := filepath.Join(t.TempDir(), "root")
	c, err := open(root, "test", Limit)
	if err != nil {
		t.Fatal(err)
	}
	put(t, c, "a", []byte("x"))
	for path, want := range map[string]os.FileMode{root: 0o700, c.dir: 0o700, filepath.Join(c.dir, entryName("a")): 0o600} {
		if st, err := os.Stat(path); err != nil || st.Mode().Perm() != want {
			t.Errorf("%s: mode %v (%v), expected %v", path, st.Mode().Perm(), err, want)
		}
	}
}

// TestEntriesThatAreNotFiles: links are not followed, and pipes not waited for.
func TestEntriesThatAreNotFiles(t *testing.T) {
	c := opened(t, Limit)
	data := []byte("x")
	target := filepath.Join(t.TempDir(), "target")
	if err := os.WriteFile(target, append(header("a", data), data...), 0o600); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(c.dir, entryName("a"))
	for name, make := range map[string]func() error{
		"link": func() error { return os.Symlink(target, path) },
		"pipe": func() error { return syscall.Mkfifo(path, 0o600) },
	} {
		if err := make(); err != nil {
			t.Fatal(err)
		}
		if got, ok := c.Get("a"); ok {
			t.Errorf("%s: a hit, %q", name, got)
		}
		put(t, c, "a", data)
		if got, ok := c.Get("a"); !ok || string(got) != "x" {
			t.Errorf("%s: %q (%v) after Put", name, got, ok)
		}
		if err := os.Remove(path); err != nil {
			t.Fatal(err)
		}
	}
}
