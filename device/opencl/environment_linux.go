package opencl

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"

	"golang.org/x/sys/unix"
)

// poclCacheDir is the variable that tells PoCL where to keep what it compiles.
const poclCacheDir = "POCL_CACHE_DIR"

// prepareEnvironment sees to it that PoCL can keep its files. Where the user's cache
// directory cannot be written, as in many containers, PoCL finds no device and
// does not say why.
func prepareEnvironment() {
	if dir, set := os.LookupEnv(poclCacheDir); dir != "" {
		return
	} else if set {
		_ = os.Unsetenv(poclCacheDir) // with an empty name PoCL aborts the program
	}
	cache, err := os.UserCacheDir()
	if err != nil || canCreate(cache) {
		return // without a cache directory PoCL itself goes to /tmp
	}
	if dir, err := privateTemp(fmt.Sprintf("quern-pocl-%d", os.Getuid())); err == nil {
		// An error leaves PoCL without its directory: Probe then has no device of it.
		_ = os.Setenv(poclCacheDir, dir)
	}
}

// canCreate reports whether dir is, or can be made, a directory to write to.
func canCreate(dir string) bool {
	for {
		info, err := os.Stat(dir)
		if err == nil {
			return info.IsDir() && unix.Access(dir, unix.W_OK|unix.X_OK) == nil
		}
		parent := filepath.Dir(dir)
		if parent == dir {
			return false
		}
		dir = parent
	}
}

// privateTemp is a directory of the given name for temporary files that nobody
// else can write to: what PoCL finds there, it runs.
func privateTemp(name string) (string, error) {
	dir := filepath.Join(os.TempDir(), name)
	if err := os.Mkdir(dir, 0o700); err != nil && !os.IsExist(err) {
		return "", err
	}
	info, err := os.Lstat(dir)
	if err != nil {
		return "", err
	}
	owner, ok := info.Sys().(*syscall.Stat_t)
	if !ok || !info.IsDir() || int(owner.Uid) != os.Getuid() || info.Mode()&fs.ModePerm != 0o700 {
		return os.MkdirTemp("", name+"-")
	}
	return dir, nil
}
