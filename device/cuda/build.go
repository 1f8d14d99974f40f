package cuda

import (
	"fmt"

	"github.com/quern-go/quern/device/cuda/internal/cu"
	"github.com/quern-go/quern/device/internal/cache"
	"github.com/quern-go/quern/kernels/ptx"
)

// ready returns the entry point's function, compiled if it has not been. The
// device's context is current. What failed is tried again by the next call.
func (e *entry) ready(d *Device, source *ptx.Entry) (cu.Function, error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.function != 0 {
		return e.function, nil
	}
	m, err := d.load(source)
	if err != nil {
		return 0, fmt.Errorf("kernel %s: %w", source.Name, err)
	}
	f, err := d.api.ModuleGetFunction(m, source.Name)
	if err == nil {
		err = d.fits(f, source)
	}
	if err == nil && source.DynamicBytes > 0 {
		err = d.api.FuncSetAttribute(f, cu.FuncMaxDynamicSharedBytes, source.DynamicBytes)
	}
	if err != nil {
		_ = d.api.ModuleUnload(m) // err came first
		return 0, fmt.Errorf("kernel %s: %w", source.Name, err)
	}
	e.module, e.function = m, f
	return f, nil
}

// fits checks that the compiled code leaves room for a whole block's threads.
func (d *Device) fits(f cu.Function, source *ptx.Entry) error {
	most, err := d.api.FuncGetAttribute(cu.FuncMaxThreadsPerBlock, f)
	if err != nil {
		return err
	}
	if most < source.GroupSize {
		registers, err := d.api.FuncGetAttribute(cu.FuncNumRegs, f)
		if err != nil {
			return err
		}
		return fmt.Errorf("blocks of %d threads do not fit: at %d registers a thread the most is %d", source.GroupSize, registers, most)
	}
	return nil
}

// load loads an entry point's text: as the machine code in the cache, or, if there is
// none or the driver does not take it, compiled.
func (d *Device) load(source *ptx.Entry) (cu.Module, error) {
	text := append([]byte(source.Source), 0)
	if d.options.Cache == nil || !d.api.Has(cu.Linking) {
		m, log, err := d.api.ModuleLoadData(text)
		return m, explainCompile(err, log)
	}
	key := d.cacheKey("cubin", source.Source)
	if cubin, ok := cache.Recall(d.options.Cache, key); ok {
		if m, _, err := d.api.ModuleLoadData(cubin); err == nil || d.owner.Failure(err) != nil && d.lost.Load() {
			return m, err
		}
	}
	cubin, log, err := d.api.LinkPTX(text, source.Name)
	if err != nil {
		return 0, explainCompile(err, log)
	}
	m, log, err := d.api.ModuleLoadData(cubin)
	if err != nil {
		return 0, explainCompile(err, log)
	}
	cache.Remember(d.options.Cache, key, cubin)
	return m, nil
}

// explainCompile adds what the compiler says.
func explainCompile(err error, log string) error {
	if err == nil || log == "" {
		return err
	}
	return fmt.Errorf("%w\n%s", err, log)
}
