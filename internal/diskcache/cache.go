package diskcache

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"
)

// Limit bounds each cache, in bytes of files. Beyond it the entries used least
// recently go.
const Limit = 256 << 20

// Cache is a part of the cache directory with a name of its own. Its methods may
// be called from several goroutines. The nil Cache keeps nothing.
type Cache struct {
	root, dir string
	limit     int64

	mu      sync.Mutex
	scanned bool
	written int64 // bytes since the last scan of the directory
}

// Open prepares the cache of that name, of lower-case letters, digits and
// hyphens. The error says why there is none; the caller then does without.
func Open(name string) (*Cache, error) {
	root, err := Directory()
	if err != nil {
		return nil, err
	}
	return open(root, name, Limit)
}

func open(root, name string, limit int64) (*Cache, error) {
	if !isName(name) {
		return nil, fmt.Errorf("open cache %q: expected a name of a-z, 0-9 and -", name)
	}
	c := &Cache{root: root, dir: filepath.Join(root, name), limit: limit}
	err := makeDirectories(c.root, c.dir)
	if err == nil {
		err = c.tryWriting()
	}
	if err != nil {
		return nil, fmt.Errorf("open cache %q: %w", name, err)
	}
	return c, nil
}

func isName(s string) bool {
	return s != "" && strings.Trim(s, "abcdefghijklmnopqrstuvwxyz0123456789-") == ""
}

// tryWriting finds out whether the directory can be written: permissions alone
// do not tell.
func (c *Cache) tryWriting() error {
	f, err := c.temp("probe" + entrySuffix)
	if err != nil {
		return err
	}
	return errors.Join(f.Close(), os.Remove(f.Name()))
}

// temp creates a file for what becomes name.
func (c *Cache) temp(name string) (*os.File, error) {
	return os.CreateTemp(c.dir, "."+name+".*"+tempSuffix) // mode 0600
}

// Get returns what was last Put under the key, if it is still there.
func (c *Cache) Get(key string) ([]byte, bool) {
	if c == nil {
		return nil, false
	}
	path := filepath.Join(c.dir, entryName(key))
	data, err := readEntry(path, key)
	if err != nil {
		if errors.Is(err, errCorrupt) {
			_ = os.Remove(path) // it stays a miss
		}
		return nil, false
	}
	now := time.Now()
	_ = os.Chtimes(path, now, now) // the order of eviction is all that suffers
	return data, true
}

// Put keeps the data under the key. What is lost by an error is time only.
func (c *Cache) Put(key string, data []byte) error {
	if c == nil {
		return nil
	}
	size := int64(headerBytes) + int64(len(data))
	if size > c.limit {
		return fmt.Errorf("cache: an entry of %d bytes, at most %d are kept", size, c.limit)
	}
	name := entryName(key)
	err := c.write(name, key, data)
	if errors.Is(err, fs.ErrNotExist) { // someone has removed the directory
		if err = makeDirectories(c.root, c.dir); err == nil {
			err = c.write(name, key, data)
		}
	}
	if err != nil {
		return fmt.Errorf("cache: write an entry: %w", err)
	}
	return c.bound(size)
}

// write makes the whole entry visible at once. It need not survive a crash of
// the system: what is then found is a miss.
func (c *Cache) write(name, key string, data []byte) error {
	f, err := c.temp(name)
	if err != nil {
		return err
	}
	_, err = f.Write(header(key, data))
	if err == nil {
		_, err = f.Write(data)
	}
	if closeErr := f.Close(); err == nil {
		err = closeErr
	}
	if err == nil {
		err = os.Rename(f.Name(), filepath.Join(c.dir, name))
	}
	if err != nil {
		_ = os.Remove(f.Name()) // if the disk is as broken as that, Clear tries again
	}
	return err
}
