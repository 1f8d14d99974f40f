package ptx

import (
	"strings"

	"github.com/quern-go/quern/kernels"
)

// nearTable is the most entries of a table that is copied to shared memory.
const nearTable = 64

// lookup is entry i, of type u, of a table. What every thread looks up is in shared memory, which
// serves a warp in a cycle whichever of 32 words its threads want; loads from global memory take
// three even where the L1 cache has the line. What few need, functions for rare cases and large tables, is left
// in global memory.
func (c *code) lookup(t *kernels.Table, u dtype, i string) string {
	size := integer(t.Type.Size())
	if c == c.unit.code && len(t.Bits) <= nearTable {
		if u != u32 {
			i = c.to(u32, "cvt.u32.u64", c.register(u64, i))
		}
		at := c.unit.nearTable(t)
		start := c.mad(u32, i, size, c.to(u32, "mov.u32", "lookups"))
		return c.to(t.Type, "ld.shared."+moveSuffix(t.Type), "["+start+"+"+integer(at)+"]")
	}
	at := c.unit.table(t)
	start := c.to(u64, "mov.u64", "tables")
	if u == u32 {
		start = c.to(u64, "mad.wide.u32", i, size, start)
	} else {
		start = c.mad(u64, i, size, start)
	}
	return c.to(t.Type, "ld.global.nc."+moveSuffix(t.Type), "["+start+"+"+integer(at)+"]")
}

// nearTable is where a table begins in the shared array, in bytes.
func (u *unit) nearTable(t *kernels.Table) int { return placeIn(&u.near, t) }

// copyNear puts before the code what copies the tables to shared memory.
func (u *unit) copyNear() {
	if len(u.near) == 0 {
		return
	}
	words := 0
	for _, t := range u.near {
		words += tableBytes(t) / 4
	}
	c := u.code
	rest := c.text.String()
	c.text = strings.Builder{}
	u.sharedArray("lookups", u32, words)
	thread := c.thread()
	from := c.to(u64, "mad.wide.u32", thread, "4", c.to(u64, "mov.u64", "nears"))
	to := c.mad(u32, thread, "4", c.to(u32, "mov.u32", "lookups"))
	for first := 0; first < words; first += u.entry.GroupSize {
		is := c.compare("lt", u32, thread, integer(words-first))
		word, at := c.reg(u32), "+"+integer(4*first)+"]"
		c.guarded(is, "ld.global.nc.b32", word, "["+from+at)
		c.guarded(is, "st.shared.b32", "["+to+at, word)
	}
	c.emit("bar.sync", "0")
	c.text.WriteString(rest)
}
