package cpu

import "github.com/quern-go/quern/cpu/internal/sched"

// Limit is one bound on the number of CPUs, or the reason why a source gives
// none.
type Limit = sched.CPULimit

// Effective is the number of CPUs that the process may use, with every bound that
// was looked at.
type Effective = sched.Effective

// EffectiveCPUs is the least of: the machine's logical CPUs, the affinity mask,
// the quotas of control groups, SLURM_CPUS_PER_TASK, OMP_NUM_THREADS, GOMAXPROCS
// and the number requested (0: none).
func EffectiveCPUs(requested int) Effective { return sched.EffectiveCPUs(requested) }
