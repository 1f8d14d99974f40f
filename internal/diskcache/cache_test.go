package diskcache

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// opened is a cache in a directory of the test's own.
func opened(t *testing.T, limit int64) *Cache {
	t.Helper()
	root := t.TempDir() // 0777 less the umask
	if err := os.Chmod(root, ours); err != nil {
		t.Fatal(err)
	}
	t.Setenv(EnvDirectory, root)
	c, err := open(root, "test", limit)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func put(t *testing.T, c *Cache, key string, data []byte) {
	t.Helper()
	if err := c.Put(key, data); err != nil {
		t.Fatal(err)
	}
}

func TestPutAndGet(t *testing.T) {
	c := opened(t, Limit)
	if _, ok := c.Get("absent"); ok {
		t.Error("an entry that was never put")
	}
	for _, data := range [][]byte{nil, {1}, bytes.Repeat([]byte("quern"), 100_000)} {
		for _, key := range []string{"", "a", "../../a b\x00", strings.Repeat("long", 1000)} {
			put(t, c, key, []byte("before"))
			put(t, c, key, data)
			again, err := open(c.root, "test", Limit)
			if err != nil {
				t.Fatal(err)
			}
			if got, ok := again.Get(key); !ok || !bytes.Equal(got, data) {
				t.Errorf("key %.10q: %d bytes (%v), expected %d", key, len(got), ok, len(data))
			}
		}
	}
}

func TestNilKeepsNothing(t *testing.T) {
	var c *Cache
	if err := c.Put("a", []byte("x")); err != nil {
		t.Error(err)
	}
	if _, ok := c.Get("a"); ok {
		t.Error("an entry of no cache")
	}
}

func TestNames(t *testing.T) {
	for _, name := range []string{"", ".", "..", "a/b", "A", `a\b`, "a b"} {
		if _, err := open(t.TempDir(), name, Limit); err == nil {
			t.Errorf("name %q was accepted", name)
		}
	}
}

// TestBrokenEntriesAreMisses damages an entry in every way that a full disk, a
// crash or another version may.
func TestBrokenEntriesAreMisses(t *testing.T) {
	c := opened(t, Limit)
	data := []byte("a compiled program")
	whole := append(header("key", data), data...)
	other := append(header("other", data), data...)
	version := bytes.Clone(whole)
	binary.LittleEndian.PutUint32(version[len(magic):], formatVersion+1)
	long := bytes.Clone(whole)
	binary.LittleEndian.PutUint64(long[len(magic)+4:], 1<<62)
	broken := map[string][]byte{"empty": {}, "another key's": other, "another version": version,
		"a length beyond the file": long, "trailing bytes": append(bytes.Clone(whole), 0), "text": []byte(strings.Repeat("text", 100))}
	for n := 1; n < len(whole); n++ {
		broken[fmt.Sprintf("cut to %d bytes", n)] = whole[:n]
	}
	for i := range whole {
		flipped := bytes.Clone(whole)
		flipped[i] ^= 0x10
		broken[fmt.Sprintf("byte %d changed", i)] = flipped
	}
	path := filepath.Join(c.dir, entryName("key"))
	for name, content := range broken {
		if err := os.WriteFile(path, content, 0o600); err != nil {
			t.Fatal(err)
		}
		if got, ok := c.Get("key"); ok {
			t.Errorf("%s: a hit, %q", name, got)
		}
		if _, err := os.Lstat(path); err == nil {
			t.Errorf("%s: the file was not removed", name)
		}
	}
	put(t, c, "key", data)
	if got, ok := c.Get("key"); !ok || !bytes.Equal(got, data) {
		t.Errorf("put after that: %q (%v)", got, ok)
	}
}

func TestEviction(t *testing.T) {
	const size = 1000
	c := opened(t, 20*(size+int64(headerBytes)))
	data := make([]byte, size)
	long := time.Now().Add(-time.Hour)
	for i := range 18 {
		put(t, c, fmt.Sprint(i), data)
		used := long.Add(time.Duration(i) * time.Minute)
		if err := os.Chtimes(filepath.Join(c.dir, entryName(fmt.Sprint(i))), used, used); err != nil {
			t.Fatal(err)
		}
	}
	if _, ok := c.Get("0"); !ok { // now used last
		t.Fatal("entry 0 is gone too early")
	}
	for i := 18; i < 23; i++ {
		put(t, c, fmt.Sprint(i), data)
	}
	u, err := Info()
	if err != nil || u.Bytes > c.limit || u.Entries < 16 {
		t.Errorf("%d bytes in %d entries (%v), expected at most %d and at least 16", u.Bytes, u.Entries, err, c.limit)
	}
	for key, want := range map[string]bool{"0": true, "1": false, "2": false, "10": true, "22": true} {
		if _, ok := c.Get(key); ok != want {
			t.Errorf("entry %s is there: %v, expected %v", key, ok, want)
		}
	}
	if err := c.Put("large", make([]byte, c.limit)); err == nil {
		t.Error("an entry larger than the limit was accepted")
	}
}

func TestInfoAndClear(t *testing.T) {
	c := opened(t, Limit)
	other, err := open(c.root, "other", Limit)
	if err != nil {
		t.Fatal(err)
	}
	put(t, c, "a", make([]byte, 10))
	put(t, c, "b", make([]byte, 20))
	put(t, other, "a", make([]byte, 30))
	foreign := []string{filepath.Join(c.root, "notes"), filepath.Join(c.dir, "notes"), filepath.Join(c.dir, "abc.entry")}
	for _, path := range foreign {
		if err := os.WriteFile(path, []byte("mine"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	writing, err := c.temp(entryName("c"))
	if err != nil {
		t.Fatal(err)
	}
	abandonedFile, err := c.temp(entryName("d"))
	if err != nil {
		t.Fatal(err)
	}
	foreign = append(foreign, writing.Name())
	for _, f := range []*os.File{writing, abandonedFile} {
		if err := f.Close(); err != nil {
			t.Fatal(err)
		}
	}
	past := time.Now().Add(-2 * abandoned)
	if err := os.Chtimes(abandonedFile.Name(), past, past); err != nil {
		t.Fatal(err)
	}

	u, err := Info()
	if err != nil {
		t.Fatal(err)
	}
	want := Usage{Directory: c.root, Entries: 3, Bytes: int64(3*headerBytes + 60)}
	if u.Directory != want.Directory || u.Entries != want.Entries || u.Bytes != want.Bytes || len(u.Caches) != 2 || u.Caches[0].Name != "other" {
		t.Errorf("info %+v, expected %+v in other and test", u, want)
	}
	if err := Clear(); err != nil {
		t.Fatal(err)
	}
	if u, err = Info(); err != nil || u.Entries != 0 {
		t.Errorf("after clear: %+v (%v)", u, err)
	}
	for _, path := range foreign {
		if _, err := os.Stat(path); err != nil {
			t.Errorf("clear removed what is not an entry: %v", err)
		}
	}
	if _, err := os.Stat(abandonedFile.Name()); err == nil {
		t.Error("clear left a file without a writer")
	}
}

func TestNothingThere(t *testing.T) {
	root := filepath.Join(t.TempDir(), "absent")
	t.Setenv(EnvDirectory, root)
	if u, err := Info(); err != nil || u.Entries != 0 || u.Directory != root {
		t.Errorf("info %+v (%v)", u, err)
	}
	if err := Clear(); err != nil {
		t.Error(err)
	}
	if _, err := os.Stat(root); err == nil {
		t.Error("looking made the directory")
	}
}

// TestRemovedDirectory: a user may delete the directory while a program runs.
func TestRemovedDirectory(t *testing.T) {
	c := opened(t, Limit)
	put(t, c, "a", []byte("x"))
	if err := os.RemoveAll(c.root); err != nil {
		t.Fatal(err)
	}
	if _, ok := c.Get("a"); ok {
		t.Error("a hit without a directory")
	}
	put(t, c, "a", []byte("y"))
	if got, ok := c.Get("a"); !ok || string(got) != "y" {
		t.Errorf("%q (%v) after the directory was made again", got, ok)
	}
}
