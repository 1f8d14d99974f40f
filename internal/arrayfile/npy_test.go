package arrayfile

import (
	"bytes"
	"context"
	"encoding/binary"
	"fmt"
	"io"
	"math"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

// TestReadNumPyFiles reads the files that testdata/make_npy.py made, from disk and as a stream.
func TestReadNumPyFiles(t *testing.T) {
	tests := []struct {
		file, dtype string
		shape       []int
		first, step float64
	}{
		{"little_f2", "float16", []int{3, 4}, -1.5, 0.5},
		{"big_f2", "float16", []int{3, 4}, -1.5, 0.5},
		{"little_f4", "float32", []int{3, 4}, -1.5, 0.5},
		{"big_f4", "float32", []int{3, 4}, -1.5, 0.5},
		{"little_f8", "float64", []int{3, 4}, -1.5, 0.5},
		{"big_f8", "float64", []int{3, 4}, -1.5, 0.5},
		{"little_i1", "int8", []int{3, 4}, -3, 1},
		{"big_i1", "int8", []int{3, 4}, -3, 1},
		{"little_i2", "int16", []int{3, 4}, -3, 1},
		{"big_i2", "int16", []int{3, 4}, -3, 1},
		{"little_i4", "int32", []int{3, 4}, -3, 1},
		{"big_i4", "int32", []int{3, 4}, -3, 1},
		{"little_i8", "int64", []int{3, 4}, -3, 1},
		{"big_i8", "int64", []int{3, 4}, -3, 1},
		{"little_u1", "uint8", []int{3, 4}, 0, 1},
		{"big_u1", "uint8", []int{3, 4}, 0, 1},
		{"little_u2", "uint16", []int{3, 4}, 0, 1},
		{"big_u2", "uint16", []int{3, 4}, 0, 1},
		{"little_u4", "uint32", []int{3, 4}, 0, 1},
		{"big_u4", "uint32", []int{3, 4}, 0, 1},
		{"little_u8", "uint64", []int{3, 4}, 0, 1},
		{"big_u8", "uint64", []int{3, 4}, 0, 1},
		{"fortran_2d", "float64", []int{9, 17}, -1.5, 0.5},
		{"fortran_3d_f4", "float32", []int{5, 3, 11}, -1.5, 0.5},
		{"fortran_4d_i2", "int16", []int{2, 3, 1, 5}, -3, 1},
		{"scalar", "float64", []int{}, -1.5, 0.5},
		{"vector", "float64", []int{7}, -1.5, 0.5},
		{"empty", "float64", []int{0, 3}, 0, 0},
		{"version2", "float64", []int{3, 4}, -1.5, 0.5},
		{"version3", "float64", []int{3, 4}, -1.5, 0.5},
	}
	for _, tt := range tests {
		t.Run(tt.file, func(t *testing.T) {
			n := 1
			for _, d := range tt.shape {
				n *= d
			}
			want := &File{DType: tt.dtype, Shape: tt.shape}
			for i := range n {
				v := tt.first + tt.step*float64(i)
				if tt.dtype == "float32" || tt.dtype == "float16" {
					want.F32 = append(want.F32, float32(v))
				} else {
					want.F64 = append(want.F64, v)
				}
			}
			for _, got := range readBothWays(t, "testdata/"+tt.file+".npy") {
				if diff := cmp.Diff(want, got, cmpopts.EquateEmpty()); diff != "" {
					t.Errorf("(-want +got)\n%s", diff)
				}
			}
		})
	}
}

// readBothWays reads a file by its path and, in small pieces, from standard input.
func readBothWays(t *testing.T, path string) []*File {
	t.Helper()
	a, err := Read(context.Background(), path, ReadOptions{})
	if err != nil {
		t.Fatal(err)
	}
	raw, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	b, err := Read(context.Background(), "-", ReadOptions{Stdin: iotest.HalfReader(bytes.NewReader(raw))})
	if err != nil {
		t.Fatal(err)
	}
	return []*File{a, b}
}

func TestReadBool(t *testing.T) {
	for _, got := range readBothWays(t, "testdata/bool.npy") {
		if want := []float64{0, 1, 0, 1, 0, 1, 0, 1, 0, 1, 0, 1}; got.DType != "bool" || !slices.Equal(got.F64, want) {
			t.Errorf("got %s %v, want bool %v", got.DType, got.F64, want)
		}
	}
}

// npy builds a version 1.0 file.
func npy(dict, data string) string {
	return npyMagic + "\x01\x00" + string(binary.LittleEndian.AppendUint16(nil, uint16(len(dict)))) + dict + data
}

func dictOf(descr, order, shape string) string {
	return fmt.Sprintf("{'descr': %s, 'fortran_order': %s, 'shape': %s, }\n", descr, order, shape)
}

func TestReadHostileNPY(t *testing.T) {
	eight := strings.Repeat("\x00", 8)
	tests := []struct {
		name, content string
		want          []string // parts of the error
	}{
		{"not npy", "hello", []string{`starts with "hello"`}},
		{"magic only", npyMagic, []string{"cut off in the .npy preamble"}},
		{"no header length", npyMagic + "\x01\x00\x10", []string{"cut off in the .npy preamble"}},
		{"version 9", npyMagic + "\x09\x01\x10\x00", []string{"version 9.1"}},
		{"huge header", npyMagic + "\x02\x00\xff\xff\xff\xff{}", []string{"header of 4294967295 bytes", "at most 65536"}},
		{"header cut off", npyMagic + "\x02\x00\xff\x00\x00\x00{}", []string{"cut off in the .npy header of 255 bytes"}},
		{"empty header", npy("", ""), []string{"expected '{' at its end"}},
		{"garbage header", npy("{garbage}", ""), []string{"expected a quoted string at byte 1"}},
		{"binary header", npy("\x00\xff\x00", ""), []string{"expected '{' at byte 0"}},
		{"dict not closed", npy("{'descr': '<f8', ", ""), []string{"expected a quoted string at its end"}},
		{"string not closed", npy("{'descr", ""), []string{"does not end"}},
		{"no colon", npy("{'descr' '<f8'}", ""), []string{"expected ':'"}},
		{"no comma", npy("{'descr': '<f8' 'shape': ()}", ""), []string{"expected ',' or '}'"}},
		{"code", npy("{'descr': exec('x')}", ""), []string{"expected a string, True, False or a tuple"}},
		{"text after dict", npy("{} + {}", ""), []string{"expected nothing more"}},
		{"zero byte after dict", npy("{}\x00", ""), []string{"expected nothing more"}},
		{"key missing", npy("{'descr': '<f8', 'shape': (1,)}", eight), []string{`"fortran_order" is missing`}},
		{"key unknown", npy("{'descr': '<f8', 'fortran_order': False, 'shape': (1,), 'x': True}", eight), []string{`unknown key "x"`}},
		{"key twice", npy("{'shape': (1,), 'shape': (2,)}", eight), []string{`"shape" occurs twice`}},
		{"order not bool", npy(dictOf("'<f8'", "'no'", "(1,)"), eight), []string{"fortran_order is no"}},
		{"shape not tuple", npy(dictOf("'<f8'", "False", "'x'"), eight), []string{"shape is x"}},
		{"shape of text", npy(dictOf("'<f8'", "False", "('a',)"), eight), []string{"expected an integer"}},
		{"shape without comma", npy(dictOf("'<f8'", "False", "(1 2)"), eight), []string{"expected ',' or ')'"}},
		{"shape not closed", npy("{'shape': (1,", eight), []string{"expected an integer"}},
		{"negative shape", npy(dictOf("'<f8'", "False", "(4, -3)"), eight), []string{"shape [4 -3]", "axis 1 is negative"}},
		{"axis beyond int", npy(dictOf("'<f8'", "False", "(99999999999999999999,)"), eight), []string{"99999999999999999999"}},
		{"product beyond int", npy(dictOf("'<f8'", "False", "(4294967296, 4294967296)"), eight), []string{"[4294967296 4294967296]", "more bytes than can be counted"}},
		{"product beyond int and zero", npy(dictOf("'<f8'", "False", "(0, 4294967296, 4294967296)"), ""), []string{"more bytes than can be counted"}},
		{"int8 that overflows as float64", npy(dictOf("'|i1'", "False", "(4611686018427387904,)"), eight), []string{"more bytes than can be counted"}},
		{"65 axes", npy(dictOf("'<f8'", "False", "("+strings.Repeat("1,", 65)+")"), eight), []string{"65 axes"}},
		{"absurd shape", npy(dictOf("'<f8'", "False", "(1000000, 1000000)"), eight), []string{"cut off", "[1000000 1000000] of float64 takes 8000000000000 bytes"}},
		{"absurd shape, Fortran", npy(dictOf("'<f8'", "True", "(1000000, 1000000)"), eight), []string{"cut off", "8000000000000 bytes"}},
		{"one byte short", npy(dictOf("'<f8'", "False", "(2,)"), eight+eight[1:]), []string{"takes 16 bytes after the header", "15"}},
		{"no data", npy(dictOf("'<f4'", "False", "()"), ""), []string{"shape [] of float32 takes 4 bytes after the header", "0"}},
		{"descr a tuple", npy(dictOf("(1,)", "False", "()"), eight), []string{"descr is [1]"}},
		{"descr empty", npy(dictOf("''", "False", "()"), eight), []string{`dtype ""`, "supported are"}},
		{"descr prefix", npy(dictOf("'<'", "False", "()"), eight), []string{`dtype "<"`}},
		{"long double", npy(dictOf("'<f16'", "False", "()"), eight), []string{`dtype "<f16"`, "supported are"}},
		{"int128", npy(dictOf("'<i16'", "False", "()"), eight), []string{`dtype "<i16"`}},
		{"list not closed", npy("{'descr': [('x', ", ""), []string{"does not end"}},
		{"list with open string", npy("{'descr': [('x, ", ""), []string{"does not end"}},
		{"npz", "PK\x03\x04rest", []string{"zip archive"}},
		{"empty file", "", []string{"is empty"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "bad.npy")
			if err := os.WriteFile(path, []byte(tt.content), 0o600); err != nil {
				t.Fatal(err)
			}
			_, err := Read(context.Background(), path, ReadOptions{})
			wantError(t, err, append(tt.want, "read "+path+": ")...)
			if tt.name == "not npy" {
				return // as a stream this is text
			}
			_, err = Read(context.Background(), "-", ReadOptions{Stdin: strings.NewReader(tt.content)})
			wantError(t, err, append(tt.want, "read standard input: ")...)
		})
	}
}

func wantError(t *testing.T, err error, parts ...string) {
	t.Helper()
	if err == nil {
		t.Fatalf("no error, want one with %q", parts)
	}
	for _, part := range parts {
		if !strings.Contains(err.Error(), part) {
			t.Errorf("error %q lacks %q", err, part)
		}
	}
}

func TestReadUnsupportedDTypes(t *testing.T) {
	for file, want := range map[string]string{
		"complex": `"<c16" is complex`, "object": `"|O" holds Python objects`, "text": `"<U2" holds text`,
		"records": "structured dtype", "times": `"<M8[s]" holds times`,
	} {
		_, err := Read(context.Background(), "testdata/"+file+".npy", ReadOptions{})
		wantError(t, err, "testdata/"+file+".npy", want)
	}
}

func TestReadOddButValidHeaders(t *testing.T) {
	eight := "\x00\x00\x00\x00\x00\x00\xf0\x3f"
	for name, dict := range map[string]string{
		"keys in another order": "{'shape': (1,), 'fortran_order': False, 'descr': '<f8'}",
		"double quotes":         `{"descr": "<f8", "fortran_order": False, "shape": (1,)}`,
		"no blanks":             "{'descr':'<f8','fortran_order':False,'shape':(1,)}",
		"long of Python 2":      "{'descr': '<f8', 'fortran_order': False, 'shape': (1L,), }",
		"line breaks":           "{'descr': '<f8',\n 'fortran_order':\tFalse,\r\n 'shape': ( 1 , ), }  \n",
		"Fortran vector":        "{'descr': '<f8', 'fortran_order': True, 'shape': (1, 1, 1), }",
		"native order":          strings.Replace("{'descr': '=f8', 'fortran_order': False, 'shape': (1,), }", "=", map[bool]string{true: "=", false: "<"}[hostLittleEndian], 1),
	} {
		// Bytes after the data are another array in the same file, which NumPy ignores as well.
		f, err := Read(context.Background(), "-", ReadOptions{Stdin: strings.NewReader(npy(dict, eight+"more"))})
		if err != nil || len(f.F64) != 1 || f.F64[0] != 1 {
			t.Errorf("%s: got %+v, %v, want 1", name, f, err)
		}
	}
}

// TestReadLarge covers several blocks, several goroutines and, transposed, planes that are larger than a block.
func TestReadLarge(t *testing.T) {
	const block = blockElements
	for _, shape := range [][]int{
		{3*block + 5}, {block + 3, 2}, {2, block + 3}, {1000, 1111}, {7, 3, 1, 50021}, {300000, 1, 5},
	} {
		for _, fortran := range []bool{false, true} {
			t.Run(fmt.Sprint(shape, fortran), func(t *testing.T) {
				n := 1
				for _, d := range shape {
					n *= d
				}
				path := filepath.Join(t.TempDir(), "large.npy")
				raw := header[float64](shape)
				if fortran {
					raw = bytes.Replace(raw, []byte("False"), []byte("True "), 1)
				}
				for i := range n {
					raw = binary.NativeEndian.AppendUint64(raw, math.Float64bits(float64(i)))
				}
				if err := os.WriteFile(path, raw, 0o600); err != nil {
					t.Fatal(err)
				}
				for _, f := range readBothWays(t, path) {
					checkIndices(t, f, fortran)
				}
			})
		}
	}
}

// checkIndices requires each value to be its position in the file.
func checkIndices(t *testing.T, f *File, fortran bool) {
	t.Helper()
	strides := make([]int, len(f.Shape))
	stride := 1
	for axis := range f.Shape {
		if !fortran {
			axis = len(f.Shape) - 1 - axis
		}
		strides[axis] = stride
		stride *= f.Shape[axis]
	}
	index := make([]int, len(f.Shape))
	for i, got := range f.F64 {
		want := 0
		for axis, k := range index {
			want += k * strides[axis]
		}
		if got != float64(want) {
			t.Fatalf("element %d at %v is %v, want %d", i, index, got, want)
		}
		for axis := len(index) - 1; axis >= 0; axis-- {
			if index[axis]++; index[axis] < f.Shape[axis] {
				break
			}
			index[axis] = 0
		}
	}
}

func TestHalfPrecision(t *testing.T) {
	for bits, want := range map[uint16]float32{
		0x0000: 0, 0x3c00: 1, 0xc000: -2, 0x7bff: 65504, 0x0400: 0x1p-14, 0x03ff: 1023 * 0x1p-24, 0x0001: 0x1p-24,
		0x3555: 0.333251953125, 0x7c00: float32(math.Inf(1)), 0xfc00: float32(math.Inf(-1)),
	} {
		if got := float32FromHalf(bits); got != want {
			t.Errorf("half %#04x is %v, want %v", bits, got, want)
		}
	}
	if got := float32FromHalf(0x8000); got != 0 || !math.Signbit(float64(got)) {
		t.Errorf("half 0x8000 is %v, want -0", got)
	}
	if got := float32FromHalf(0x7e00); got == got {
		t.Errorf("half 0x7e00 is %v, want NaN", got)
	}
}

func TestBigIntegersRoundAsInNumPy(t *testing.T) {
	content := npy(dictOf("'<u8'", "False", "(2,)"), string(binary.LittleEndian.AppendUint64(
		binary.LittleEndian.AppendUint64(nil, 1<<53+1), math.MaxUint64)))
	f, err := Read(context.Background(), "-", ReadOptions{Stdin: strings.NewReader(content)})
	if err != nil || f.F64[0] != 1<<53 || f.F64[1] != 1<<64 {
		t.Errorf("got %+v, %v, want [2^53 2^64]", f, err)
	}
}

func TestMaxBytes(t *testing.T) {
	_, err := Read(context.Background(), "testdata/little_i1.npy", ReadOptions{MaxBytes: 95})
	wantError(t, err, "[3 4] of int8 takes 96 bytes of memory, the limit is 95")
	if _, err := Read(context.Background(), "testdata/little_i1.npy", ReadOptions{MaxBytes: 96}); err != nil {
		t.Error(err)
	}
	_, err = Read(context.Background(), "-", ReadOptions{MaxBytes: 40, Stdin: strings.NewReader("1,2\n3,4\n5,6\n")})
	wantError(t, err, "line 3", "limit of 40 bytes")
}

// TestStreamMemory requires a header that promises 8 TB to cost no more than what arrives.
func TestStreamMemory(t *testing.T) {
	content := npy(dictOf("'<f8'", "True", "(1000000, 1000000)"), strings.Repeat("\x00", 1<<20))
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	_, err := Read(context.Background(), "-", ReadOptions{Stdin: strings.NewReader(content)})
	runtime.ReadMemStats(&after)
	wantError(t, err, "only 1048576 arrived")
	if got := after.TotalAlloc - before.TotalAlloc; got > 16<<20 {
		t.Errorf("%d bytes were allocated for 1 MiB of data", got)
	}
}

func TestReadPaths(t *testing.T) {
	dir := t.TempDir()
	_, err := Read(context.Background(), dir, ReadOptions{})
	wantError(t, err, "read "+dir+": is a directory")
	missing := filepath.Join(dir, "missing.npy")
	_, err = Read(context.Background(), missing, ReadOptions{})
	wantError(t, err, "read "+missing+": ")
	if !os.IsNotExist(unwrapAll(err)) {
		t.Errorf("%v is not fs.ErrNotExist", err)
	}
	_, err = Read(context.Background(), "testdata/vector.npy", ReadOptions{Columns: "0"})
	wantError(t, err, `columns "0"`, "CSV files only")
	_, err = Read(context.Background(), "-", ReadOptions{Stdin: iotest.ErrReader(io.ErrClosedPipe)})
	wantError(t, err, "read standard input: io: read/write on closed pipe")
	_, err = Read(context.Background(), "-", ReadOptions{Stdin: strings.NewReader("1\x000\x00")})
	wantError(t, err, "zero byte")
}

func unwrapAll(err error) error {
	for {
		u, ok := err.(interface{ Unwrap() error })
		if !ok {
			return err
		}
		err = u.Unwrap()
	}
}

func TestReadCancelled(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	blocked, w := io.Pipe() // nothing is ever written
	defer w.Close()
	done := make(chan error)
	go func() {
		_, err := Read(ctx, "-", ReadOptions{Stdin: blocked})
		done <- err
	}()
	cancel()
	wantError(t, <-done, "context canceled")
	_, err := Read(ctx, "testdata/vector.npy", ReadOptions{})
	wantError(t, err, "testdata/vector.npy: context canceled")
}

// TestReadMany reads in parallel, for the race detector.
func TestReadMany(t *testing.T) {
	for range 8 {
		t.Run("", func(t *testing.T) {
			t.Parallel()
			if _, err := Read(context.Background(), "testdata/fortran_2d.npy", ReadOptions{}); err != nil {
				t.Error(err)
			}
		})
	}
}
