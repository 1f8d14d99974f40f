//go:build unix

package arrayfile

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"syscall"
	"testing"
	"time"
)

// TestPipesAreGivenUp: nobody is at the other end of the pipe, so that opening it
// would wait for ever.
func TestPipesAreGivenUp(t *testing.T) {
	for name, use := range map[string]func(context.Context, string) error{
		"read": func(ctx context.Context, path string) error { _, err := Read(ctx, path, ReadOptions{}); return err },
		"write": func(ctx context.Context, path string) error {
			return Write(ctx, path, []int{1}, []float64{1}, WriteOptions{})
		},
	} {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "pipe.npy")
			if err := syscall.Mkfifo(path, 0o600); err != nil {
				t.Skip(err)
			}
			ctx, cancel := context.WithTimeout(context.Background(), 10*time.Millisecond)
			defer cancel()
			if err := use(ctx, path); !errors.Is(err, context.DeadlineExceeded) {
				t.Errorf("error %v, expected %v", err, context.DeadlineExceeded)
			}
		})
	}
}

func TestPipes(t *testing.T) {
	ctx := context.Background()
	path := filepath.Join(t.TempDir(), "pipe.npy")
	if err := syscall.Mkfifo(path, 0o600); err != nil {
		t.Skip(err)
	}
	written := make(chan error)
	go func() { written <- Write(ctx, path, []int{3}, []float64{1, 2, 3}, WriteOptions{}) }()
	f, err := Read(ctx, path, ReadOptions{})
	if err = errors.Join(err, <-written); err != nil || len(f.F64) != 3 {
		t.Errorf("read %+v, %v", f, err)
	}
}

func TestCheck(t *testing.T) {
	ctx := context.Background()
	dir := t.TempDir()
	for _, c := range []struct {
		name, path string
		shape      []int
		ok         bool
	}{
		{"new file", "a.npy", []int{2, 3, 4}, true},
		{"table", "a.csv", []int{2, 3}, true},
		{"device", "/dev/null", []int{2}, true},
		{"three axes in CSV", "a.csv", []int{2, 3, 4}, false},
		{"extension", "a.txt", []int{2}, false},
		{"directory", ".", []int{2}, false},
		{"no directory", "none/a.npy", []int{2}, false},
	} {
		path := c.path
		if !filepath.IsAbs(path) {
			path = filepath.Join(dir, path)
		}
		if err := Check(ctx, path, c.shape); (err == nil) != c.ok {
			t.Errorf("%s: %v", c.name, err)
		}
	}
	if left, err := os.ReadDir(dir); err != nil || len(left) != 0 {
		t.Errorf("left behind: %v, %v", left, err)
	}
}
