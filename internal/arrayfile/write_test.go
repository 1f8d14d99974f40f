package arrayfile

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"path/filepath"
	"reflect"
	"runtime"
	"slices"
	"strings"
	"syscall"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	npyio "github.com/sbinet/npyio/npy"
)

var awkward = []float64{0, math.Copysign(0, -1), 1, -1.5, 0.1, 1.0 / 3, 1e-4, 9.999e-5, 1e15, 1e16, 123456789012345680, 5e-324, 2.2250738585072014e-308,
	math.MaxFloat64, -math.MaxFloat64, math.Inf(1), math.Inf(-1), math.NaN()}

func TestWriteAndReadBack(t *testing.T) {
	ctx := context.Background()
	f32 := make([]float32, len(awkward))
	for i, v := range awkward {
		f32[i] = float32(v)
	}
	n := len(awkward)
	for _, name := range []string{"a.npy", "a.csv"} {
		for _, shape := range [][]int{{n}, {n / 3, 3}, {n, 1}} {
			path := filepath.Join(t.TempDir(), name)
			if err := Write(ctx, path, shape, awkward, WriteOptions{}); err != nil {
				t.Fatal(err)
			}
			sameBits(t, path, shape, awkward)
			if err := Write(ctx, path, shape, f32, WriteOptions{}); err != nil {
				t.Fatal(err)
			}
			got := mustRead(t, path)
			for _, v := range got.F64 { // CSV: the shortest float32 digits give the float32 back
				got.F32 = append(got.F32, float32(v))
			}
			if !slices.EqualFunc(got.F32, f32, func(a, b float32) bool {
				return math.Float32bits(a) == math.Float32bits(b) || a != a && b != b
			}) {
				t.Errorf("%s: got %v, want %v", path, got.F32, f32)
			}
		}
	}
}

func mustRead(t *testing.T, path string) *File {
	t.Helper()
	f, err := Read(context.Background(), path, ReadOptions{})
	if err != nil {
		t.Fatal(err)
	}
	return f
}

// sameBits reads path and requires the values, NaN payloads aside, bit by bit.
func sameBits(t *testing.T, path string, shape []int, want []float64) {
	t.Helper()
	f := mustRead(t, path)
	if filepath.Ext(path) == ".csv" && len(shape) == 1 {
		shape = []int{shape[0], 1}
	}
	if !slices.Equal(f.Shape, shape) {
		t.Errorf("%s: shape %v, want %v", path, f.Shape, shape)
	}
	for i, v := range f.F64 {
		if math.Float64bits(v) != math.Float64bits(want[i]) && !(math.IsNaN(v) && math.IsNaN(want[i])) {
			t.Errorf("%s: element %d is %v, want %v", path, i, v, want[i])
		}
	}
}

// TestWriteTypes checks each element type, both by reading back and by another reader.
func TestWriteTypes(t *testing.T) {
	testType(t, "float32", []float32{-1.5, 0, 2.5, 1e30})
	testType(t, "float64", []float64{-1.5, 0, 2.5, 1e300})
	testType(t, "int8", []int8{-128, 0, 1, 127})
	testType(t, "int16", []int16{-32768, 0, 1, 32767})
	testType(t, "int32", []int32{math.MinInt32, 0, 1, math.MaxInt32})
	testType(t, "int64", []int64{math.MinInt64, 0, 1, 1 << 53})
	testType(t, "uint8", []uint8{0, 1, 2, 255})
	testType(t, "uint16", []uint16{0, 1, 2, 65535})
	testType(t, "uint32", []uint32{0, 1, 2, math.MaxUint32})
	testType(t, "uint64", []uint64{0, 1, 2, 1 << 63})
	testType(t, "bool", []bool{true, false, false, true})
	testType(t, fmt.Sprintf("int%d", 8*reflect.TypeFor[int]().Size()), []int{-3, 0, 1, 70000})
}

func testType[T Element](t *testing.T, dtype string, values []T) {
	t.Run(fmt.Sprintf("%T", values), func(t *testing.T) {
		ctx, dir := context.Background(), t.TempDir()
		npyPath, csvPath := filepath.Join(dir, "a.npy"), filepath.Join(dir, "a.csv")
		for _, path := range []string{npyPath, csvPath} {
			if err := Write(ctx, path, []int{2, 2}, values, WriteOptions{}); err != nil {
				t.Fatal(err)
			}
		}
		a, b := mustRead(t, npyPath), mustRead(t, csvPath)
		for _, v := range a.F32 {
			a.F64 = append(a.F64, float64(v))
		}
		if a.DType != dtype || !cmp.Equal(a.F64, b.F64, cmpopts.EquateApprox(1e-7, 0)) {
			t.Errorf("npy %s %v, CSV %v, want %s %v", a.DType, a.F64, b.F64, dtype, values)
		}
		if reflect.TypeFor[T]().Kind() == reflect.Int {
			return // the other reader knows types of fixed size only
		}
		f, err := os.Open(npyPath)
		if err != nil {
			t.Fatal(err)
		}
		defer f.Close()
		var got []T
		if err := npyio.Read(f, &got); err != nil || !slices.Equal(got, values) {
			t.Errorf("npyio reads %v, %v, want %v", got, err, values)
		}
	})
}

func TestHeader(t *testing.T) {
	for _, tt := range []struct {
		shape []int
		want  string
	}{
		{nil, "()"}, {[]int{7}, "(7,)"}, {[]int{3, 4}, "(3, 4)"}, {[]int{1, 0, 5}, "(1, 0, 5)"},
	} {
		h := header[float32](tt.shape)
		if !hostLittleEndian {
			h = bytes.Replace(h, []byte(">f4"), []byte("<f4"), 1)
		}
		want := "{'descr': '<f4', 'fortran_order': False, 'shape': " + tt.want + ", }"
		if len(h)%64 != 0 || h[len(h)-1] != '\n' || strings.TrimRight(string(h[10:]), " \n") != want {
			t.Errorf("shape %v: header %q, want %q", tt.shape, h, want)
		}
	}
}

func TestStreamingWriter(t *testing.T) {
	ctx := context.Background()
	path := filepath.Join(t.TempDir(), "a.npy")
	want := make([]float64, 3*70001)
	for i := range want {
		want[i] = float64(i)
	}
	for _, piece := range []int{1, 7, 70001, len(want)} {
		w, err := NewNPYWriter[float64](ctx, path, []int{3, 70001}, WriteOptions{})
		if err != nil {
			t.Fatal(err)
		}
		for rest := want; len(rest) > 0; {
			n := min(piece, len(rest))
			if err := w.Write(rest[:n]); err != nil {
				t.Fatal(err)
			}
			rest = rest[n:]
		}
		if err := errors.Join(w.Close(), w.Close(), w.Abort()); err != nil {
			t.Fatal(err)
		}
		sameBits(t, path, []int{3, 70001}, want)
		wantError(t, w.Write(want[:1]), "closed already")
	}
}

// TestFailedWriteKeepsOldFile breaks writing in every way; the old file must stay, and nothing beside it.
func TestFailedWriteKeepsOldFile(t *testing.T) {
	data := make([]float64, 1<<20)
	ctx := context.Background()
	cancelled, cancel := context.WithCancel(ctx)
	cancel()
	failing := func(s *failingFile) WriteOptions {
		return WriteOptions{create: func(path string) (syncWriter, error) {
			f, err := createFile(path)
			s.syncWriter = f
			return s, err
		}}
	}
	full := &os.PathError{Op: "write", Path: "temporary", Err: syscall.ENOSPC}
	tests := []struct {
		name  string
		write func(path string) error
		want  string
	}{
		{"disk full at the header", func(p string) error { return WriteNPY(ctx, p, []int{1}, data[:1], failing(&failingFile{write: full})) }, "no space left"},
		{"disk full in the data", func(p string) error {
			return WriteNPY(ctx, p, []int{1 << 20}, data, failing(&failingFile{write: full, room: 5 << 20}))
		}, "no space left"},
		{"disk full in CSV", func(p string) error {
			return WriteCSV(ctx, p, []int{1 << 20}, data, failing(&failingFile{write: full, room: 1 << 20}))
		}, "no space left"},
		{"flush", func(p string) error {
			return WriteNPY(ctx, p, []int{9}, data[:9], failing(&failingFile{sync: syscall.EIO}))
		}, syscall.EIO.Error()},
		{"close", func(p string) error {
			return WriteNPY(ctx, p, []int{9}, data[:9], failing(&failingFile{close: syscall.EDQUOT}))
		}, syscall.EDQUOT.Error()},
		{"CSV close", func(p string) error {
			return WriteCSV(ctx, p, []int{9}, data[:9], failing(&failingFile{close: syscall.EIO}))
		}, syscall.EIO.Error()},
		{"no permission", func(p string) error {
			return WriteNPY(ctx, p, []int{9}, data[:9], WriteOptions{create: func(string) (syncWriter, error) {
				return nil, &os.PathError{Op: "open", Path: "temporary", Err: syscall.EACCES}
			}})
		}, "create a file in"},
		{"cancelled before", func(p string) error { return WriteNPY(cancelled, p, []int{9}, data[:9], WriteOptions{}) }, "context canceled"},
		{"cancelled CSV", func(p string) error { return WriteCSV(cancelled, p, []int{9}, data[:9], WriteOptions{}) }, "context canceled"},
		{"cancelled between blocks", func(p string) error { return cancelMidway(p, data) }, "context canceled"},
		{"too few values", func(p string) error { return stream(p, []int{9}, data[:8]) }, "shape [9] has 9 elements, only 8 were given"},
		{"too many values", func(p string) error { return stream(p, []int{9}, data[:10]) }, "shape [9] has 9 elements, at least 10 were given"},
		{"wrong length", func(p string) error { return WriteNPY(ctx, p, []int{3, 4}, data[:9], WriteOptions{}) }, "shape [3 4] has 12 elements, 9 were given"},
		{"wrong length CSV", func(p string) error { return WriteCSV(ctx, p, []int{3, 4}, data[:9], WriteOptions{}) }, "shape [3 4] has 12 elements, 9 were given"},
		{"negative shape", func(p string) error { return WriteNPY(ctx, p, []int{-3}, data[:9], WriteOptions{}) }, "axis 0 is negative"},
		{"CSV of three axes", func(p string) error { return WriteCSV(ctx, p, []int{3, 1, 3}, data[:9], WriteOptions{}) }, "3 axes, CSV has at most 2"},
		{"CSV with wrong header", func(p string) error {
			return WriteCSV(ctx, p, []int{3, 3}, data[:9], WriteOptions{Columns: []string{"x"}})
		}, "has 3 columns, 1 names were given"},
		{"aborted", func(p string) error {
			w, err := NewNPYWriter[float64](ctx, p, []int{9}, WriteOptions{})
			if err != nil {
				return err
			}
			return errors.Join(w.Write(data[:9]), w.Abort(), w.Abort(), w.Close())
		}, "aborted"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			dir := t.TempDir()
			path := filepath.Join(dir, "d.npy")
			wantError(t, tt.write(path), "write "+path, tt.want)
			wantFiles(t, dir)
			if err := os.WriteFile(path, []byte("old"), 0o600); err != nil {
				t.Fatal(err)
			}
			wantError(t, tt.write(path), "write "+path, tt.want)
			wantFiles(t, dir, "d.npy")
			if b, err := os.ReadFile(path); string(b) != "old" {
				t.Errorf("the old file holds %q, %v", b, err)
			}
		})
	}
}

// failingFile takes room bytes before its Write fails.
type failingFile struct {
	syncWriter
	room               int
	write, sync, close error
}

func (f *failingFile) Write(p []byte) (int, error) {
	if f.write == nil || len(p) <= f.room {
		f.room -= len(p)
		return f.syncWriter.Write(p)
	}
	n, _ := f.syncWriter.Write(p[:f.room])
	return n, f.write
}

func (f *failingFile) Sync() error {
	return errors.Join(f.sync, f.syncWriter.Sync())
}

func (f *failingFile) Close() error {
	return errors.Join(f.close, f.syncWriter.Close())
}

func stream(path string, shape []int, data []float64) error {
	w, err := NewNPYWriter[float64](context.Background(), path, shape, WriteOptions{})
	if err != nil {
		return err
	}
	if err := w.Write(data); err != nil {
		return errors.Join(err, w.Close())
	}
	return w.Close()
}

func cancelMidway(path string, data []float64) error {
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	w, err := NewNPYWriter[float64](ctx, path, []int{2 * len(data)}, WriteOptions{})
	if err != nil {
		return err
	}
	if err := w.Write(data); err != nil {
		return err
	}
	cancel()
	return w.Write(data)
}

func wantFiles(t *testing.T, dir string, want ...string) {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, e := range entries {
		got = append(got, e.Name())
	}
	if !slices.Equal(got, want) {
		t.Errorf("%s holds %v, want %v", dir, got, want)
	}
}

func TestWriteTargets(t *testing.T) {
	ctx, dir := context.Background(), t.TempDir()
	one := []float64{1}
	write := func(path string) error { return Write(ctx, path, []int{1}, one, WriteOptions{}) }

	wantError(t, write(dir), "write "+dir+": is a directory")
	wantError(t, write(filepath.Join(dir, "missing", "a.npy")), "create a file in "+filepath.Join(dir, "missing"))
	wantError(t, write(filepath.Join(dir, "a.txt")), "the extension is .txt, expected .npy or .csv")
	wantFiles(t, dir)

	var b bytes.Buffer
	if err := Write(ctx, "-", []int{1}, one, WriteOptions{Stdout: &b}); err != nil {
		t.Fatal(err)
	}
	if f, err := Read(ctx, "-", ReadOptions{Stdin: &b}); err != nil || !slices.Equal(f.F64, one) {
		t.Errorf("through standard streams: %+v, %v", f, err)
	}
	err := Write(ctx, "-", []int{1}, one, WriteOptions{Stdout: brokenPipe{}})
	wantError(t, err, "write standard output: broken pipe")
	err = WriteCSV(ctx, "-", []int{1, 2}, []int{1, 2}, WriteOptions{Stdout: &b, Columns: []string{"a", `b "c"`}})
	if err != nil || b.String() != "a,\"b \"\"c\"\"\"\n1,2\n" {
		t.Errorf("CSV %q, %v", b.String(), err)
	}
}

type brokenPipe struct{}

func (brokenPipe) Write([]byte) (int, error) { return 0, errors.New("broken pipe") }

func TestWriteKeepsModeAndLink(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("Windows has neither file modes nor, for every user, links")
	}
	dir := t.TempDir()
	path, link := filepath.Join(dir, "a.npy"), filepath.Join(dir, "link.npy")
	if err := errors.Join(os.WriteFile(path, nil, 0o600), os.Chmod(path, 0o626), os.Symlink("a.npy", link)); err != nil {
		t.Fatal(err)
	}
	if err := WriteNPY(context.Background(), link, []int{2}, []float64{1, 2}, WriteOptions{}); err != nil {
		t.Fatal(err)
	}
	wantFiles(t, dir, "a.npy", "link.npy")
	sameBits(t, path, []int{2}, []float64{1, 2})
	st, err := os.Lstat(path)
	if err != nil || st.Mode() != 0o626 {
		t.Errorf("mode %v, %v, want 0626", st.Mode(), err)
	}
	fresh := filepath.Join(dir, "fresh.npy")
	if err := errors.Join(os.Symlink("b.npy", fresh), WriteNPY(context.Background(), fresh, []int{1}, []float64{3}, WriteOptions{})); err != nil {
		t.Fatal(err)
	}
	wantFiles(t, dir, "a.npy", "b.npy", "fresh.npy", "link.npy")
	sameBits(t, filepath.Join(dir, "b.npy"), []int{1}, []float64{3})
	loop := filepath.Join(dir, "loop.npy")
	if err := os.Symlink("loop.npy", loop); err != nil {
		t.Fatal(err)
	}
	wantError(t, WriteNPY(context.Background(), loop, []int{1}, []float64{3}, WriteOptions{}), "symbolic links")
}

func TestUnwritableDirectory(t *testing.T) {
	dir := t.TempDir()
	if err := os.Chmod(dir, 0o500); err != nil {
		t.Fatal(err)
	}
	probe := filepath.Join(dir, "probe")
	if os.WriteFile(probe, nil, 0o600) == nil {
		os.Remove(probe)
		t.Skip("this user may write everywhere")
	}
	err := WriteNPY(context.Background(), filepath.Join(dir, "a.npy"), []int{1}, []float64{1}, WriteOptions{})
	wantError(t, err, "create a file in "+dir, "permission denied")
}

// TestDevices writes to devices, which must be neither replaced nor removed.
func TestDevices(t *testing.T) {
	for device, want := range map[string]string{"/dev/null": "", "/dev/full": "no space left on device"} {
		if _, err := os.Stat(device); err != nil {
			t.Logf("%v", err)
			continue
		}
		for name, write := range map[string]func() error{
			"npy": func() error { return Write(context.Background(), device, []int{9}, make([]float64, 9), WriteOptions{}) },
			"csv": func() error {
				return WriteCSV(context.Background(), device, []int{9}, make([]float64, 9), WriteOptions{})
			},
			"stdout": func() error {
				f, err := os.OpenFile(device, os.O_WRONLY, 0)
				if err != nil {
					return err
				}
				defer f.Close()
				return Write(context.Background(), "-", []int{9}, make([]float64, 9), WriteOptions{Stdout: io.Writer(f)})
			},
		} {
			err := write()
			if want == "" && err != nil {
				t.Errorf("%s to %s: %v", name, device, err)
			}
			if want != "" {
				wantError(t, err, want)
			}
		}
		if st, err := os.Stat(device); err != nil || st.Mode().IsRegular() {
			t.Errorf("%s is no longer a device: %v", device, err)
		}
	}
}
