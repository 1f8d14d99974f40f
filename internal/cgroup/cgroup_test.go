package cgroup

import (
	"errors"
	"io/fs"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"
)

// tree builds a root file system from paths and their texts.
func tree(files map[string]string) fstest.MapFS {
	root := fstest.MapFS{}
	for name, text := range files {
		root[name] = &fstest.MapFile{Data: []byte(text)}
	}
	return root
}

const (
	mountV2  = "31 23 0:28 / /sys/fs/cgroup rw,nosuid shared:9 - cgroup2 cgroup2 rw,nsdelegate\n"
	mountV1  = "32 31 0:29 / /sys/fs/cgroup/cpu,cpuacct rw shared:10 - cgroup cgroup rw,cpu,cpuacct\n"
	mountV1M = "33 31 0:30 / /sys/fs/cgroup/memory rw - cgroup cgroup rw,memory\n"
	mountTmp = "30 23 0:27 / /sys/fs/cgroup rw - tmpfs tmpfs rw,mode=755\n"
)

// found is a limit as a test writes it: an error becomes "bad".
type found struct {
	Path string
	CPUs float64
	Mem  int64
	Bad  bool
}

var machines = []struct {
	name   string
	files  map[string]string
	cpu    []found
	memory []found
}{
	{
		name: "version 2, own group",
		files: map[string]string{
			"proc/self/cgroup":                  "0::/user/job\n",
			"proc/self/mountinfo":               mountV2,
			"sys/fs/cgroup/user/job/cpu.max":    "150000 100000\n",
			"sys/fs/cgroup/user/job/memory.max": "1073741824\n",
		},
		cpu:    []found{{Path: "sys/fs/cgroup/user/job/cpu.max", CPUs: 1.5}},
		memory: []found{{Path: "sys/fs/cgroup/user/job/memory.max", Mem: 1 << 30}},
	},
	{
		name: "version 2, ancestors, some without a limit",
		files: map[string]string{
			"proc/self/cgroup":               "0::/a/b/c\n",
			"proc/self/mountinfo":            mountV2,
			"sys/fs/cgroup/a/b/c/cpu.max":    "max 100000\n",
			"sys/fs/cgroup/a/b/cpu.max":      "400000 100000\n",
			"sys/fs/cgroup/a/cpu.max":        "50000 50000\n",
			"sys/fs/cgroup/a/b/c/memory.max": "max\n",
			"sys/fs/cgroup/a/memory.max":     "4096\n",
		},
		cpu: []found{
			{Path: "sys/fs/cgroup/a/b/cpu.max", CPUs: 4},
			{Path: "sys/fs/cgroup/a/cpu.max", CPUs: 1},
		},
		memory: []found{{Path: "sys/fs/cgroup/a/memory.max", Mem: 4096}},
	},
	{
		name: "version 2, container namespace shows its own root",
		files: map[string]string{
			"proc/self/cgroup":         "0::/\n",
			"proc/self/mountinfo":      mountV2,
			"sys/fs/cgroup/cpu.max":    "200000 100000\n",
			"sys/fs/cgroup/memory.max": "536870912\n",
		},
		cpu:    []found{{Path: "sys/fs/cgroup/cpu.max", CPUs: 2}},
		memory: []found{{Path: "sys/fs/cgroup/memory.max", Mem: 512 << 20}},
	},
	{
		name: "version 2, process outside its namespace",
		files: map[string]string{
			"proc/self/cgroup":      "0::/../../elsewhere\n",
			"proc/self/mountinfo":   mountV2,
			"sys/fs/cgroup/cpu.max": "300000 100000\n",
		},
		cpu: []found{{Path: "sys/fs/cgroup/cpu.max", CPUs: 3}},
	},
	{
		name: "version 2, no period",
		files: map[string]string{
			"proc/self/cgroup":      "0::/\n",
			"proc/self/mountinfo":   mountV2,
			"sys/fs/cgroup/cpu.max": "250000",
		},
		cpu: []found{{Path: "sys/fs/cgroup/cpu.max", CPUs: 2.5}},
	},
	{
		name: "version 1, nested",
		files: map[string]string{
			"proc/self/cgroup":    "4:memory:/k/pod\n3:cpuset:/\n2:cpu,cpuacct:/k/pod\n1:name=systemd:/init\n",
			"proc/self/mountinfo": mountTmp + mountV1 + mountV1M,
			"sys/fs/cgroup/cpu,cpuacct/k/pod/cpu.cfs_quota_us":  "-1\n",
			"sys/fs/cgroup/cpu,cpuacct/k/pod/cpu.cfs_period_us": "100000\n",
			"sys/fs/cgroup/cpu,cpuacct/k/cpu.cfs_quota_us":      "75000\n",
			"sys/fs/cgroup/cpu,cpuacct/k/cpu.cfs_period_us":     "50000\n",
			"sys/fs/cgroup/memory/k/pod/memory.limit_in_bytes":  "9223372036854771712\n",
			"sys/fs/cgroup/memory/k/pod/memory.stat":            "cache 1\nhierarchical_memory_limit 2097152\n",
			"sys/fs/cgroup/memory/k/memory.limit_in_bytes":      "2097152\n",
		},
		cpu: []found{{Path: "sys/fs/cgroup/cpu,cpuacct/k/cpu.cfs_quota_us", CPUs: 1.5}},
		memory: []found{
			{Path: "sys/fs/cgroup/memory/k/pod/memory.stat", Mem: 2 << 20},
			{Path: "sys/fs/cgroup/memory/k/memory.limit_in_bytes", Mem: 2 << 20},
		},
	},
	{
		name: "version 1, container: host path in membership, own subtree mounted",
		files: map[string]string{
			"proc/self/cgroup":                          "2:cpu,cpuacct:/docker/abc/inner\n",
			"proc/self/mountinfo":                       "32 31 0:29 /docker/abc /sys/fs/cgroup/cpu ro - cgroup cgroup rw,cpu,cpuacct\n",
			"sys/fs/cgroup/cpu/cpu.cfs_quota_us":        "100000\n",
			"sys/fs/cgroup/cpu/cpu.cfs_period_us":       "100000\n",
			"sys/fs/cgroup/cpu/inner/cpu.cfs_quota_us":  "50000\n",
			"sys/fs/cgroup/cpu/inner/cpu.cfs_period_us": "100000\n",
		},
		cpu: []found{
			{Path: "sys/fs/cgroup/cpu/inner/cpu.cfs_quota_us", CPUs: 0.5},
			{Path: "sys/fs/cgroup/cpu/cpu.cfs_quota_us", CPUs: 1},
		},
	},
	{
		name: "version 1, container: the mounted subtree is not the named one",
		files: map[string]string{
			"proc/self/cgroup":                   "2:cpu:/\n",
			"proc/self/mountinfo":                "32 31 0:29 /docker/abc /sys/fs/cgroup/cpu ro - cgroup cgroup rw,cpu\n",
			"sys/fs/cgroup/cpu/cpu.cfs_quota_us": "100000\n",
		},
		cpu: []found{{Path: "sys/fs/cgroup/cpu/cpu.cfs_quota_us", CPUs: 1}},
	},
	{
		name: "hybrid: limits in version 1, version 2 beside it",
		files: map[string]string{
			"proc/self/cgroup": "1:cpu:/x\n0::/x\n",
			"proc/self/mountinfo": mountTmp + "32 31 0:29 / /sys/fs/cgroup/cpu rw - cgroup cgroup rw,cpu\n" +
				"41 31 0:38 / /sys/fs/cgroup/unified rw - cgroup2 cgroup2 rw\n",
			"sys/fs/cgroup/cpu/x/cpu.cfs_quota_us":  "300000\n",
			"sys/fs/cgroup/cpu/x/cpu.cfs_period_us": "100000\n",
			"sys/fs/cgroup/unified/x/cgroup.procs":  "1\n",
			"sys/fs/cgroup/unified/x/memory.max":    "8192\n",
		},
		cpu:    []found{{Path: "sys/fs/cgroup/cpu/x/cpu.cfs_quota_us", CPUs: 3}},
		memory: []found{{Path: "sys/fs/cgroup/unified/x/memory.max", Mem: 8192}},
	},
	{
		name: "the same hierarchy mounted twice, once without the ancestors",
		files: map[string]string{
			"proc/self/cgroup": "0::/a/b\n",
			"proc/self/mountinfo": "40 1 0:38 /a/b /mnt/own rw - cgroup2 none rw\n" +
				"41 1 0:38 / /mnt/all\\040groups rw - cgroup2 none rw\n",
			"mnt/own/cpu.max":            "900000 100000\n",
			"mnt/all groups/a/cpu.max":   "700000 100000\n",
			"mnt/all groups/a/b/cpu.max": "900000 100000\n",
		},
		cpu: []found{
			{Path: "mnt/own/cpu.max", CPUs: 9},
			{Path: "mnt/all groups/a/b/cpu.max", CPUs: 9},
			{Path: "mnt/all groups/a/cpu.max", CPUs: 7},
		},
	},
	{
		name: "no limit files at all",
		files: map[string]string{
			"proc/self/cgroup":    "0::/a\n",
			"proc/self/mountinfo": mountV2,
		},
	},
	{
		name: "no control groups mounted",
		files: map[string]string{
			"proc/self/cgroup":    "0::/a\n",
			"proc/self/mountinfo": "22 27 0:21 / /proc rw - proc proc rw\n",
		},
	},
	{
		name: "garbage limits",
		files: map[string]string{
			"proc/self/cgroup": "2:cpu:/a\n3:memory:/a\n0::/a\n",
			"proc/self/mountinfo": "32 31 0:29 / /c1 rw - cgroup cgroup rw,cpu\n" + "33 31 0:29 / /m1 rw - cgroup cgroup rw,memory\n" +
				"41 31 0:38 / /c2 rw - cgroup2 cgroup2 rw\n",
			"c1/a/cpu.cfs_quota_us":      "lots\n",
			"c1/a/cpu.cfs_period_us":     "100000\n",
			"c1/cpu.cfs_quota_us":        "100000\n",
			"c1/cpu.cfs_period_us":       "0\n",
			"c2/a/cpu.max":               "1 2 3\n",
			"c2/cpu.max":                 "",
			"m1/a/memory.limit_in_bytes": strings.Repeat("9", 500),
			"m1/memory.limit_in_bytes":   "0",
			"c2/a/memory.max":            "-5",
		},
		cpu: []found{
			{Path: "c1/a/cpu.cfs_quota_us", Bad: true}, {Path: "c1/cpu.cfs_quota_us", Bad: true},
			{Path: "c2/a/cpu.max", Bad: true}, {Path: "c2/cpu.max", Bad: true},
		},
		memory: []found{
			{Path: "m1/a/memory.limit_in_bytes", Bad: true}, {Path: "m1/memory.limit_in_bytes", Bad: true},
			{Path: "c2/a/memory.max", Bad: true},
		},
	},
	{
		name: "garbage membership and mounts",
		files: map[string]string{
			"proc/self/cgroup":    "\n:::\nhello\n0:\n7:cpu\n0::relative\n\x00\xff\n",
			"proc/self/mountinfo": " - \n - cgroup2\n1 2 3 - cgroup2 x rw\n" + mountV2,
		},
	},
}

func TestLimits(t *testing.T) {
	for _, tc := range machines {
		t.Run(tc.name, func(t *testing.T) {
			m, err := Load(tree(tc.files))
			if err != nil {
				t.Fatal(err)
			}
			var cpu, memory []found
			for _, q := range m.CPUQuotas() {
				cpu = append(cpu, found{Path: q.Path, CPUs: q.CPUs, Bad: q.Err != nil})
			}
			for _, l := range m.MemoryLimits() {
				memory = append(memory, found{Path: l.Path, Mem: l.Bytes, Bad: l.Err != nil})
				if l.Err != nil && len(l.Err.Error()) > 200 {
					t.Errorf("message of %d bytes for %s", len(l.Err.Error()), l.Path)
				}
			}
			if d := cmp.Diff(tc.cpu, cpu); d != "" {
				t.Errorf("CPU quotas (-want +got):\n%s", d)
			}
			if d := cmp.Diff(tc.memory, memory); d != "" {
				t.Errorf("memory limits (-want +got):\n%s", d)
			}
		})
	}
}

func TestLoadWithoutFiles(t *testing.T) {
	for name, root := range map[string]fs.FS{
		"nothing":       tree(nil),
		"no mountinfo":  tree(map[string]string{"proc/self/cgroup": "0::/\n"}),
		"no membership": tree(map[string]string{"proc/self/mountinfo": mountV2}),
	} {
		t.Run(name, func(t *testing.T) {
			if _, err := Load(root); !errors.Is(err, fs.ErrNotExist) {
				t.Errorf("Load: %v, expected an error wrapping fs.ErrNotExist", err)
			}
		})
	}
}

func TestUnescape(t *testing.T) {
	for in, want := range map[string]string{
		"":             "",
		`/plain`:       "/plain",
		`/a\040b`:      "/a b",
		`\134`:         `\`,
		`/a\011\012`:   "/a\t\n",
		`/odd\04`:      `/odd\04`,
		`/odd\999x`:    `/odd\999x`,
		`/trailing\`:   `/trailing\`,
		`/double\\134`: `/double\\`,
		`/utf\303\251`: "/utf\u00e9",
	} {
		if got := unescape(in); got != want {
			t.Errorf("unescape(%q) = %q, expected %q", in, got, want)
		}
	}
}

// FuzzLoad holds the parsers to never failing on hostile files, whatever they say.
func FuzzLoad(f *testing.F) {
	f.Add("0::/a/b\n", mountV2, "100 100")
	f.Add("2:cpu,memory:/a\n", mountV1+mountV1M, "max")
	f.Fuzz(func(t *testing.T, membership, mounts, limit string) {
		m, err := Load(tree(map[string]string{
			"proc/self/cgroup": membership, "proc/self/mountinfo": mounts,
			"sys/fs/cgroup/a/cpu.max": limit, "sys/fs/cgroup/cpu.max": limit, "sys/fs/cgroup/memory.max": limit,
			"sys/fs/cgroup/cpu,cpuacct/cpu.cfs_quota_us": limit, "sys/fs/cgroup/memory/memory.stat": limit,
		}))
		if err != nil {
			t.Fatal(err)
		}
		for _, q := range m.CPUQuotas() {
			if (q.CPUs > 0) == (q.Err != nil) {
				t.Errorf("%+v: expected either CPUs or an error", q)
			}
		}
		for _, l := range m.MemoryLimits() {
			if (l.Bytes > 0) == (l.Err != nil) {
				t.Errorf("%+v: expected either bytes or an error", l)
			}
		}
	})
}
