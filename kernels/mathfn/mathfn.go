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
func All() []*kernels.Func { return library().list }

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
}

type functions struct {
	list   []*kernels.Func
	byName map[string]*kernels.Func
}

// function is a cached function; nil for a type other than F32 and F64.
func function(name string, t kernels.DType) *kernels.Func {
	return library().byName[name+"."+t.String()]
}

// library builds every function, once.
var library = sync.OnceValue(func() functions {
	fs := functions{byName: make(map[string]*kernels.Func)}
	for _, format := range []format{single, double} {
		for _, d := range definitions {
			f, err := d.build(format)
			if err != nil {
				panic(fmt.Sprintf("mathfn: %s.%s: %v", d.name, format.t, err)) // a bug: the definitions are fixed
			}
			fs.list = append(fs.list, f)
			fs.byName[f.Name] = f
		}
	}
	return fs
})

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
