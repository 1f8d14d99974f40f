// Package cpulist reads the Linux kernel's lists of CPUs and NUMA nodes: decimal numbers and ranges
// joined by commas, such as "0-3,8,10-11" (cpuset(7), "List format").
package cpulist
