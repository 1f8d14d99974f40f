package main

import (
	"strings"

	"github.com/spf13/cobra"

	"github.com/quern-go/quern/device"
	"github.com/quern-go/quern/ops"
)

// completeFrom lets the shell complete a flag from a list.
func completeFrom(cmd *cobra.Command, flag string, values ...string) {
	// The error says that the flag does not exist or has a completion: tests see it.
	_ = cmd.RegisterFlagCompletionFunc(flag, cobra.FixedCompletions(values, cobra.ShellCompDirectiveNoFileComp))
}

// completeDevices lets the shell complete --device from the devices that are there.
func completeDevices(cmd *cobra.Command) {
	_ = cmd.RegisterFlagCompletionFunc("device", func(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
		list := []string{"cpu", "cpu:1thread"}
		for _, p := range device.ProbeAll() {
			for _, info := range p.Infos {
				if s := info.Selector(); !strings.HasPrefix(s, "cpu") {
					list = append(list, s)
				}
			}
		}
		return list, cobra.ShellCompDirectiveNoFileComp
	})
}

// completeMetrics lets the shell complete the name of a metric.
func completeMetrics(cmd *cobra.Command) {
	names := []string{"minkowski", "seuclidean", "mahalanobis", "haversine", "matching"}
	for _, m := range ops.Metrics() {
		names = append(names, m.String())
	}
	completeFrom(cmd, "metric", names...)
}
