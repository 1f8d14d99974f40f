package cgroup

import (
	"fmt"
	"io/fs"
	"path"
	"strings"
)

const (
	membershipFile = "proc/self/cgroup"
	mountsFile     = "proc/self/mountinfo"
)

// Membership is where a process stands in every control-group hierarchy of its machine.
type Membership struct {
	root   fs.FS
	groups []group
	mounts []mount
}

// Load reads the control groups of the current process under root, which stands for "/".
// The error wraps fs.ErrNotExist where the machine has no control groups.
func Load(root fs.FS) (*Membership, error) {
	cgroups, err := fs.ReadFile(root, membershipFile)
	if err != nil {
		return nil, fmt.Errorf("cgroup: read membership: %w", err)
	}
	mountinfo, err := fs.ReadFile(root, mountsFile)
	if err != nil {
		return nil, fmt.Errorf("cgroup: read mounts: %w", err)
	}
	return &Membership{root: root, groups: parseGroups(string(cgroups)), mounts: parseMounts(string(mountinfo))}, nil
}

// dir is one control group of the process as a directory of the root file system.
type dir struct {
	version int    // 1 or 2
	path    string // slash-separated, relative to the root: sys/fs/cgroup/cpu/a/b
}

// dirs lists the process's groups that may limit a controller ("cpu", "memory"): its own and
// its visible ancestors, innermost first, in every hierarchy that has the controller.
func (m *Membership) dirs(controller string) []dir {
	var found []dir
	seen := map[string]bool{}
	for _, g := range m.groups {
		if !g.has(controller) {
			continue
		}
		for _, d := range m.chain(g, controller) {
			if !seen[d.path] {
				seen[d.path] = true
				found = append(found, d)
			}
		}
	}
	return found
}

// chain walks from one group to the mount points that show it. A hierarchy may be mounted several
// times with different roots; the union of all chains misses no visible ancestor.
func (m *Membership) chain(g group, controller string) []dir {
	var inside, outside []dir
	for _, mnt := range m.mounts {
		if mnt.version != g.version || !mnt.has(controller) {
			continue
		}
		rel, ok := below(g.path, mnt.root)
		if !ok {
			outside = append(outside, dir{mnt.version, mnt.point})
			continue
		}
		for at := rel; ; at = path.Dir(at) {
			inside = append(inside, dir{mnt.version, path.Join(mnt.point, at)})
			if at == "." {
				break
			}
		}
	}
	if len(inside) > 0 {
		return inside
	}
	return outside
}

// below expresses a group's path relative to the root of a mount; "." is that root itself.
// Paths above the reader's namespace start with "/..": they have no place below any other root.
func below(groupPath, mountRoot string) (string, bool) {
	if groupPath == mountRoot {
		return ".", true
	}
	prefix := strings.TrimSuffix(mountRoot, "/") + "/"
	rel, ok := strings.CutPrefix(groupPath, prefix)
	if !ok || !fs.ValidPath(rel) {
		return "", false
	}
	return rel, true
}
