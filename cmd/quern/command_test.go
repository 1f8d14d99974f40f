package main

import (
	"bytes"
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/quern-go/quern/internal/arrayfile"
)

// invoke runs a command line and returns what it printed and its exit status.
func invoke(t *testing.T, stdin []byte, args ...string) (stdout, stderr string, status int) {
	t.Helper()
	var out, errs bytes.Buffer
	status = run(context.Background(), args, streams{in: bytes.NewReader(stdin), out: &out, err: &errs})
	return out.String(), errs.String(), status
}

// write makes an .npy file.
func write[T arrayfile.Element](t *testing.T, name string, shape []int, data ...T) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := arrayfile.Write(context.Background(), path, shape, data, arrayfile.WriteOptions{}); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestEvalPrintsScalarsAndArrays(t *testing.T) {
	a := write(t, "a.npy", []int{2, 2}, []float32{1, 2, 3, 4}...)
	b := write(t, "b.npy", []int{2, 2}, []float64{1, 0, 0, 1}...)
	three := write(t, "three.npy", []int{3, 2}, []float64{0, 0, 3, 4, 0, -1}...)
	weights := write(t, "weights.npy", []int{2}, []float64{1, 2}...)
	tests := []struct {
		name string
		args []string
		want string
	}{
		{"scalar", []string{"eval", "sum(matmul(square(a), b))", "a=" + a, "b=" + b}, "30\n"},
		{"matrix", []string{"eval", "a*10", "a=" + a}, "[[10 20]\n [30 40]]\n"},
		{"positions", []string{"eval", "argmax(a, 1)", "a=" + a}, "[1 1]\n"},
		{"float32 digits", []string{"eval", "a/3", "a=" + a}, "[[0.33333334  0.6666667]\n [         1  1.3333334]]\n"},
		{"float64 on request", []string{"eval", "a[0]/3", "a=" + a, "--dtype", "float64"}, "[0.3333333333333333 0.6666666666666666]\n"},
		{"no arrays", []string{"eval", "2*3"}, "6\n"},
		{"cdist", []string{"cdist", b, b}, "[[                 0 1.4142135623730951]\n [1.4142135623730951                  0]]\n"},
		{"cdist argmin", []string{"cdist", b, b, "--argmin"}, "[0 1]\n"},
		{"cdist of one array", []string{"cdist", three}, "[                5                 1 5.830951894845301]\n"},
		{"cdist argmin of one array", []string{"cdist", three, "--argmin"}, "[2 0 0]\n"},
		{"cdist top", []string{"cdist", three, three, "--top", "2"}, "[[0 2]\n [1 0]\n [2 0]]\n"},
		{"cdist top of one array", []string{"cdist", three, "--top", "2"}, "[[2 1]\n [0 2]\n [0 1]]\n"},
		{"cdist count", []string{"cdist", three, three, "--count-below", "2"}, "[2 1 2]\n"},
		{"cdist weights", []string{"cdist", three, three, "--metric", "minkowski", "--p", "1", "--w", weights}, "[[ 0 11  2]\n [11  0 13]\n [ 2 13  0]]\n"},
		{"cdist variances", []string{"cdist", three, "--metric", "seuclidean", "--v", weights}, "[ 4.123105625617661 0.7071067811865476  4.636809247747852]\n"},
		{"cdist inverse covariance", []string{"cdist", three, "--metric", "mahalanobis", "--vi", b}, "[                5                 1 5.830951894845301]\n"},
		{"cdist minkowski", []string{"cdist", b, b, "--metric", "minkowski", "--p", "1"}, "[[0 2]\n [2 0]]\n"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			out, errs, status := invoke(t, nil, tt.args...)
			if status != statusOK || out != tt.want {
				t.Errorf("status %d, printed %q, %q; want %q", status, out, errs, tt.want)
			}
		})
	}
}

func TestSingleNumberHasNoAxes(t *testing.T) {
	x := write(t, "x.npy", []int{}, []float64{3.5}...)
	path := filepath.Join(t.TempDir(), "y.npy")
	if out, errs, status := invoke(t, nil, "eval", "x*2", "x="+x, "-o", path); status != statusOK {
		t.Fatalf("status %d, printed %q, %q", status, out, errs)
	}
	f, err := arrayfile.Read(context.Background(), path, arrayfile.ReadOptions{})
	if err != nil || len(f.Shape) != 0 || f.F64[0] != 7 {
		t.Errorf("read %+v, %v; expected 7 without axes", f, err)
	}
}

func TestDetectTriesTheChosenDevice(t *testing.T) {
	for device, want := range map[string]string{"cpu:1thread": "cpu:1thread", "abacus": "none"} {
		out, _, status := invoke(t, nil, "detect", "--json", "--device", device)
		if status != statusOK || !strings.Contains(out, `"default_device": "`+want+`"`) {
			t.Errorf("%s: status %d, printed %s", device, status, out)
		}
	}
}

func TestEveryLevelAndThreadCountPrintsTheSame(t *testing.T) {
	x := filepath.Join("..", "..", "examples", "data", "iris.npy")
	args := []string{"eval", "sum(exp(x/std(x, 0)), 1)", "x=" + x, "--device"}
	want, _, _ := invoke(t, nil, append(args, "cpu:generic,1thread")...)
	for _, device := range []string{"cpu", "cpu:1thread", "cpu:7threads", "cpu:generic"} {
		out, errs, status := invoke(t, nil, append(args, device)...)
		if status != statusOK || out != want || len(out) < 100 {
			t.Errorf("%s: status %d %q, printed %s", device, status, errs, out)
		}
	}
}

func TestEvalWritesFiles(t *testing.T) {
	a := write(t, "a.npy", []int{3}, []float64{1, 2, 3}...)
	for _, name := range []string{"out.npy", "out.csv"} {
		path := filepath.Join(t.TempDir(), name)
		out, errs, status := invoke(t, nil, "eval", "a*a", "a="+a, "-o", path)
		if status != statusOK || !strings.Contains(out, "wrote "+path) {
			t.Fatalf("status %d, printed %q, %q", status, out, errs)
		}
		f, err := arrayfile.Read(context.Background(), path, arrayfile.ReadOptions{})
		if err != nil || f.Len() != 3 || f.F64[2] != 9 {
			t.Errorf("%s: %+v, %v", name, f, err)
		}
	}
	raw, err := os.ReadFile(a)
	if err != nil {
		t.Fatal(err)
	}
	piped, _, status := invoke(t, raw, "eval", "a", "a=-", "-o", "-")
	if status != statusOK || piped != string(raw) {
		t.Errorf("through the standard streams: status %d, %d bytes of %d", status, len(piped), len(raw))
	}
}

func TestJSON(t *testing.T) {
	a := write(t, "a.npy", []int{2, 2}, []float64{1, 2, 3, 4}...)
	nan := write(t, "nan.npy", []int{1}, []float64{0}...)
	tests := []struct {
		name  string
		args  []string
		check func(map[string]any) bool
	}{
		{"scalar", []string{"eval", "sum(a)", "a=" + a}, func(m map[string]any) bool { return m["value"] == 10.0 && m["dtype"] == "float64" }},
		{"array", []string{"eval", "a", "a=" + a}, func(m map[string]any) bool { return len(m["value"].([]any)) == 2 && len(m["shape"].([]any)) == 2 }},
		{"not a number", []string{"eval", "log(-1+a)", "a=" + nan}, func(m map[string]any) bool { return m["value"].([]any)[0] == "NaN" }},
		{"positions", []string{"eval", "argmin(a)", "a=" + a}, func(m map[string]any) bool { return m["value"] == 0.0 && m["dtype"] == "int64" }},
		{"plan", []string{"eval", "sum(a)", "a=" + a, "--explain"}, func(m map[string]any) bool { return strings.Contains(m["explain"].(string), "device") }},
		{"pi", []string{"pi", "--samples", "1e4"}, func(m map[string]any) bool { x := m["value"].(float64); return x > 3 && x < 3.3 && m["samples"] == 1e4 }},
		{"detect", []string{"detect"}, func(m map[string]any) bool { return m["drivers"] != nil && m["machine"] != nil }},
		{"exact", []string{"eval", "matmul(a, a)", "a=" + a, "--fast"}, func(m map[string]any) bool { return m["precision"] == "exact" }},
		{"version", []string{"version"}, func(m map[string]any) bool { return m["go_version"] != "" }},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			out, errs, status := invoke(t, nil, append(tt.args, "--json")...)
			var m map[string]any
			if err := json.Unmarshal([]byte(out), &m); err != nil || status != statusOK {
				t.Fatalf("status %d, %v: %q %q", status, err, out, errs)
			}
			if m["schema_version"] != 1.0 || !tt.check(m) {
				t.Errorf("printed %s", out)
			}
		})
	}
}

func TestMistakes(t *testing.T) {
	a := write(t, "a.npy", []int{2}, []float64{1, 2}...)
	b := write(t, "b.npy", []int{3}, []float64{1, 2, 3}...)
	text := filepath.Join(t.TempDir(), "text.npy")
	if err := os.WriteFile(text, []byte("hello"), 0o600); err != nil {
		t.Fatal(err)
	}
	square := write(t, "square.npy", []int{2, 2}, []float64{1, 2, 3, 4}...)
	nine := write(t, "nine.npy", []int{1, 1, 1, 1, 1, 1, 1, 1, 1}, []float64{1}...)
	tests := []struct {
		name   string
		args   []string
		status int
		want   string
	}{
		{"unknown command", []string{"frobnicate"}, statusUsage, "frobnicate"},
		{"unknown flag", []string{"eval", "--frob"}, statusUsage, "--frob"},
		{"no expression", []string{"eval"}, statusUsage, "arg"},
		{"bad expression", []string{"eval", "a +"}, statusUsage, "column"},
		{"unknown function", []string{"eval", "frob(a)", "a=" + a}, statusUsage, "frob"},
		{"array not given", []string{"eval", "a + b", "a=" + a}, statusUsage, "b=FILE"},
		{"array named as a number", []string{"eval", "sum(e)", "e=" + a}, statusUsage, "e is a number in expressions"},
		{"array not used", []string{"eval", "a", "a=" + a, "b=" + b}, statusUsage, "does not use b"},
		{"not a binding", []string{"eval", "a", a}, statusUsage, "NAME=FILE"},
		{"given twice", []string{"eval", "a", "a=" + a, "a=" + a}, statusUsage, "already"},
		{"bad dtype", []string{"eval", "a", "a=" + a, "--dtype", "int8"}, statusUsage, "int8"},
		{"shapes", []string{"eval", "a + b", "a=" + a, "b=" + b}, statusFailed, "[2]"},
		{"missing file", []string{"eval", "a", "a=/no/such/file.npy"}, statusFailed, "/no/such/file.npy"},
		{"not an array file", []string{"eval", "a", "a=" + text}, statusFailed, "text.npy"},
		{"unwritable", []string{"eval", "a", "a=" + a, "-o", "/no/such/dir/out.npy"}, statusFailed, "/no/such/dir"},
		{"unknown device", []string{"eval", "a*a", "a=" + a, "--device", "abacus"}, statusFailed, "abacus"},
		{"unknown device for nothing to do", []string{"eval", "a", "a=" + a, "--device", "abacus"}, statusFailed, "abacus"},
		{"two levels", []string{"eval", "a*a", "a=" + a, "--device", "cpu:generic,avx2"}, statusFailed, "two levels"},
		{"expression like a flag", []string{"eval", "-a", "a=" + a}, statusUsage, "after --"},
		{"columns of npy", []string{"eval", "a", "a=" + a, "--columns", "0:1"}, statusUsage, "CSV"},
		{"nine axes", []string{"eval", "a", "a=" + nine}, statusFailed, "9 axes"},
		{"unknown extension", []string{"eval", "a*nan", "a=" + a, "-o", "out.xls"}, statusFailed, ".xls"},
		{"three axes in CSV", []string{"eval", "reshape(a, 1, 1, 2)", "a=" + a, "-o", "out.csv"}, statusFailed, "3 axes"},
		{"unknown topic", []string{"help", "frob"}, statusUsage, "frob"},
		{"unknown level", []string{"eval", "a*a", "a=" + a, "--device", "cpu:mmx"}, statusFailed, "mmx"},
		{"unknown precision", []string{"eval", "a", "a=" + a, "--fast=fp8"}, statusUsage, "tf32 or bf16"},
		{"unknown precision of distances", []string{"cdist", a, a, "--fast=fp8"}, statusUsage, "tf32 or bf16"},
		{"exact and fast", []string{"eval", "a", "a=" + a, "--fast", "--exact"}, statusUsage, "one of them"},
		{"metric", []string{"cdist", a, a, "--metric", "frob"}, statusUsage, "frob"},
		{"p without minkowski", []string{"cdist", a, a, "--p", "3"}, statusUsage, "minkowski"},
		{"vectors", []string{"cdist", a, a}, statusFailed, "[2]"},
		{"p below 1", []string{"cdist", a, a, "--metric", "minkowski", "--p", "0.5"}, statusUsage, "at least 1"},
		{"matrix for another metric", []string{"cdist", a, a, "--vi", a}, statusUsage, "mahalanobis"},
		{"argmin and top", []string{"cdist", a, a, "--argmin", "--top", "2"}, statusUsage, "--argmin and --top"},
		{"nothing at the top", []string{"cdist", a, a, "--top", "0"}, statusUsage, "at least 1"},
		{"more neighbours than rows", []string{"cdist", square, square, "--top", "3"}, statusFailed, "expected 1 to 2"},
		{"distances alone", []string{"cdist", a, a, "--distances", "d.npy"}, statusUsage, "--top"},
		{"singular covariance", []string{"cdist", square, square, "--metric", "mahalanobis"}, statusFailed, "singular"},
		{"three arrays", []string{"cdist", a, a, a}, statusUsage, "cdist: 3 arguments, expected X [Y]"},
		{"no expression", []string{"eval"}, statusUsage, "eval: 0 arguments, expected EXPRESSION [NAME=FILE ...]"},
		{"no metric", []string{"cdist", a, "--metric", "nope"}, statusUsage, "quern help metrics lists all"},
		{"no samples", []string{"pi", "--samples", "0"}, statusUsage, "0"},
		{"too many samples", []string{"pi", "--samples", "1e15"}, statusFailed, "1000000000000000"},
		{"standard input twice", []string{"eval", "a + b", "a=-", "b=-"}, statusUsage, "only once"},
		{"distances of standard input twice", []string{"cdist", "-", "-"}, statusUsage, "only once"},
		{"unknown extension of a matrix", []string{"cdist", square, square, "-o", "out.pdf"}, statusFailed, ".pdf"},
		{"unknown extension of pairs", []string{"cdist", square, "-o", "out.pdf"}, statusFailed, ".pdf"},
		{"unknown shell", []string{"completion", "tcsh"}, statusUsage, "expected bash, zsh, fish or powershell"},
		{"two shells", []string{"completion", "bash", "zsh"}, statusUsage, "zsh"},
		{"seed in words", []string{"pi", "--seed", "none"}, statusUsage, "expected a whole number (quern pi --help)"},
		{"step in brackets", []string{"eval", "a[::2]", "a=" + a}, statusUsage, "or slice(a, axis, start, stop, step)"},
		{"two indices in brackets", []string{"eval", "a[0, 1]", "a=" + a}, statusUsage, "as in a[i][j]"},
		{"more than a whole number", []string{"eval", "zeros(1e18)"}, statusFailed, "expected a whole number up to 2⁵³"},
		{"very long name", []string{"eval", strings.Repeat("x", 100000)}, statusUsage, "the expression uses xxx"},
		{"very deep", []string{"eval", strings.Repeat("(", 60000) + "1" + strings.Repeat(")", 60000)}, statusUsage, "nested deeper"},
		{"samples in words", []string{"pi", "--samples", "many"}, statusUsage, "many"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			out, errs, status := invoke(t, nil, tt.args...)
			if status != tt.status || !strings.Contains(errs, tt.want) || strings.Count(errs, "\n") != 1 || len(errs) > 3000 {
				t.Errorf("status %d, want %d; printed %q, %q, want %q on one line", status, tt.status, out, errs, tt.want)
			}
		})
	}
}

// TestCdistWritesPieceByPiece: a file is complete or is not there.
func TestCdistWritesPieceByPiece(t *testing.T) {
	x := make([]float32, 3000)
	for i := range x {
		x[i] = float32(i * i % 97)
	}
	in := write(t, "x.npy", []int{3000, 1}, x...)
	for _, tt := range []struct {
		name  string
		args  []string
		shape []int
	}{
		{"matrix", []string{in, in}, []int{3000, 3000}},
		{"condensed", []string{in}, []int{3000 * 2999 / 2}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			out := filepath.Join(t.TempDir(), "d.npy")
			args := append([]string{"cdist", "--metric", "cityblock", "-o", out}, tt.args...)
			ctx, cancel := context.WithCancel(context.Background())
			cancel()
			var printed, errs bytes.Buffer
			if status := run(ctx, args, streams{in: strings.NewReader(""), out: &printed, err: &errs}); status != statusInterrupted {
				t.Errorf("cancelled: status %d", status)
			}
			if list, err := os.ReadDir(filepath.Dir(out)); err != nil || len(list) != 0 {
				t.Errorf("cancelled work leaves %v (%v)", list, err)
			}
			if _, errs, status := invoke(t, nil, args...); status != statusOK {
				t.Fatalf("status %d: %s", status, errs)
			}
			f, err := arrayfile.Read(context.Background(), out, arrayfile.ReadOptions{})
			if err != nil {
				t.Fatal(err)
			}
			last := f.F32[len(f.F32)-1]
			if tt.name == "condensed" && last != max(x[2998], x[2999])-min(x[2998], x[2999]) || !slices.Equal(f.Shape, tt.shape) {
				t.Errorf("shape %v, the last element is %v", f.Shape, last)
			}
		})
	}
}

func TestCancelledWorkSaysSo(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	var out, errs bytes.Buffer
	status := run(ctx, []string{"pi", "--samples", "1e10"}, streams{in: strings.NewReader(""), out: &out, err: &errs})
	if status != statusInterrupted || !strings.Contains(errs.String(), "interrupted") {
		t.Errorf("status %d, printed %q", status, errs.String())
	}
}

func TestHelpOpsListsEveryFunction(t *testing.T) {
	out, _, status := invoke(t, nil, "help", "ops")
	if status != statusOK || !strings.Contains(out, "argmin(x[, axis])") || !strings.Contains(out, "also power") {
		t.Errorf("status %d, printed %s", status, out)
	}
}

// TestExplainEverywhere: every command that computes prints its plans before its result.
func TestExplainEverywhere(t *testing.T) {
	x := write(t, "x.npy", []int{3, 2}, []float64{0, 0, 3, 4, 0, -1}...)
	sample := write(t, "sample.npy", []int{6}, []float64{1, 2, 3, 4, 5, 9}...)
	out := filepath.Join(t.TempDir(), "d.npy")
	for _, args := range [][]string{
		{"eval", "sum(x*x)", "x=" + x},
		{"eval", "argmin(x*x, 1)", "x=" + x},
		{"cdist", x, x},
		{"cdist", x, x, "-o", out},
		{"cdist", x},
		{"cdist", x, "-o", out},
		{"cdist", x, x, "--argmin"},
		{"cdist", x, "--argmin"},
		{"cdist", x, x, "--top", "2"},
		{"cdist", x, "--top", "2"},
		{"cdist", x, x, "--count-below", "2"},
		{"cdist", x, x, "--metric", "mahalanobis"},
		{"pi", "-n", "1000"},
		{"integrate", "x*x", "--over", "x=0:1", "-n", "1000"},
		{"bootstrap", sample, "-n", "100"},
	} {
		t.Run(strings.Join(args[:1], " "), func(t *testing.T) {
			args := append(args, "--explain", "--device", "cpu:1thread")
			text, errs, status := invoke(t, nil, args...)
			if status != statusOK || !strings.HasPrefix(text, "device: cpu:1thread\n1. ") || strings.Count(text, "\n\n") == 0 {
				t.Errorf("%v: status %d, printed %q, %q", args, status, text, errs)
			}
			text, _, status = invoke(t, nil, append(args, "--json")...)
			var report struct{ Explain string }
			if err := json.Unmarshal([]byte(text), &report); status != statusOK || err != nil || !strings.HasPrefix(report.Explain, "device: cpu") {
				t.Errorf("%v --json: status %d, %v, printed %q", args, status, err, text)
			}
		})
	}
}
