package main

import (
	"errors"
	"os/exec"
	"path/filepath"
	"runtime/debug"
	"strings"
	"testing"
)

func TestVersionNamesTheCommit(t *testing.T) {
	const commit = "3279d05c0ffee3279d05c0ffee3279d05c0ffee0"
	revision := []debug.BuildSetting{{Key: "vcs.revision", Value: commit}}
	for _, c := range []struct {
		name            string
		version         string
		settings        []debug.BuildSetting
		wantVersion     string
		wantCommitBegin string
	}{
		{"in a repository", "v0.0.0-20261127161643-3279d05c0ffe+dirty", revision, "v0.0.0-20261127161643-3279d05c0ffe+dirty", commit},
		{"in a repository, by an old Go", "(devel)", revision, "(devel)", commit},
		{"installed at a commit", "v0.0.0-20261127161643-3279d05c0ffe", nil, "v0.0.0-20261127161643-3279d05c0ffe", "3279d05c0ffe"},
		{"installed after a release", "v1.2.4-0.20261127161643-3279d05c0ffe", nil, "v1.2.4-0.20261127161643-3279d05c0ffe", "3279d05c0ffe"},
		{"a release", "v1.2.3", nil, "v1.2.3", "unknown"},
		{"without a repository", "", nil, "(devel)", "unknown"},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := versionReport{Version: "(devel)", Commit: "unknown"}
			r.readBuild(&debug.BuildInfo{Main: debug.Module{Version: c.version}, Settings: c.settings})
			if r.Version != c.wantVersion || r.Commit != c.wantCommitBegin {
				t.Errorf("version %s, commit %s, expected %s, %s", r.Version, r.Commit, c.wantVersion, c.wantCommitBegin)
			}
		})
	}
}

// TestMakeBuildNamesTheCommit: whatever GOFLAGS says.
func TestMakeBuildNamesTheCommit(t *testing.T) {
	if err := exec.Command("git", "rev-parse", "HEAD").Run(); err != nil {
		t.Skip("no Git repository: ", err)
	}
	dry := exec.Command("make", "-n", "build")
	dry.Dir = filepath.Join("..", "..")
	commands, err := dry.CombinedOutput()
	if errors.Is(err, exec.ErrNotFound) {
		t.Skip(err)
	}
	if err != nil || !strings.Contains(string(commands), "build -buildvcs=auto -o bin/") {
		t.Errorf("make build runs %q, %v", commands, err)
	}
}
