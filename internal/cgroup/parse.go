package cgroup

import (
	"slices"
	"strconv"
	"strings"
)

// group is one line of /proc/self/cgroup.
type group struct {
	version     int
	controllers []string // version 1 only; version 2 has every controller that is not bound to version 1
	path        string   // inside the hierarchy, "/" for its root
}

func (g group) has(controller string) bool {
	return g.version == 2 || slices.Contains(g.controllers, controller)
}

// mount is one control-group line of /proc/self/mountinfo.
type mount struct {
	version int
	root    string   // the group shown at the mount point
	point   string   // slash-separated, without the leading slash
	options []string // super options; version 1 lists its controllers here
}

func (m mount) has(controller string) bool {
	return m.version == 2 || slices.Contains(m.options, controller)
}

// parseGroups reads lines "id:controllers:path"; version 2 is the line with id 0 and no controllers.
// Lines of any other form are skipped.
func parseGroups(text string) []group {
	var groups []group
	for line := range strings.Lines(text) {
		fields := strings.SplitN(strings.TrimRight(line, "\n"), ":", 3)
		if len(fields) != 3 || !strings.HasPrefix(fields[2], "/") {
			continue
		}
		g := group{version: 1, controllers: strings.Split(fields[1], ","), path: fields[2]}
		if fields[0] == "0" && fields[1] == "" {
			g.version, g.controllers = 2, nil
		}
		groups = append(groups, g)
	}
	return groups
}

// parseMounts reads lines
//
//	id parent major:minor root point options [optional…] - type source super-options
//
// and keeps those of type cgroup and cgroup2. Lines of any other form are skipped.
func parseMounts(text string) []mount {
	var mounts []mount
	for line := range strings.Lines(text) {
		before, after, ok := strings.Cut(line, " - ")
		if !ok {
			continue
		}
		head, tail := strings.Fields(before), strings.Fields(after)
		if len(head) < 6 || len(tail) < 3 {
			continue
		}
		m := mount{
			root:    unescape(head[3]),
			point:   strings.Trim(unescape(head[4]), "/"),
			options: strings.Split(tail[2], ","),
		}
		switch tail[0] {
		case "cgroup":
			m.version = 1
		case "cgroup2":
			m.version = 2
		default:
			continue
		}
		mounts = append(mounts, m)
	}
	return mounts
}

// unescape undoes the octal escapes of mountinfo (\040 space, \011 tab, \012 newline, \134 backslash).
func unescape(s string) string {
	if !strings.Contains(s, `\`) {
		return s
	}
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		if s[i] == '\\' && i+3 < len(s) {
			if c, err := strconv.ParseUint(s[i+1:i+4], 8, 8); err == nil {
				b.WriteByte(byte(c))
				i += 3
				continue
			}
		}
		b.WriteByte(s[i])
	}
	return b.String()
}
