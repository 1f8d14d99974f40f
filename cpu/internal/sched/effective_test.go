package sched

import (
	"errors"
	"strings"
	"testing"
	"testing/fstest"
)

const (
	v2Mount = "31 23 0:28 / /sys/fs/cgroup rw - cgroup2 cgroup2 rw\n"
	v1Mount = "32 31 0:29 / /sys/fs/cgroup/cpu rw - cgroup cgroup rw,cpu\n"
)

func TestEffectiveCPUs(t *testing.T) {
	tests := []struct {
		name      string
		files     map[string]string
		env       map[string]string
		change    func(*host)
		requested int
		cpus      int
		source    string
		detail    string // somewhere among the details
	}{
		{name: "nothing limits", cpus: 64, source: "logical CPUs", detail: "online in /sys/devices/system/cpu/online"},
		{name: "affinity mask", change: func(h *host) { h.affinity = func() (int, error) { return 6, nil } }, cpus: 6, source: "affinity mask"},
		{name: "affinity unknown", change: func(h *host) { h.affinity = func() (int, error) { return 0, errors.New("denied") } },
			cpus: 64, source: "logical CPUs", detail: "unknown: denied"},
		{name: "offline CPUs", files: map[string]string{"sys/devices/system/cpu/online": "0-3,8\n"}, cpus: 5, source: "logical CPUs"},
		{name: "garbage online list", files: map[string]string{"sys/devices/system/cpu/online": "3-0\n"},
			change: func(h *host) { h.numCPU = 48 }, cpus: 48, source: "logical CPUs", detail: "counted by the Go runtime"},
		{name: "version 2 quota, rounded up", files: map[string]string{
			"proc/self/cgroup": "0::/a\n", "proc/self/mountinfo": v2Mount, "sys/fs/cgroup/a/cpu.max": "250000 100000\n",
		}, cpus: 3, source: "cgroup v2 quota", detail: "2.5 CPUs in /sys/fs/cgroup/a/cpu.max"},
		{name: "version 2 quota below one CPU", files: map[string]string{
			"proc/self/cgroup": "0::/a\n", "proc/self/mountinfo": v2Mount, "sys/fs/cgroup/a/cpu.max": "1000 100000\n",
		}, cpus: 1, source: "cgroup v2 quota"},
		{name: "version 2 ancestor", files: map[string]string{
			"proc/self/cgroup": "0::/a/b\n", "proc/self/mountinfo": v2Mount,
			"sys/fs/cgroup/a/b/cpu.max": "max 100000\n", "sys/fs/cgroup/a/cpu.max": "400000 100000\n",
		}, cpus: 4, source: "cgroup v2 quota", detail: "/sys/fs/cgroup/a/cpu.max"},
		{name: "version 1 quota", files: map[string]string{
			"proc/self/cgroup": "2:cpu:/k\n", "proc/self/mountinfo": v1Mount,
			"sys/fs/cgroup/cpu/k/cpu.cfs_quota_us": "700000\n", "sys/fs/cgroup/cpu/k/cpu.cfs_period_us": "100000\n",
		}, cpus: 7, source: "cgroup v1 quota"},
		{name: "hybrid, the least of both", files: map[string]string{
			"proc/self/cgroup": "2:cpu:/k\n0::/k\n", "proc/self/mountinfo": v1Mount + "41 1 0:38 / /u rw - cgroup2 none rw\n",
			"sys/fs/cgroup/cpu/k/cpu.cfs_quota_us": "700000\n", "u/k/cpu.max": "500000 100000\n",
		}, cpus: 5, source: "cgroup v2 quota"},
		{name: "no limit in the control groups", files: map[string]string{
			"proc/self/cgroup": "0::/a\n", "proc/self/mountinfo": v2Mount, "sys/fs/cgroup/a/cpu.max": "max 100000\n",
		}, cpus: 64, source: "logical CPUs", detail: "not limited"},
		{name: "garbage quota", files: map[string]string{
			"proc/self/cgroup": "0::/a\n", "proc/self/mountinfo": v2Mount, "sys/fs/cgroup/a/cpu.max": "-3 x\n",
		}, cpus: 64, source: "logical CPUs", detail: "ignored: /sys/fs/cgroup/a/cpu.max"},
		{name: "absurdly large quota", files: map[string]string{
			"proc/self/cgroup": "0::/a\n", "proc/self/mountinfo": v2Mount, "sys/fs/cgroup/a/cpu.max": "9223372036854775807 1\n",
		}, cpus: 64, source: "logical CPUs"},
		{name: "no control groups", cpus: 64, source: "logical CPUs", detail: "no control groups: "},
		{name: "control groups on another system", change: func(h *host) { h.goos = "darwin"; h.numCPU = 10 },
			cpus: 10, source: "logical CPUs", detail: "only on linux, this is darwin"},
		{name: "Slurm", env: map[string]string{"SLURM_CPUS_PER_TASK": "12"}, cpus: 12, source: "SLURM_CPUS_PER_TASK"},
		{name: "Slurm garbage", env: map[string]string{"SLURM_CPUS_PER_TASK": "many"}, cpus: 64, source: "logical CPUs",
			detail: `ignored: "many" is not a positive number`},
		{name: "OpenMP", env: map[string]string{"OMP_NUM_THREADS": "3"}, cpus: 3, source: "OMP_NUM_THREADS"},
		{name: "OpenMP list", env: map[string]string{"OMP_NUM_THREADS": " 9 ,2,1"}, cpus: 9, source: "OMP_NUM_THREADS"},
		{name: "OpenMP zero", env: map[string]string{"OMP_NUM_THREADS": "0"}, cpus: 64, source: "logical CPUs", detail: `ignored: "0"`},
		{name: "OpenMP too large for a number", env: map[string]string{"OMP_NUM_THREADS": "99999999999999999999"}, cpus: 64,
			source: "logical CPUs", detail: "ignored: "},
		{name: "GOMAXPROCS", change: func(h *host) { h.gomaxprocs = 2 }, cpus: 2, source: "GOMAXPROCS"},
		{name: "program", requested: 5, cpus: 5, source: "program"},
		{name: "program asks for more than there is", requested: 500, cpus: 64, source: "logical CPUs"},
		{name: "program negative", requested: -1, cpus: 64, source: "logical CPUs", detail: "ignored: -1"},
		{name: "of equal limits the first", env: map[string]string{"OMP_NUM_THREADS": "4", "SLURM_CPUS_PER_TASK": "4"}, requested: 4,
			cpus: 4, source: "SLURM_CPUS_PER_TASK"},
	}
	for _, tc := range tests {
		t.Run(tc.name, func(t *testing.T) {
			root := fstest.MapFS{"sys/devices/system/cpu/online": {Data: []byte("0-63\n")}}
			for name, text := range tc.files {
				root[name] = &fstest.MapFile{Data: []byte(text)}
			}
			h := host{
				root: root, goos: "linux", numCPU: 64, gomaxprocs: 64,
				getenv:   func(name string) string { return tc.env[name] },
				affinity: func() (int, error) { return 64, nil },
			}
			if tc.change != nil {
				tc.change(&h)
			}
			got := h.effective(tc.requested)
			if got.CPUs != tc.cpus || got.Reason.Source != tc.source || got.Reason.CPUs != tc.cpus {
				t.Errorf("%d CPUs by %+v, expected %d by %q", got.CPUs, got.Reason, tc.cpus, tc.source)
			}
			var details []string
			for _, l := range got.All {
				if l.Source == "" || l.Detail == "" || l.CPUs < 0 {
					t.Errorf("incomplete limit %+v", l)
				}
				details = append(details, l.Detail)
			}
			if all := strings.Join(details, "\n"); !strings.Contains(all, tc.detail) {
				t.Errorf("no detail has %q:\n%s", tc.detail, all)
			}
		})
	}
}

// TestEffectiveCPUsHere runs on whatever machine this is.
func TestEffectiveCPUsHere(t *testing.T) {
	e := EffectiveCPUs(0)
	if e.CPUs < 1 || e.CPUs != e.Reason.CPUs {
		t.Errorf("EffectiveCPUs(0) = %+v", e)
	}
	if one := EffectiveCPUs(1); one.CPUs != 1 {
		t.Errorf("EffectiveCPUs(1).CPUs = %d, expected 1", one.CPUs)
	}
}
