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
	"slices"
	"strings"
	"time"
)

//go:embed *.py c
var sources embed.FS

// Peer is a program that does some of Quern's workloads.
type Peer struct {
	Name    string
	Install string // how to get what it needs
	Driver  string // of Quern's devices on whose hardware it works: cpu or cuda
	source  string
}

// For lists the peers that work on the hardware of a driver's devices.
func For(driver string) []Peer {
	return slices.DeleteFunc(All(), func(p Peer) bool { return p.Driver != driver })
}

// All lists the peers.
func All() []Peer {
	return []Peer{
		{Name: "NumPy", Install: debian + "python3-numpy libopenblas0-pthread", Driver: "cpu", source: "numpy_peer.py"},
		{Name: "SciPy", Install: debian + "python3-scipy", Driver: "cpu", source: "scipy_peer.py"},
		{Name: "scikit-learn", Install: debian + "python3-sklearn", Driver: "cpu", source: "sklearn_peer.py"},
		{Name: "numexpr", Install: debian + "python3-numexpr", Driver: "cpu", source: "numexpr_peer.py"},
		{Name: "Numba", Install: debian + "python3-numba", Driver: "cpu", source: "numba_peer.py"},
		{Name: "torch", Install: debian + "python3-torch", Driver: "cpu", source: "torch_peer.py"},
		{Name: "C, memory", Install: debian + "gcc libc6-dev", Driver: "cpu", source: "c/stream.c"},
		{Name: "C, multiply-adds", Install: debian + "gcc libc6-dev", Driver: "cpu", source: "c/fma.c"},
		{Name: "C, fused chain", Install: debian + "gcc libc6-dev", Driver: "cpu", source: "c/chain.c"},
		{Name: "CuPy", Install: "pip install cupy-cuda13x, or cupy-cuda12x with a driver of CUDA 12", Driver: "cuda", source: "cupy_gpu_peer.py"},
		{Name: "torch on a GPU", Install: "pip install torch", Driver: "cuda", source: "torch_gpu_peer.py"},
		{Name: "JAX", Install: "pip install 'jax[cuda13]', or 'jax[cuda12]' with a driver of CUDA 12", Driver: "cuda", source: "jax_gpu_peer.py"},
	}
}

const debian = "Debian: apt-get install "

// Source is the program's text.
func (p Peer) Source() string {
	text, err := sources.ReadFile(p.source)
	if err != nil {
		return "" // TestSourcesAreThere
	}
	return string(text)
}

// Workload is what a peer may be able to do.
type Workload struct{ Name, DType string }

// Bench is a folder with the peers' sources, compiled where they need it.
type Bench struct {
	dir      string
	level    string
	patience time.Duration
}

// patience is how long a peer may take for an answer, the imports before its first among them, and to end.
const patience = 2 * time.Minute

// NewBench unpacks the peers. level is the SIMD level that Quern uses, such as avx2: the peers of a CPU use no more.
// OpenBLAS and torch have to be told, since they take some virtual CPUs for older ones than they are.
func NewBench(level string) (*Bench, error) {
	dir, err := os.MkdirTemp("", "quern-peers-")
	if err != nil {
		return nil, fmt.Errorf("unpack the peers: %w", err)
	}
	if err := os.CopyFS(dir, sources); err != nil {
		os.RemoveAll(dir)
		return nil, fmt.Errorf("unpack the peers: %w", err)
	}
	return &Bench{dir: dir, level: level, patience: patience}, nil
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

	patience time.Duration
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

// Start runs a peer on the workloads that it can do. number is that of its threads or, for one that works on a GPU,
// the GPU's ordinal.
func (b *Bench) Start(ctx context.Context, p Peer, number int, workloads []Workload) (*Process, error) {
	command, err := b.command(ctx, p)
	if err != nil {
		return nil, fmt.Errorf("start %s: %w", p.Name, err)
	}
	args := append(command[1:], fmt.Sprint(number))
	for _, w := range workloads {
		args = append(args, w.Name+":"+w.DType)
	}
	cmd := exec.CommandContext(ctx, command[0], args...)
	if p.Driver == "cpu" {
		cmd.Env = environment(number, b.level)
	}
	process, err := start(cmd)
	if err != nil {
		return nil, fmt.Errorf("start %s: %w", p.Name, err)
	}
	process.patience = b.patience
	var hello struct {
		Works   []Work `json:"works"`
		Missing string `json:"missing"`
	}
	err = process.read(&hello)
	if err == nil && hello.Missing != "" {
		err = fmt.Errorf("%w: %s (%s)", ErrMissing, hello.Missing, p.Install)
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
		python, err := findPython(p.Driver)
		if err != nil {
			return nil, fmt.Errorf("%w: %w (%s)", ErrMissing, err, p.Install)
		}
		return []string{python, "-B", source}, nil
	}
	program := strings.TrimSuffix(source, ".c")
	if _, err := os.Stat(program); err == nil {
		return []string{program}, nil
	}
	gcc, err := exec.LookPath("gcc")
	if err != nil {
		return nil, fmt.Errorf("%w: %w (%s)", ErrMissing, err, p.Install)
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

// findPython is the interpreter that PYTHON names, or, for peers on the CPU, the system's, to which Debian's packages
// belong, or the one on PATH.
func findPython(driver string) (string, error) {
	if python := os.Getenv("PYTHON"); python != "" {
		return exec.LookPath(python)
	}
	if driver == "cpu" {
		if python, err := exec.LookPath("/usr/bin/python3"); err == nil {
			return python, nil
		}
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
	silent := p.killLater()
	line, err := p.out.ReadBytes('\n')
	if killed := !silent.Stop(); err != nil && killed {
		err = fmt.Errorf("no answer in %v", p.patience)
	}
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
	defer p.killLater().Stop()
	p.in.Close()
	return p.cmd.Wait()
}

// killLater ends the process when patience does.
func (p *Process) killLater() *time.Timer {
	return time.AfterFunc(p.patience, func() { p.cmd.Process.Kill() })
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
