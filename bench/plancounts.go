package bench

// planCounts is what the kernels of a plan read, write and compute, as ops.Plan tells; zero where there is no one plan.
type planCounts struct{ bytes, flops float64 }

// countPlan asks a job for its plan. Of an evaluation in panels the plan lists one kernel of each kind, so that there
// is no sum to take.
func (e *Env) countPlan(j *Job) (planCounts, error) {
	var c planCounts
	if j.Explain == nil {
		return c, nil
	}
	p, err := j.Explain(e.Options...)
	if err != nil || len(p.Panels) > 0 {
		return c, err
	}
	for _, k := range p.Kernels {
		c.bytes += k.Bytes
		c.flops += k.Flops
	}
	return c, nil
}

// PlanFormula is the Formula of a workload that leaves Bytes and Flops to the plan.
const PlanFormula = "bytes and flops: of the kernels of the plan, as quern eval --explain prints them"

// complete fills in what the workload leaves to the plan.
func (c planCounts) complete(w Workload) Workload {
	if w.Formula == PlanFormula {
		w.Bytes, w.Flops = c.bytes, c.flops
	}
	return w
}
