package diskcache

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"
)

// Usage is what the cache directory holds.
type Usage struct {
	Directory string  `json:"directory"`
	Entries   int     `json:"entries"`
	Bytes     int64   `json:"bytes"`  // of files
	Caches    []Share `json:"caches"` // those that are not empty
}

// Share is what one cache holds of it.
type Share struct {
	Name    string `json:"name"`
	Entries int    `json:"entries"`
	Bytes   int64  `json:"bytes"`
}

// Info looks at the cache directory; one that does not exist holds nothing.
func Info() (Usage, error) {
	root, err := Directory()
	if err != nil {
		return Usage{}, err
	}
	u := Usage{Directory: root, Caches: []Share{}}
	err = eachCache(root, func(name string, files []file) error {
		s := Share{Name: name}
		for _, f := range files {
			s.Bytes += f.bytes
			if !f.temp {
				s.Entries++
			}
		}
		if len(files) == 0 {
			return nil
		}
		u.Entries += s.Entries
		u.Bytes += s.Bytes
		u.Caches = append(u.Caches, s)
		return nil
	})
	if err != nil {
		return u, fmt.Errorf("read the cache: %w", err)
	}
	return u, nil
}

// Clear removes all entries of all caches, and nothing else that may lie in the
// directory. Files that another process is writing become entries afterwards.
func Clear() error {
	root, err := Directory()
	if err != nil {
		return err
	}
	err = eachCache(root, func(name string, files []file) error {
		var err error
		for _, f := range files {
			if !f.temp || time.Since(f.used) > abandoned {
				err = errors.Join(err, remove(filepath.Join(root, name, f.name)))
			}
		}
		return err
	})
	if err != nil {
		return fmt.Errorf("clear the cache: %w", err)
	}
	return nil
}

// eachCache visits the caches below the root, by name.
func eachCache(root string, visit func(name string, files []file) error) error {
	err := trustRoot(root)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	found, err := os.ReadDir(root)
	if err != nil {
		return err
	}
	for _, e := range found {
		if !e.IsDir() || !isName(e.Name()) || trust(filepath.Join(root, e.Name())) != nil {
			continue // not one of ours
		}
		files, err := list(filepath.Join(root, e.Name()))
		if err == nil {
			err = visit(e.Name(), files)
		}
		if err != nil {
			return err
		}
	}
	return nil
}
