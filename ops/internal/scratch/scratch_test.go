package scratch

import (
	"bytes"
	"context"
	"errors"
	"os"
	"path/filepath"
	"testing"

	"github.com/quern-go/quern/kernels"
)

// filled is a file of the layout's elements, of 4 bytes each, and what it holds.
func filled(t *testing.T, shape ...int) (*File, []byte) {
	t.Helper()
	whole := kernels.Contiguous(shape...)
	want := make([]byte, 4*whole.Len())
	for i := range want {
		want[i] = byte(i*7 + i>>8)
	}
	f, err := Create(len(want))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := f.Close(); err != nil {
			t.Error(err)
		}
	})
	if err := f.Write(context.Background(), want, 4, whole); err != nil {
		t.Fatal(err)
	}
	return f, want
}

// elements are those of a layout, one after another.
func elements(from []byte, l kernels.Layout) []byte {
	var out []byte
	_ = runs(l, func(at, count int) error {
		out = append(out, from[4*at:4*(at+count)]...)
		return nil
	})
	return out
}

func TestReadParts(t *testing.T) {
	for _, c := range []struct {
		name   string
		shape  []int
		slices [][4]int // axis, start, step, count
		runs   int
	}{
		{"all", []int{70, 50}, nil, 1},
		{"rows", []int{70, 50}, [][4]int{{0, 3, 1, 20}}, 1},
		{"columns close together", []int{3000, 50}, [][4]int{{1, 7, 1, 11}}, 3000},
		{"columns far apart", []int{20, 5000}, [][4]int{{1, 70, 1, 11}}, 20},
		{"wide columns", []int{20, 5000}, [][4]int{{1, 70, 1, 4000}}, 20},
		{"every third, backwards", []int{100, 500}, [][4]int{{1, 499, -3, 150}}, 15000},
		{"last row first", []int{3000, 50}, [][4]int{{0, 2999, -1, 3000}, {1, 1, 1, 40}}, 3000},
		{"more than a chunk", []int{3, 1 << 20}, [][4]int{{1, 5, 1, 1<<20 - 5}}, 3},
		{"a block of three axes", []int{9, 20, 30}, [][4]int{{0, 2, 2, 3}, {1, 5, 1, 4}}, 3},
		{"one element", []int{9, 20}, [][4]int{{0, 8, 1, 1}, {1, 19, 1, 1}}, 1},
		{"no axes", nil, nil, 1},
	} {
		t.Run(c.name, func(t *testing.T) {
			f, all := filled(t, c.shape...)
			l := kernels.Contiguous(c.shape...)
			for _, s := range c.slices {
				l = l.Slice(s[0], s[1], s[2], s[3])
			}
			if got := Runs(l); got != c.runs {
				t.Errorf("%d runs, expected %d", got, c.runs)
			}
			want := elements(all, l)
			got := make([]byte, len(want))
			if err := f.Read(context.Background(), got, 4, l); err != nil || !bytes.Equal(got, want) {
				t.Errorf("other elements were read, or error %v", err)
			}
			// Written where they are, changed, and read as a whole.
			for i := range got {
				got[i] ^= 0x55
			}
			if err := f.Write(context.Background(), got, 4, l); err != nil {
				t.Fatal(err)
			}
			back := make([]byte, len(all))
			if err := f.Read(context.Background(), back, 4, kernels.Contiguous(c.shape...)); err != nil {
				t.Fatal(err)
			}
			if !bytes.Equal(elements(back, l), got) {
				t.Error("other elements were written")
			}
			for i := range back {
				back[i] ^= all[i]
			}
			if changed := bytes.Count(back, []byte{0x55}); changed != len(got) {
				t.Errorf("%d bytes changed, expected %d", changed, len(got))
			}
		})
	}
}

// TestNothingIsLeft: neither while the file is open, where the system permits, nor after.
func TestNothingIsLeft(t *testing.T) {
	dir := t.TempDir()
	setTempDir(t, dir)
	f, err := Create(8)
	if err != nil {
		t.Fatal(err)
	}
	if names, _ := filepath.Glob(filepath.Join(dir, "*")); len(names) != 0 && f.name == "" {
		t.Errorf("%v is there while the file is open", names)
	}
	if err := f.Close(); err != nil {
		t.Error(err)
	}
	if names, _ := filepath.Glob(filepath.Join(dir, "*")); len(names) != 0 {
		t.Errorf("%v was left", names)
	}
}

func TestErrors(t *testing.T) {
	f, all := filled(t, 100)
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	whole := kernels.Contiguous(100)
	for what, call := range map[string]func(context.Context, []byte, int, kernels.Layout) error{"read": f.Read, "write": f.Write} {
		if err := call(ctx, all, 4, whole); !errors.Is(err, context.Canceled) || errors.Is(err, Err) {
			t.Errorf("%s after the end: error %v", what, err)
		}
	}
	if err := f.Read(context.Background(), make([]byte, 400), 4, kernels.Layout{Shape: []int{100}, Strides: []int{1}, Offset: 50}); !errors.Is(err, Err) {
		t.Errorf("read past the end: error %v", err)
	}
	setTempDir(t, filepath.Join(t.TempDir(), "missing"))
	if _, err := Create(8); !errors.Is(err, Err) || !errors.Is(err, os.ErrNotExist) {
		t.Errorf("a directory that is missing: error %v", err)
	}
}

// setTempDir is where files are made during a test.
func setTempDir(t *testing.T, dir string) {
	t.Helper()
	for _, name := range []string{"TMPDIR", "TMP", "TEMP"} {
		t.Setenv(name, dir)
	}
	if os.TempDir() != dir {
		t.Skipf("the system's temporary directory is %s whatever the environment says", os.TempDir())
	}
}
