package ops

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/quern-go/quern/device/devicetest"
	"github.com/quern-go/quern/ops/internal/scratch"
)

// powers is x to the power of 2ⁿ: each product needs all of the one before.
func powers(x Array[float64], n int) Array[float64] {
	for range n {
		x = x.MatMul(x).Tanh()
	}
	return x
}

// temporaryFiles lists the files of package scratch that the program has open, as far as
// the system tells, and those in the directory where they are made.
func temporaryFiles(t *testing.T) []string {
	t.Helper()
	names, err := filepath.Glob(filepath.Join(os.TempDir(), "quern-*.tmp"))
	if err != nil {
		t.Fatal(err)
	}
	open, _ := filepath.Glob("/proc/self/fd/*")
	for _, fd := range open {
		if name, err := os.Readlink(fd); err == nil && strings.Contains(name, "/quern-") {
			names = append(names, name)
		}
	}
	return names
}

// inDir has temporary files made in a directory.
func inDir(t *testing.T, dir string) {
	t.Helper()
	for _, name := range []string{"TMPDIR", "TMP", "TEMP"} {
		t.Setenv(name, dir)
	}
	if os.TempDir() != dir {
		t.Skipf("the system's temporary directory is %s whatever the environment says", os.TempDir())
	}
}

// TestFilesAreCancelled: whenever the work ends, early or not, files are gone and memory
// is free.
func TestFilesAreCancelled(t *testing.T) {
	inDir(t, t.TempDir())
	x := randomMatrix(40, 40)
	a := powers(x, 4)
	want := mustData(t, a)
	d := slow()
	e := WithEngine(testEngine(d))
	got, err := a.Data(ctx, e, Workspace(5000), Strict())
	if err != nil || !slices.Equal(got, want) {
		t.Fatalf("other values, or error %v", err)
	}
	launches := d.launches
	for at := 1; at <= launches; at += 1 + at/5 {
		for _, cancelled := range []bool{true, false} {
			name := fmt.Sprintf("launch %d of %d, cancelled %v", at, launches, cancelled)
			stopped, cancel := context.WithCancel(ctx)
			d.launches, d.failAt, d.launched = 0, at, nil
			if cancelled {
				d.failAt, d.launched = 0, func(n int) {
					if n == at {
						cancel()
					}
				}
			}
			_, err := a.Data(stopped, e, Workspace(5000))
			cancel()
			if err == nil || cancelled && !errors.Is(err, context.Canceled) {
				t.Errorf("%s: error %v", name, err)
			}
			if files := temporaryFiles(t); d.used() != 0 || len(files) > 0 {
				t.Errorf("%s: %d bytes in use, files %v", name, d.used(), files)
			}
		}
	}
}

// TestFilesOfFaultyDevices: calls of each kind fail while values go to files and come back.
func TestFilesOfFaultyDevices(t *testing.T) {
	quiet(t)
	j := job{name: "powers", run: func(o ...Option) ([]float64, error) {
		return powers(matrix(24, 24).MulScalar(1.0/32), 2).Data(ctx, append(o, Workspace(4000))...)
	}}
	s := &faultSweep{job: j, onHost: true, reference: openCPU(t), faulty: openCPU(t)}
	var err error
	if s.want, err = j.run(OnDevice(s.reference)); err != nil {
		t.Fatal(err)
	}
	for _, call := range devicetest.Calls() {
		for _, n := range []int{1, 2, 7, 20} {
			f := faultKinds[0].fault
			f.Call, f.N = call, n
			if fired, _ := s.run(t, fmt.Sprintf("%s number %d", call, n), f, false); !fired {
				break
			}
		}
	}
	s.checkLeaks(t)
	if files := temporaryFiles(t); len(files) > 0 {
		t.Errorf("files %v are left", files)
	}
}

// TestFilesInPlace: what goes into a file is read before the result takes its place.
func TestFilesInPlace(t *testing.T) {
	values := mustData(t, randomMatrix(40, 40))
	make := func(y []float64) Array[float64] { a := FromSlice(y, 40, 40); return powers(a, 3).Add(a.T()) }
	want := mustData(t, make(slices.Clone(values)))
	engine := oracleEngine(t)
	if err := make(values).Into(ctx, values, WithEngine(engine), Workspace(20000), Strict()); err != nil {
		t.Fatal(err)
	}
	if engine.Stats().InFiles != 1 || !slices.Equal(values, want) {
		t.Errorf("other values in place, %+v", engine.Stats())
	}
}

// TestNoRoomForFiles: more memory is used, or it is an error.
func TestNoRoomForFiles(t *testing.T) {
	quiet(t)
	a := powers(randomMatrix(40, 40), 4)
	want := mustData(t, a)
	engine := oracleEngine(t)
	e, w := WithEngine(engine), Workspace(5000)
	inDir(t, filepath.Join(t.TempDir(), "missing"))
	p, err := a.Explain(e, w)
	if err != nil || !strings.Contains(p.Fallback, "missing") || strings.Contains(p.String(), "stored") {
		t.Errorf("%v\n%v", err, p)
	}
	got, err := a.Data(ctx, e, w)
	if err != nil || !slices.Equal(got, want) {
		t.Errorf("other values, or error %v", err)
	}
	if s := engine.Stats(); s.Fallbacks != 1 || s.InFiles != 0 {
		t.Errorf("counted %+v, expected a fallback", s)
	}
	if _, err := a.Data(ctx, e, w, Strict()); !errors.Is(err, scratch.Err) || !errors.Is(err, os.ErrNotExist) {
		t.Errorf("strict: error %v", err)
	}
	if _, err := a.Explain(e, w, Strict()); !errors.Is(err, scratch.Err) {
		t.Errorf("strict, explained: error %v", err)
	}
}

// TestFilesAtOnce: evaluations have files of their own.
func TestFilesAtOnce(t *testing.T) {
	engine, err := NewEngine(cpuSelector)
	if err != nil {
		t.Fatal(err)
	}
	defer engine.Close()
	a := powers(randomMatrix(40, 40), 3)
	want := mustData(t, a)
	var wait sync.WaitGroup
	for range 6 {
		wait.Go(func() {
			for range 5 {
				if got, err := a.Data(ctx, WithEngine(engine), Workspace(5000), Strict()); err != nil || !slices.Equal(got, want) {
					t.Errorf("other values, or error %v", err)
				}
			}
		})
	}
	wait.Wait()
	if s := engine.Stats(); s.InFiles != 30 {
		t.Errorf("counted %+v, expected 30 evaluations with files", s)
	}
}

// TestWorkspaceSizes: with much nothing is cut, with little values go to files, and too
// little is said to be.
func TestWorkspaceSizes(t *testing.T) {
	a := powers(randomMatrix(40, 40), 4)
	want := mustData(t, a)
	for _, c := range []struct {
		bytes           int
		panels, files   int64
		explained       string
		strict, invalid bool // it is an error
	}{
		{bytes: 1 << 30},
		{bytes: 5000, panels: 1, files: 1, explained: "the contract of shape [40 40] is stored in a temporary file, 12.8 kB"},
		{bytes: 300, panels: 1, explained: "no way to take no more than 300 B was found", strict: true},
		{bytes: 0, invalid: true},
		{bytes: -1, invalid: true},
	} {
		engine := oracleEngine(t)
		e, w := WithEngine(engine), Workspace(c.bytes)
		got, err := a.Data(ctx, e, w)
		if c.invalid {
			if err == nil || !strings.Contains(err.Error(), fmt.Sprintf("workspace: %d bytes", c.bytes)) {
				t.Errorf("%d bytes: error %v", c.bytes, err)
			}
			continue
		}
		if err != nil || !slices.Equal(got, want) {
			t.Errorf("%d bytes: other values, or error %v", c.bytes, err)
		}
		if s := engine.Stats(); s.InPanels != c.panels || c.files > 0 && s.InFiles != c.files {
			t.Errorf("%d bytes: counted %+v", c.bytes, s)
		}
		p, err := a.Explain(e, w)
		if err != nil || !strings.Contains(strings.Join(p.Panels, "\n"), c.explained) {
			t.Errorf("%d bytes: error %v\n%v", c.bytes, err, p)
		}
		if _, err := a.Data(ctx, e, w, Strict()); errors.Is(err, errWorkspace) != c.strict || err == nil == c.strict {
			t.Errorf("%d bytes, strict: error %v", c.bytes, err)
		}
	}
}

// TestEqualPartsAreStoredOnce, however often they are written.
func TestEqualPartsAreStoredOnce(t *testing.T) {
	x := randomMatrix(40, 40)
	square := func() Array[float64] { return x.MatMul(x) }
	fourth := func() Array[float64] { return square().MatMul(square()) }
	p, err := fourth().MatMul(fourth()).Explain(WithEngine(oracleEngine(t)), Workspace(5000))
	if err != nil {
		t.Fatal(err)
	}
	if stored := strings.Count(p.String(), "stored"); stored != 2 {
		t.Errorf("%d values are stored, expected 2\n%v", stored, p)
	}
}
