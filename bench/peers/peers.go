// Package peers runs other programs beside Quern on the same work: small scripts in Python, one for each library, and
// programs in C. They are part of the binary, so that quern bench --peers needs nothing but the libraries.
//
// Each is a process that waits for commands and times itself; peer.py describes the conversation.
package peers

import (
	"bufio"
	"context"
	"embed"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"
)

//go:embed *.py c
var sources embed.FS

// Peer is a program that does some of Quern's workloads.
type Peer struct {
	Name   string
	Debian string // the packages that it needs
	source string
}

// All lists the peers.
func All() []Peer {
	return []Peer{
		{Name: "NumPy", Debian: "python3-numpy libopenblas0-pthread", source: "numpy_peer.py"},
		{Name: "SciPy", Debian: "python3-scipy", source: "scipy_peer.py"},
		{Name: "scikit-learn", Debian: "python3-sklearn", source: "sklearn_peer.py"},
		{Name: "numexpr", Debian: "python3-numexpr", source: "numexpr_peer.py"},
		{Name: "Numba", Debian: "python3-numba", source: "numba_peer.py"},
		{Name: "torch", Debian: "python3-torch", source: "torch_peer.py"},
		{Name: "C, memory", Debian: "gcc libc6-dev", source: "c/stream.c"},
		{Name: "C, multiply-adds", Debian: "gcc libc6-dev", source: "c/fma.c"},
		{Name: "C, fused chain", Debian: "gcc libc6-dev", source: "c/chain.c"},
	}
}

// Workload is what a peer may be able to do.
type Workload struct{ Name, DType string }

// Bench is a folder with the peers' sources, compiled where they need it.
type Bench struct {
	dir   string
	level string
}

// NewBench unpacks the peers. level is the SIMD level that Quern uses, such as avx2: the peers use no more. OpenBLAS
// and torch have to be told, since they take some virtual CPUs for older ones than they are.
func NewBench(level string) (*Bench, error) {
	dir, err := os.MkdirTemp("", "quern-peers-")
	if err != nil {
		return nil, fmt.Errorf("unpack the peers: %w", err)
	}
	if err := os.CopyFS(dir, sources); err != nil {
		os.RemoveAll(dir)
		return nil, fmt.Errorf("unpack the peers: %w", err)
	}
	return &Bench{dir: dir, level: level}, nil
}

// Close removes the folder.
func (b *Bench) Close() error { return os.RemoveAll(b.dir) }

// Process is a peer at work.
type Process struct {
	Works []Work

	cmd    *exec.Cmd
	in     io.WriteCloser
	out    *bufio.Reader
	errors *tail
}

// Work is a workload in one of the ways in which a peer does it.
type Work struct {
	Workload string  `json:"workload"`
	Peer     string  `json:"peer"`  // with its version, and what sets this way apart
	Bytes    float64 `json:"bytes"` // of one run, where the workload is a reference
	Flops    float64 `json:"flops"`
}

// ErrMissing is wrapped by Start's error if the peer is not installed.
var ErrMissing = errors.New("missing")

// Start runs a peer on the workloads that it can do, with so many threads.
func (b *Bench) Start(ctx context.Context, p Peer, threads int, workloads []Workload) (*Process, error) {
	command, err := b.command(ctx, p)
	if err != nil {
		return nil, fmt.Errorf("start %s: %w", p.Name, err)
	}
	args := append(command[1:], fmt.Sprint(threads))
	for _, w := range workloads {
		args = append(args, w.Name+":"+w.DType)
	}
	cmd := exec.CommandContext(ctx, command[0], args...)
	cmd.Env = environment(threads, b.level)
	process, err := start(cmd)
	if err != nil {
		return nil, fmt.Errorf("start %s: %w", p.Name, err)
	}
	var hello struct {
		Works   []Work `json:"works"`
		Missing string `json:"missing"`
	}
	err = process.read(&hello)
	if err == nil && hello.Missing != "" {
		err = fmt.Errorf("%w: %s (Debian: apt-get install %s)", ErrMissing, hello.Missing, p.Debian)
	}
	if err != nil {
		process.Close()
		return nil, fmt.Errorf("start %s: %w", p.Name, err)
	}
	process.Works = hello.Works
	return process, nil
}

// command is the program and its first arguments; C is compiled once.
func (b *Bench) command(ctx context.Context, p Peer) ([]string, error) {
	source := filepath.Join(b.dir, p.source)
	if strings.HasSuffix(source, ".py") {
		python, err := findPython()
		if err != nil {
			return nil, fmt.Errorf("%w: %w (Debian: apt-get install %s)", ErrMissing, err, p.Debian)
		}
		return []string{python, "-B", source}, nil
	}
	program := strings.TrimSuffix(source, ".c")
	if _, err := os.Stat(program); err == nil {
		return []string{program}, nil
	}
	gcc, err := exec.LookPath("gcc")
	if err != nil {
		return nil, fmt.Errorf("%w: %w (Debian: apt-get install %s)", ErrMissing, err, p.Debian)
	}
	flags := []string{"-O3", "-march=native", "-fopenmp"}
	if b.level == "avx2" {
		flags[1] = "-march=haswell"
	}
	out, err := exec.CommandContext(ctx, gcc, append(flags, "-o", program, source, "-lm")...).CombinedOutput()
	if err != nil {
		return nil, fmt.Errorf("%w: %s does not compile here: %w: %s", ErrMissing, p.source, err, lastLine(out))
	}
	return []string{program}, nil
}

// findPython is the interpreter that PYTHON names, or the system's, to which Debian's packages belong.
func findPython() (string, error) {
	if python := os.Getenv("PYTHON"); python != "" {
		return exec.LookPath(python)
	}
	if python, err := exec.LookPath("/usr/bin/python3"); err == nil {
		return python, nil
	}
	return exec.LookPath("python3")
}

// environment sets threads and instruction sets, in the ways that the libraries know; of the latter the user's own
// choice stays.
func environment(threads int, level string) []string {
	env := os.Environ()
	for _, name := range []string{"OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS", "NUMBA_NUM_THREADS", "NUMEXPR_NUM_THREADS", "NUMEXPR_MAX_THREADS"} {
		env = append(env, fmt.Sprintf("%s=%d", name, threads))
	}
	set := func(name, value string) {
		if _, chosen := os.LookupEnv(name); !chosen {
			env = append(env, name+"="+value)
		}
	}
	switch level {
	case "avx512":
		set("OPENBLAS_CORETYPE", "SkylakeX")
		set("ATEN_CPU_CAPABILITY", "avx512")
	case "avx2":
		set("OPENBLAS_CORETYPE", "Haswell")
		set("ATEN_CPU_CAPABILITY", "avx2")
		set("NPY_DISABLE_CPU_FEATURES", "AVX512F AVX512CD AVX512_SKX AVX512_CLX AVX512_CNL AVX512_ICL")
	}
	return env
}

func start(cmd *exec.Cmd) (*Process, error) {
	in, err := cmd.StdinPipe()
	if err != nil {
		return nil, err
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	p := &Process{cmd: cmd, in: in, out: bufio.NewReader(out), errors: &tail{}}
	cmd.Stderr = p.errors
	return p, cmd.Start()
}

// Time runs a work so many times and returns how long all took, by the peer's own clock.
func (p *Process) Time(work, runs int) (time.Duration, error) {
	var answer struct {
		Seconds float64 `json:"seconds"`
	}
	err := p.ask(&answer, "time %d %d\n", work, runs)
	return time.Duration(answer.Seconds * float64(time.Second)), err
}

// Values are some elements of a work's result, spread evenly from the first to the last; nil if it cannot be compared.
// What is infinite comes as NaN too: JSON has neither.
func (p *Process) Values(work int) ([]float64, error) {
	var answer struct {
		Values []*float64 `json:"values"`
	}
	if err := p.ask(&answer, "values %d\n", work); err != nil {
		return nil, err
	}
	var values []float64
	for _, v := range answer.Values {
		if v == nil {
			values = append(values, math.NaN())
		} else {
			values = append(values, *v)
		}
	}
	return values, nil
}

// ask sends a command and reads the answer.
func (p *Process) ask(answer any, format string, args ...any) error {
	if _, err := fmt.Fprintf(p.in, format, args...); err != nil {
		return p.ended(err)
	}
	return p.read(answer)
}

// read decodes one line. An error in it is returned.
func (p *Process) read(answer any) error {
	line, err := p.out.ReadBytes('\n')
	if err != nil {
		return p.ended(err)
	}
	var failure struct {
		Error string `json:"error"`
	}
	if err := json.Unmarshal(line, &failure); err != nil {
		return fmt.Errorf("answer %q: %w", line, err)
	}
	if failure.Error != "" {
		return errors.New(failure.Error)
	}
	return json.Unmarshal(line, answer)
}

// ended adds what the process has said last.
func (p *Process) ended(err error) error {
	p.cmd.Process.Kill()
	p.cmd.Wait() // until all it said has arrived
	if said := lastLine(p.errors.text); said != "" {
		return fmt.Errorf("the process ended (%w): %s", err, said)
	}
	return fmt.Errorf("the process ended: %w", err)
}

// Close ends the process.
func (p *Process) Close() error {
	p.in.Close()
	return p.cmd.Wait()
}

// tail keeps the end of what is written to it.
type tail struct{ text []byte }

func (t *tail) Write(text []byte) (int, error) {
	const most = 1000
	t.text = append(t.text, text...)
	t.text = t.text[max(0, len(t.text)-most):]
	return len(text), nil
}

func lastLine(text []byte) string {
	lines := strings.Split(strings.TrimSpace(string(text)), "\n")
	return lines[len(lines)-1]
}
