package ptx

import (
	"fmt"
	"strconv"
	"strings"
)

// code is the instructions of one entry point or function, as they are written.
// Operands are the text of a register or of a constant.
type code struct {
	unit   *unit
	text   strings.Builder
	counts [numClasses]int
	labels int
	params []string // the kernel's scalar arguments: see loadParams
}

// reg is a new register for values of type t.
func (c *code) reg(t dtype) string { return c.classReg(classOf(t)) }

func (c *code) classReg(k class) string {
	c.counts[k]++
	return classes[k].prefix + strconv.Itoa(c.counts[k])
}

func (c *code) regs(t dtype, n int) []string {
	rs := make([]string, n)
	for i := range rs {
		rs[i] = c.reg(t)
	}
	return rs
}

// emit writes one instruction.
func (c *code) emit(op string, operands ...string) {
	c.text.WriteByte('\t')
	c.text.WriteString(op)
	for i, o := range operands {
		if i == 0 {
			c.text.WriteByte(' ')
		} else {
			c.text.WriteString(", ")
		}
		c.text.WriteString(o)
	}
	c.text.WriteString(";\n")
}

// to writes an instruction whose result, of type t, goes to a new register.
func (c *code) to(t dtype, op string, sources ...string) string {
	dst := c.reg(t)
	c.emit(op, append([]string{dst}, sources...)...)
	return dst
}

// guarded writes an instruction that happens only where the predicate holds.
func (c *code) guarded(p, op string, operands ...string) {
	c.emit("@"+p+" "+op, operands...)
}

// set copies an operand to a register.
func (c *code) set(t dtype, dst, src string) {
	if dst != src {
		c.emit("mov."+moveSuffix(t), dst, src)
	}
}

// variable is a new register that holds the operand and may be changed.
func (c *code) variable(t dtype, src string) string {
	dst := c.reg(t)
	c.set(t, dst, src)
	return dst
}

// register is the operand in a register: itself, unless it is a constant.
func (c *code) register(t dtype, src string) string {
	if strings.HasPrefix(src, "%") {
		return src
	}
	return c.variable(t, src)
}

func (c *code) label(name string) string {
	c.labels++
	return "$" + name + strconv.Itoa(c.labels)
}

func (c *code) place(label string) { c.text.WriteString(label + ":\n") }

func (c *code) jump(label string) { c.emit("bra", label) }

func (c *code) jumpIf(p, label string)     { c.guarded(p, "bra", label) }
func (c *code) jumpUnless(p, label string) { c.guarded("!"+p, "bra", label) }

// comment writes a line for the reader.
func (c *code) comment(format string, args ...any) {
	fmt.Fprintf(&c.text, "\t// "+format+"\n", args...)
}

// compare is the predicate a <relation> b.
func (c *code) compare(relation string, t dtype, a, b string) string {
	return c.to(boolean, "setp."+relation+"."+suffix(t), c.register(t, a), b)
}

// add and its like are integer arithmetic for addresses and counts.
func (c *code) add(t dtype, a, b string) string { return c.to(t, "add."+suffix(t), a, b) }
func (c *code) sub(t dtype, a, b string) string { return c.to(t, "sub."+suffix(t), a, b) }
func (c *code) mul(t dtype, a, b string) string { return c.to(t, "mul.lo."+suffix(t), a, b) }

// mad is a·b + d.
func (c *code) mad(t dtype, a, b, d string) string { return c.to(t, "mad.lo."+suffix(t), a, b, d) }

// widen is a U32 as U64.
func (c *code) widen(a string) string { return c.to(u64, "cvt.u64.u32", a) }

// vector is registers as one operand.
func vector(values []string) string { return "{" + strings.Join(values, ", ") + "}" }

// declarations are the registers that the code uses.
func (c *code) declarations() string {
	var s strings.Builder
	for k, n := range c.counts {
		if n > 0 {
			fmt.Fprintf(&s, "\t.reg .%s %s<%d>;\n", classes[k].typ, classes[k].prefix, n+1)
		}
	}
	return s.String()
}
