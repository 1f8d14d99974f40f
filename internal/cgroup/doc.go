// Package cgroup reads the CPU and memory limits that Linux control groups put on this process.
//
// A container with "two CPUs" usually still sees every core of its host: the limit is a quota in a
// control group, and nothing but the control group's files tells. Both generations are read, also
// side by side as on a hybrid host:
//
//   - version 1 has one tree per controller: cpu.cfs_quota_us over cpu.cfs_period_us, and
//     memory.limit_in_bytes;
//   - version 2 has a single tree: cpu.max holds "quota period" and memory.max a number, each of
//     them "max" when there is no limit.
//
// A limit on any ancestor binds as well as one on the process's own group, so every visible level
// is read. Where a group is comes from two files: /proc/self/cgroup names it inside its hierarchy and
// /proc/self/mountinfo tells where that hierarchy, or a part of it, is mounted. In a container the
// two may disagree (the group is named as the host sees it, but only a subtree is mounted); then
// the mount point itself is taken as the process's group.
//
// All files are read through an fs.FS whose root stands for "/", so a test can lay out any machine:
//
//	m, err := cgroup.Load(os.DirFS("/"))
//	if err != nil { ... }                  // no /proc, not Linux: there is nothing to read
//	for _, q := range m.CPUQuotas() {
//		fmt.Println(q.Path, q.CPUs, q.Err) // sys/fs/cgroup/a/b/cpu.max 1.5 <nil>
//	}
//
// Formats: cgroups(7), proc_pid_mountinfo(5), and Documentation/admin-guide/cgroup-v2.rst and
// cgroup-v1/memory.rst of the Linux kernel.
package cgroup
