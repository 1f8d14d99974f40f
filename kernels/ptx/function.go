package ptx

import (
	"fmt"
	"slices"
	"strings"

	"github.com/quern-go/quern/kernels"
)

// call applies a function. One without a rare case is written out. Of one with a
// rare case (see kernels.Body.Likely) the common case is, and the whole is a
// function in the text that is called where the common case does not hold.
func (c *code) call(f *kernels.Func, args []string) string {
	whole, fast, likely := expand(f)
	if !likely {
		return c.body(whole, argScope(args))[0]
	}
	results := c.body(fast, argScope(args))
	t := f.Result()
	r := c.variable(t, results[0])
	done := c.label("likely")
	c.jumpIf(results[1], done)
	c.callRare(f, whole, r, args)
	c.place(done)
	return r
}

// callRare calls the function in the text for a function's whole body, for its result in r.
func (c *code) callRare(f *kernels.Func, whole *kernels.Body, r string, args []string) {
	given := make([]string, len(args))
	for i, a := range args {
		given[i] = c.register(f.Params[i], a)
	}
	c.emit("call", "("+r+")", c.unit.function(f, whole), "("+strings.Join(given, ", ")+")")
}

// expand is a function's body with no calls left, and its common case. The bodies
// of functions have been checked, so neither fails.
func expand(f *kernels.Func) (whole, fast *kernels.Body, likely bool) {
	body, err := f.Body.InlineCalls(nil)
	if err != nil {
		body = f.Body
	}
	common, ok, err := body.Likely()
	return &body, &common, ok && err == nil
}

// rarely says whether a Body calls a function that has a rare case.
func rarely(b *kernels.Body) bool {
	return slices.ContainsFunc(b.Insts, func(in kernels.Inst) bool {
		if in.Op != kernels.OpCall {
			return false
		}
		_, _, likely := expand(in.Func)
		return likely
	})
}

func argScope(args []string) *scope {
	return &scope{leaf: func(in *kernels.Inst) string { return args[in.Imm] }}
}

// function is the name of a function's whole body in the text.
func (u *unit) function(f *kernels.Func, whole *kernels.Body) string {
	name := "f_" + identifier(f.Name)
	if slices.ContainsFunc(u.functions, func(g function) bool { return g.name == name }) {
		return name
	}
	c := &code{unit: u}
	args, decls := make([]string, len(f.Params)), make([]string, len(f.Params))
	for i, t := range f.Params {
		args[i] = fmt.Sprintf("%%a%d", i)
		decls[i] = fmt.Sprintf(".reg .%s %s", classes[classOf(t)].typ, args[i])
	}
	t := f.Result()
	c.set(t, "%result", c.body(whole, argScope(args))[0])
	u.functions = append(u.functions, function{name, fmt.Sprintf(
		"// %s, all cases\n.func (.reg .%s %%result) %s(%s)\n{\n%s%s\tret;\n}\n",
		f.Name, classes[classOf(t)].typ, name, strings.Join(decls, ", "), c.declarations(), c.text.String())})
	return name
}

// identifier is a name with only letters, digits and underscores.
func identifier(name string) string {
	return strings.Map(func(r rune) rune {
		if r == '_' || r >= '0' && r <= '9' || r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' {
			return r
		}
		return '_'
	}, name)
}
