package main

import (
	"fmt"
	"regexp"
	"runtime"
	"runtime/debug"

	"github.com/spf13/cobra"
)

type versionReport struct {
	SchemaVersion int    `json:"schema_version"`
	Version       string `json:"version"`
	Commit        string `json:"commit"`
	GoVersion     string `json:"go_version"`
	Platform      string `json:"platform"`
}

// currentVersion reads what the Go command recorded in the binary.
func currentVersion() versionReport {
	r := versionReport{SchemaVersion: schemaVersion, Version: "(devel)", Commit: "unknown",
		GoVersion: runtime.Version(), Platform: runtime.GOOS + "/" + runtime.GOARCH}
	if info, ok := debug.ReadBuildInfo(); ok {
		r.readBuild(info)
	}
	return r
}

func (r versionReport) String() string {
	return fmt.Sprintf("quern %s, commit %s, %s %s", r.Version, r.Commit, r.GoVersion, r.Platform)
}

// readBuild finds the version and the commit: of a build in a repository among the
// settings, of go install PACKAGE@VERSION in the version, if that is of no release.
func (r *versionReport) readBuild(info *debug.BuildInfo) {
	if info.Main.Version != "" {
		r.Version = info.Main.Version
	}
	if m := pseudoVersion.FindStringSubmatch(r.Version); m != nil {
		r.Commit = m[1]
	}
	for _, s := range info.Settings {
		if s.Key == "vcs.revision" {
			r.Commit = s.Value
		}
	}
}

// pseudoVersion ends in the time and the first digits of a commit, such as
// v0.0.0-20260102150405-0123456789ab: see https://go.dev/ref/mod#pseudo-versions.
var pseudoVersion = regexp.MustCompile(`[-.]\d{14}-([0-9a-f]{12})(\+|$)`)

func newVersion(a *app) *cobra.Command {
	return &cobra.Command{
		Use:   "version",
		Short: "Print the version",
		Args:  cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			r := currentVersion()
			if a.json {
				return a.printJSON(r)
			}
			_, err := fmt.Fprintf(a.out, "%s\n", r)
			return err
		},
	}
}
