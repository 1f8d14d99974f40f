package mathfn

import (
	"fmt"
	"sync"

	"github.com/quern-go/quern/kernels"
)

// Lookup finds a function by its name without the type, such as "exp", and its
// type, F32 or F64.
func Lookup(name string, t kernels.DType) (f *kernels.Func, ok bool) {
	f = function(name, t)
	return f, f != nil
}

// All lists every function, those of float32 first.
func All() []*kernels.Func {
	var list []*kernels.Func
	for _, t := range []kernels.DType{kernels.F32, kernels.F64} {
		for i := range definitions {
			list = append(list, function(definitions[i].name, t))
		}
	}
	return list
}

// Info is what a function is called and how many arguments it takes.
type Info struct {
	Name   string
	Params int
}

// Functions lists the functions, each once for both types, and builds none.
func Functions() []Info {
	list := make([]Info, len(definitions))
	for i, d := range definitions {
		list[i] = Info{d.name, d.params}
	}
	return list
}

// definition is one function for either type: how many arguments it takes and
// how its Body is written.
type definition struct {
	name   string
	params int
	write  func(w writer) kernels.Value
}

var definitions = []definition{
	{"exp", 1, exp},
	{"log", 1, log},
	{"sin", 1, sin},
	{"cos", 1, cos},
	{"cospi2", 1, cosPi2},
	{"tanh", 1, tanh},
	{"pow", 2, pow},
	{"exp2", 1, exp2},
	{"expm1", 1, expm1},
	{"log2", 1, log2},
	{"log10", 1, log10},
	{"log1p", 1, log1p},
	{"tan", 1, tan},
	{"asin", 1, asin},
	{"acos", 1, acos},
	{"atan", 1, atan},
	{"sinh", 1, sinh},
	{"cosh", 1, cosh},
	{"cbrt", 1, cbrt},
	{"hypot", 2, hypot},
	{"atan2", 2, atan2},
	{"sigmoid", 1, sigmoid},
	{"softplus", 1, softplus},
	{"logsigmoid", 1, logSigmoid},
	{"erf", 1, erf},
	{"erfc", 1, erfc},
	{"fmod", 2, fmod},
	{"mod", 2, mod},
	{"ndtri", 1, ndtri},
	{"jensen", 2, jensen},
	{"ceil", 1, ceil},
	{"trunc", 1, trunc},
	{"sign", 1, sign},
	{"copysign", 2, copySign},
	{"isnan", 1, testNaN},
	{"isinf", 1, testInf},
	{"isfinite", 1, testFinite},
}

// function is a cached function; nil for a type other than F32 and F64.
func function(name string, t kernels.DType) *kernels.Func {
	if build, ok := library()[name+"."+t.String()]; ok {
		return build()
	}
	return nil
}

// library builds every function once, when it is first asked for.
var library = sync.OnceValue(func() map[string]func() *kernels.Func {
	byName := make(map[string]func() *kernels.Func)
	for _, format := range []format{single, double} {
		for i := range definitions {
			d := &definitions[i]
			byName[d.name+"."+format.t.String()] = sync.OnceValue(func() *kernels.Func { return d.mustBuild(format) })
		}
	}
	return byName
})

// mustBuild builds a function. That it cannot fail is tested.
func (d *definition) mustBuild(format format) *kernels.Func {
	f, err := d.build(format)
	if err != nil {
		panic(fmt.Sprintf("mathfn: %s.%s: %v", d.name, format.t, err)) // a bug: the definitions are fixed
	}
	return f
}

func (d *definition) build(format format) (*kernels.Func, error) {
	w := writer{kernels.NewBuilder(), format}
	result := d.write(w)
	body, err := w.Build(result)
	if err != nil {
		return nil, err
	}
	f := &kernels.Func{Name: d.name + "." + format.t.String(), Body: body}
	for range d.params {
		f.Params = append(f.Params, format.t)
	}
	return f, nil
}
