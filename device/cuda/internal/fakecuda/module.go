package fakecuda

import (
	"bytes"

	"github.com/quern-go/quern/device/cuda/internal/cu"
)

// module is a loaded program.
type module struct {
	context *context
	program Program
}

// function is an entry point of a module.
type function struct {
	module *module
	name   string
	entry  Entry
	shared int // bytes that launches may ask for, if they have been allowed more than usual
}

// cubinMark starts what LinkPTX makes: the rest is the PTX.
const cubinMark = "\x7fFAKE cubin\n"

// ModuleLoadData is cuModuleLoadDataEx.
func (d *Driver) ModuleLoadData(image []byte) (cu.Module, string, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	const name = "cuModuleLoadDataEx"
	c, err := d.within(name)
	if err != nil {
		return 0, "", err
	}
	text, isCubin := bytes.CutPrefix(image, []byte(cubinMark))
	switch {
	case isCubin:
	case bytes.HasPrefix(image, []byte("\x7f")):
		return 0, "", cu.NewError(name, cu.InvalidImage)
	case len(image) == 0 || image[len(image)-1] != 0:
		d.violate("%s: the text does not end in a zero byte", name)
		return 0, "", cu.NewError(name, cu.InvalidValue)
	default:
		text = image[:len(image)-1]
	}
	program, err := d.options.Machine.Load(string(text))
	if err != nil {
		return 0, err.Error(), cu.NewError(name, cu.InvalidPTX)
	}
	h := cu.Module(d.handle())
	d.modules[h] = &module{context: c, program: program}
	return h, "", nil
}

// LinkPTX is cuLinkCreate_v2 and what follows it.
func (d *Driver) LinkPTX(ptx []byte, _ string) ([]byte, string, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	const name = "cuLinkComplete"
	if _, err := d.within(name); err != nil {
		return nil, "", err
	}
	if !d.Has(cu.Linking) {
		d.violate("%s: the driver lacks it", name)
		return nil, "", cu.NewError(name, cu.NotSupported)
	}
	text := string(bytes.TrimSuffix(ptx, []byte{0}))
	if _, err := d.options.Machine.Load(text); err != nil {
		return nil, err.Error(), cu.NewError("cuLinkAddData_v2", cu.InvalidPTX)
	}
	return []byte(cubinMark + text), "", nil
}

// ModuleUnload is cuModuleUnload.
func (d *Driver) ModuleUnload(h cu.Module) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	const name = "cuModuleUnload"
	c, injected := d.within(name)
	if c == nil {
		return injected
	}
	m := d.modules[h]
	if m == nil {
		d.violate("%s: %#x is no module", name, h)
		return cu.NewError(name, cu.InvalidHandle)
	}
	for s, st := range d.streams {
		for _, o := range st.queue {
			if o.function != nil && o.function.module == m {
				d.violate("%s: %s is queued on stream %#x", name, o.what, s)
			}
		}
	}
	d.dropModule(h, m)
	return injected
}

func (d *Driver) dropModule(h cu.Module, m *module) {
	for f, fn := range d.functions {
		if fn.module == m {
			delete(d.functions, f)
		}
	}
	delete(d.modules, h)
}

// ModuleGetFunction is cuModuleGetFunction.
func (d *Driver) ModuleGetFunction(h cu.Module, entry string) (cu.Function, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	const name = "cuModuleGetFunction"
	if _, err := d.within(name); err != nil {
		return 0, err
	}
	m := d.modules[h]
	if m == nil {
		d.violate("%s: %#x is no module", name, h)
		return 0, cu.NewError(name, cu.InvalidHandle)
	}
	e, ok := m.program.Entry(entry)
	if !ok {
		return 0, cu.NewError(name, cu.NotFound)
	}
	f := cu.Function(d.handle())
	d.functions[f] = &function{module: m, name: entry, entry: e}
	return f, nil
}

// function is the function of a handle; the lock is held.
func (d *Driver) function(name string, h cu.Function) (*function, error) {
	f := d.functions[h]
	if f == nil {
		d.violate("%s: %#x is no function of a loaded module", name, h)
		return nil, cu.NewError(name, cu.InvalidHandle)
	}
	return f, nil
}

// FuncGetAttribute is cuFuncGetAttribute.
func (d *Driver) FuncGetAttribute(a cu.FuncAttribute, h cu.Function) (int, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	const name = "cuFuncGetAttribute"
	c, err := d.within(name)
	if err != nil {
		return 0, err
	}
	if _, err := d.function(name, h); err != nil {
		return 0, err
	}
	switch a {
	case cu.FuncMaxThreadsPerBlock:
		return c.gpu.Attributes[cu.MaxThreadsPerBlock], nil
	case cu.FuncNumRegs:
		return 32, nil
	}
	return 0, nil
}

// usualShared is the shared memory that launches may ask for if nothing is said.
const usualShared = 48 << 10

// FuncSetAttribute is cuFuncSetAttribute.
func (d *Driver) FuncSetAttribute(h cu.Function, a cu.FuncAttribute, value int) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	const name = "cuFuncSetAttribute"
	c, err := d.within(name)
	if err != nil {
		return err
	}
	f, err := d.function(name, h)
	if err != nil {
		return err
	}
	if a != cu.FuncMaxDynamicSharedBytes || value < 0 || value > c.gpu.Attributes[cu.MaxSharedMemoryPerBlockOptin] {
		return cu.NewError(name, cu.InvalidValue)
	}
	f.shared = value
	return nil
}

// sharedFits checks the shared memory that a launch asks for.
func (d *Driver) sharedFits(name string, f *function, l *cu.Launch) error {
	if int(l.Shared) > max(f.shared, usualShared) {
		d.violate("%s: %s: %d bytes of shared memory, which it has not been allowed", name, f.name, l.Shared)
		return cu.NewError(name, cu.InvalidValue)
	}
	return nil
}

// maxGrid is the largest number of blocks in a grid's first dimension.
const maxGrid = 1<<31 - 1

// LaunchKernel is cuLaunchKernel.
func (d *Driver) LaunchKernel(l *cu.Launch) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	const name = "cuLaunchKernel"
	c, err := d.within(name)
	if err != nil {
		return err
	}
	f, err := d.function(name, l.Function)
	if err != nil {
		return err
	}
	s, err := d.stream(name, c, l.Stream)
	if err != nil {
		return err
	}
	switch {
	case l.Grid == 0 || l.Block == 0 || l.Grid > maxGrid:
		d.violate("%s: %d blocks of %d threads", name, l.Grid, l.Block)
		return cu.NewError(name, cu.InvalidValue)
	case int(l.Block) > c.gpu.Attributes[cu.MaxThreadsPerBlock]:
		return cu.NewError(name, cu.LaunchOutOfResources)
	}
	if err := d.sharedFits(name, f, l); err != nil {
		return err
	}
	copied := &cu.Launch{Function: l.Function, Grid: l.Grid, Block: l.Block, Shared: l.Shared, Params: bytes.Clone(l.Params)}
	d.push(s, &op{what: f.name, words: copied.Params, function: f, run: func() error {
		return f.entry.Run(copied, c.all)
	}})
	return nil
}
