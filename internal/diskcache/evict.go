package diskcache

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"time"
)

// file is an entry, or the beginnings of one, on disk.
type file struct {
	name  string
	bytes int64
	used  time.Time
	temp  bool
}

// abandoned is the age at which a file being written has no writer any more.
const abandoned = time.Hour

// list finds the files of a cache; what others have put there is left alone.
func list(dir string) ([]file, error) {
	found, err := os.ReadDir(dir)
	if err != nil {
		return nil, err
	}
	var files []file
	for _, e := range found {
		if !isEntry(e.Name()) && !isTemp(e.Name()) {
			continue
		}
		st, err := e.Info()
		if err != nil {
			continue // another process has removed it
		}
		files = append(files, file{e.Name(), st.Size(), st.ModTime(), isTemp(e.Name())})
	}
	return files, nil
}

// bound keeps the cache within its limit after size bytes were written. Reading
// the directory takes time, so it happens after every sixteenth of the limit:
// for that long several processes may exceed it together.
func (c *Cache) bound(size int64) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.written += size
	if c.scanned && c.written < c.limit/16 {
		return nil
	}
	c.scanned, c.written = true, 0
	if err := c.evict(); err != nil {
		return fmt.Errorf("cache: make room: %w", err)
	}
	return nil
}

// evict removes the entries used least recently, down to a sixteenth less than
// the limit, and what writers have abandoned.
func (c *Cache) evict() error {
	files, err := list(c.dir)
	if err != nil {
		return err
	}
	slices.SortFunc(files, func(a, b file) int { return a.used.Compare(b.used) })
	var total int64
	for _, f := range files {
		total += f.bytes
	}
	for _, f := range files {
		if f.temp {
			if time.Since(f.used) > abandoned {
				err = errors.Join(err, remove(filepath.Join(c.dir, f.name)))
			}
			continue
		}
		if total > c.limit-c.limit/16 {
			err = errors.Join(err, remove(filepath.Join(c.dir, f.name)))
			total -= f.bytes
		}
	}
	return err
}

// remove deletes a file that another process may have deleted already.
func remove(path string) error {
	if err := os.Remove(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return nil
}
