package main

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/quern-go/quern/bench"
	"github.com/quern-go/quern/device"
)

// allDevices is the --device of quern bench and quern verify that stands for every device of the machine.
const allDevices = "all"

// benchDevices are the devices to measure, in turn: the one that --device names, or with allDevices every one that is
// no emulation; the CPU at each number of threads asked for, and with allDevices at 1 and all.
func benchDevices(selector, threads string) ([]bench.Device, error) {
	counts, err := parseThreads(threads)
	if err != nil {
		return nil, err
	}
	if selector != allDevices {
		return describeAt(selector, counts)
	}
	var out []bench.Device
	for _, p := range device.ProbeAll() {
		for _, info := range device.Rank(p.Infos) {
			if info.Software {
				continue
			}
			atCounts := counts
			if info.Driver != "cpu" {
				atCounts = nil
			} else if counts == nil && info.ComputeUnits > 1 {
				atCounts = []int{1, info.ComputeUnits}
			}
			list, err := describeAt(info.Selector(), atCounts)
			if err != nil {
				return nil, err
			}
			out = append(out, list...)
		}
	}
	return out, nil
}

func parseThreads(text string) ([]int, error) {
	if text == "" {
		return nil, nil
	}
	var counts []int
	for _, part := range strings.Split(text, ",") {
		n, err := strconv.Atoi(part)
		if err != nil || n < 1 {
			return nil, fmt.Errorf("--threads %q, expected positive numbers such as 1,2", text)
		}
		counts = append(counts, n)
	}
	return counts, nil
}

// describeAt describes a device, the CPU at numbers of threads.
func describeAt(selector string, counts []int) ([]bench.Device, error) {
	dev, err := bench.DescribeDevice(selector)
	if err != nil {
		return nil, err
	}
	if counts == nil {
		return []bench.Device{dev}, nil
	}
	if dev.Driver != "cpu" {
		return nil, fmt.Errorf("--threads: device %s has no threads to choose", dev.Selector)
	}
	var out []bench.Device
	for _, n := range counts {
		dev, err := bench.DescribeDevice(withThreads(dev.Selector, n))
		if err != nil {
			return nil, err
		}
		out = append(out, dev)
	}
	return out, nil
}

// withThreads is the CPU's selector with another number of threads.
func withThreads(selector string, n int) string {
	_, text, _ := strings.Cut(selector, ":")
	options := slices.DeleteFunc(strings.Split(text, ","), func(o string) bool {
		return o == "" || strings.HasSuffix(o, "thread") || strings.HasSuffix(o, "threads")
	})
	unit := "threads"
	if n == 1 {
		unit = "thread"
	}
	return "cpu:" + strings.Join(append(options, strconv.Itoa(n)+unit), ",")
}
