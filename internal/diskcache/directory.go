package diskcache

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

// EnvDirectory is the environment variable that names the cache directory.
const EnvDirectory = "QUERN_CACHE_DIR"

// Directory is where the caches lie; it need not exist.
func Directory() (string, error) {
	if dir := os.Getenv(EnvDirectory); dir != "" {
		abs, err := filepath.Abs(dir)
		if err != nil {
			return "", fmt.Errorf("cache directory: %s=%q: %w", EnvDirectory, dir, err)
		}
		return abs, nil
	}
	dir, err := os.UserCacheDir()
	if err != nil {
		return "", fmt.Errorf("cache directory: %w; %s can name one", err, EnvDirectory)
	}
	return filepath.Join(dir, "quern"), nil
}

// ours is what a directory of ours lets others do: nothing.
const ours = 0o700

// makeDirectories creates a cache's directory below the root, and checks that
// both are the user's alone to write.
func makeDirectories(root, dir string) error {
	if err := os.MkdirAll(root, ours); err != nil {
		return err
	}
	if err := trustRoot(root); err != nil {
		return err
	}
	if err := os.Mkdir(dir, ours); err != nil && !errors.Is(err, fs.ErrExist) {
		return err
	}
	return trust(dir)
}

// trustRoot is trust for the root, which may be a link if the user made it.
func trustRoot(root string) error {
	st, err := os.Lstat(root)
	if err != nil {
		return err
	}
	if st.Mode()&fs.ModeSymlink != 0 {
		if !isOwn(st) {
			return fmt.Errorf("%s is a link of another user", root)
		}
		if root, err = filepath.EvalSymlinks(root); err != nil {
			return err
		}
	}
	return trust(root)
}

// trust checks that only this user can have put into the directory what is in
// it.
func trust(dir string) error {
	st, err := os.Lstat(dir)
	switch {
	case err != nil:
		return err
	case !st.IsDir():
		return fmt.Errorf("%s is not a directory", dir)
	case !isOwn(st):
		return fmt.Errorf("%s belongs to another user", dir)
	case othersMayWrite(st):
		return fmt.Errorf("%s may be written by others (%v), expected %v at most", dir, st.Mode().Perm(), fs.FileMode(0o755))
	}
	return nil
}
