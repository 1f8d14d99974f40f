package ptx

import (
	"strconv"

	"github.com/quern-go/quern/kernels"
)

// loop writes a loop and returns its states after the last step, in registers; at
// has the values of the Body that it is in.
func (c *code) loop(l *kernels.Loop, args []kernels.Value, at []string) []string {
	step := c.variable(u64, "0")
	values := []string{step}
	for k, a := range args {
		value := at[a]
		if k < l.States {
			value = c.variable(l.Args()[k], value)
		}
		values = append(values, value)
	}
	states := values[1 : 1+l.States]
	if l.Steps == 0 {
		return states
	}
	top := c.label("step")
	c.place(top)
	next := c.body(&l.Body, argScope(values))
	kept := make([]string, len(next))
	for k, x := range next {
		kept[k] = c.variable(l.Args()[k], x) // it may be another state
	}
	for k, state := range states {
		c.set(l.Args()[k], state, kept[k])
	}
	c.emit("add.u64", step, step, "1")
	c.jumpIf(c.compare("lt", u64, step, strconv.FormatUint(l.Steps, 10)), top)
	return states
}
