package cache

import (
	"errors"
	"testing"
)

type full struct{}

func (full) Get(string) ([]byte, bool) { return nil, false }
func (full) Put(string, []byte) error  { return errors.New("no space left") }

func TestKeysDiffer(t *testing.T) {
	seen := make(map[string][]string)
	for _, parts := range [][]string{{"program"}, {"tile"}, {"program", ""}, {"program", "ab", "c"}, {"program", "a", "bc"}, {"program", "abc"}, {"program", "c", "ab"}} {
		key := Key(parts[0], parts[1:]...)
		if other, ok := seen[key]; ok {
			t.Errorf("%q and %q have one key", parts, other)
		}
		seen[key] = parts
		if again := Key(parts[0], parts[1:]...); again != key {
			t.Errorf("%q: %s, then %s", parts, key, again)
		}
	}
}

func TestCachesThatKeepNothing(t *testing.T) {
	for name, c := range map[string]Cache{"none": nil, "full": full{}} {
		Remember(c, "key", []byte("data"))
		if data, ok := Recall(c, "key"); ok || data != nil {
			t.Errorf("%s: recalled %q", name, data)
		}
	}
}

func TestDefault(t *testing.T) {
	t.Setenv("QUERN_CACHE_DIR", t.TempDir())
	c := Default("cuda")
	Remember(c, "key", []byte("data"))
	if data, ok := Recall(Default("cuda"), "key"); !ok || string(data) != "data" {
		t.Errorf("recalled %q, %v", data, ok)
	}
	t.Setenv("QUERN_CACHE_DIR", "/dev/null/cache")
	if c := Default("cuda"); c != nil {
		t.Errorf("a cache in no directory: %v", c)
	}
}
