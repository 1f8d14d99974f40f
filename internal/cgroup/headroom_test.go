package cgroup

import "testing"

func TestMemoryHeadroom(t *testing.T) {
	const v2 = "31 23 0:28 / /sys/fs/cgroup rw - cgroup2 cgroup2 rw\n"
	const v1 = "31 23 0:28 / /sys/fs/cgroup/memory rw - cgroup cgroup rw,memory\n"
	tests := []struct {
		name    string
		files   map[string]string
		want    int64
		limited bool
	}{
		{"no limit", map[string]string{"proc/self/cgroup": "0::/a\n", "proc/self/mountinfo": v2, "sys/fs/cgroup/a/memory.max": "max\n"}, 0, false},
		{"version 2", map[string]string{"proc/self/cgroup": "0::/a\n", "proc/self/mountinfo": v2, "sys/fs/cgroup/a/memory.max": "1000\n",
			"sys/fs/cgroup/a/memory.current": "300\n", "sys/fs/cgroup/a/memory.stat": "anon 200\ninactive_file 100\n"}, 800, true},
		{"the ancestor is tighter", map[string]string{"proc/self/cgroup": "0::/a/b\n", "proc/self/mountinfo": v2, "sys/fs/cgroup/a/b/memory.max": "1000\n",
			"sys/fs/cgroup/a/b/memory.current": "10\n", "sys/fs/cgroup/a/memory.max": "2000\n", "sys/fs/cgroup/a/memory.current": "1900\n"}, 100, true},
		{"used up", map[string]string{"proc/self/cgroup": "0::/a\n", "proc/self/mountinfo": v2, "sys/fs/cgroup/a/memory.max": "1000\n",
			"sys/fs/cgroup/a/memory.current": "1200\n"}, 0, true},
		{"usage unreadable", map[string]string{"proc/self/cgroup": "0::/a\n", "proc/self/mountinfo": v2, "sys/fs/cgroup/a/memory.max": "1000\n",
			"sys/fs/cgroup/a/memory.current": "lots\n"}, 1000, true},
		{"version 1", map[string]string{"proc/self/cgroup": "4:memory:/a\n", "proc/self/mountinfo": v1, "sys/fs/cgroup/memory/a/memory.limit_in_bytes": "1000\n",
			"sys/fs/cgroup/memory/a/memory.usage_in_bytes": "600\n", "sys/fs/cgroup/memory/a/memory.stat": "total_inactive_file 50\n"}, 450, true},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			m, err := Load(tree(tt.files))
			if err != nil {
				t.Fatal(err)
			}
			if got, limited := m.MemoryHeadroom(); got != tt.want || limited != tt.limited {
				t.Errorf("MemoryHeadroom() = %d, %v; want %d, %v", got, limited, tt.want, tt.limited)
			}
		})
	}
}
