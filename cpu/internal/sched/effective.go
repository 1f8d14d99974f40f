package sched

import (
	"errors"
	"fmt"
	"io/fs"
	"math"
	"os"
	"runtime"
	"strconv"
	"strings"

	"github.com/quern-go/quern/internal/cgroup"
	"github.com/quern-go/quern/internal/cpulist"
)

// CPULimit is one bound on the number of CPUs, or the reason why a source gives none.
type CPULimit struct {
	Source string `json:"source"` // "logical CPUs", "cgroup v2 quota", "OMP_NUM_THREADS", …
	CPUs   int    `json:"cpus"`   // 0: no limit from this source, Detail says why
	Detail string `json:"detail"` // where it was read and what it said
}

// Effective is the number of CPUs the process may use.
type Effective struct {
	CPUs   int        `json:"cpus"`   // at least 1
	Reason CPULimit   `json:"reason"` // the limit that decided; of equal ones the first in All
	All    []CPULimit `json:"all"`    // every source asked, whatever it said
}

// EffectiveCPUs is the least of: the machine's logical CPUs, the affinity mask, the CPU quotas of the process's
// control groups and their ancestors (rounded up), SLURM_CPUS_PER_TASK, OMP_NUM_THREADS, GOMAXPROCS
// and the program's own setting, requested (0 for none). What cannot be read or makes no sense does not
// count, but is listed with the reason.
func EffectiveCPUs(requested int) Effective {
	return host{
		root:       os.DirFS("/"),
		getenv:     os.Getenv,
		goos:       runtime.GOOS,
		numCPU:     runtime.NumCPU(),
		affinity:   affinityCPUs,
		gomaxprocs: runtime.GOMAXPROCS(0),
	}.effective(requested)
}

// host is all that EffectiveCPUs asks of the machine, so that a test can be another one.
type host struct {
	root       fs.FS // stands for "/"
	getenv     func(string) string
	goos       string
	numCPU     int // runtime.NumCPU
	affinity   func() (int, error)
	gomaxprocs int
}

func (h host) effective(requested int) Effective {
	all := []CPULimit{h.logical(), h.affinityMask()}
	all = append(all, h.cgroups()...)
	all = append(all, h.environment("SLURM_CPUS_PER_TASK"), h.environment("OMP_NUM_THREADS"))
	all = append(all, CPULimit{Source: "GOMAXPROCS", CPUs: h.gomaxprocs, Detail: "the Go runtime's setting"})
	all = append(all, program(requested))
	e := Effective{All: all}
	for _, l := range all {
		if l.CPUs > 0 && (e.CPUs == 0 || l.CPUs < e.CPUs) {
			e.CPUs, e.Reason = l.CPUs, l
		}
	}
	return e
}

// logical counts the CPUs that are online: runtime.NumCPU knows only those of the affinity mask.
func (h host) logical() CPULimit {
	const file = "sys/devices/system/cpu/online"
	if text, err := fs.ReadFile(h.root, file); h.goos == "linux" && err == nil {
		if n, err := cpulist.Count(string(text)); err == nil {
			return CPULimit{Source: "logical CPUs", CPUs: n, Detail: "online in /" + file}
		}
	}
	return CPULimit{Source: "logical CPUs", CPUs: max(h.numCPU, 1), Detail: "counted by the Go runtime"}
}

func (h host) affinityMask() CPULimit {
	l := CPULimit{Source: "affinity mask"}
	n, err := h.affinity()
	if err != nil {
		l.Detail = "unknown: " + err.Error()
		return l
	}
	l.CPUs, l.Detail = n, "sched_getaffinity"
	return l
}

// cgroups lists the CPU quotas of the process's control groups.
func (h host) cgroups() []CPULimit {
	none := func(detail string) []CPULimit { return []CPULimit{{Source: "cgroup quota", Detail: detail}} }
	if h.goos != "linux" {
		return none("control groups exist only on linux, this is " + h.goos)
	}
	m, err := cgroup.Load(h.root)
	if errors.Is(err, fs.ErrNotExist) {
		return none("no control groups: " + err.Error())
	}
	if err != nil {
		return none("unknown: " + err.Error())
	}
	var limits []CPULimit
	for _, q := range m.CPUQuotas() {
		l := CPULimit{Source: fmt.Sprintf("cgroup v%d quota", q.Version)}
		if q.Err != nil {
			l.Detail = fmt.Sprintf("ignored: /%s: %v", q.Path, q.Err)
		} else {
			l.CPUs = roundUp(q.CPUs)
			l.Detail = fmt.Sprintf("%.4g CPUs in /%s", q.CPUs, q.Path)
		}
		limits = append(limits, l)
	}
	if limits == nil {
		return none("not limited")
	}
	return limits
}

// roundUp makes a whole number of CPUs, at least one, of a quota: half a CPU is still one thread.
func roundUp(cpus float64) int {
	return int(max(1, min(math.Ceil(cpus), math.MaxInt32)))
}

// environment reads a number of threads from an environment variable. OpenMP allows a list, one
// number per level of nesting: the first counts.
func (h host) environment(name string) CPULimit {
	l := CPULimit{Source: name}
	value := h.getenv(name)
	if value == "" {
		l.Detail = "not set"
		return l
	}
	first, _, _ := strings.Cut(value, ",")
	n, err := strconv.Atoi(strings.TrimSpace(first))
	if err != nil || n < 1 {
		l.Detail = fmt.Sprintf("ignored: %q is not a positive number", value)
		return l
	}
	l.CPUs, l.Detail = n, "environment variable "+name+"="+value
	return l
}

// program is the setting of the program itself.
func program(requested int) CPULimit {
	l := CPULimit{Source: "program"}
	switch {
	case requested == 0:
		l.Detail = "not set"
	case requested < 0:
		l.Detail = fmt.Sprintf("ignored: %d is not a positive number", requested)
	default:
		l.CPUs, l.Detail = requested, "asked for by the program"
	}
	return l
}
