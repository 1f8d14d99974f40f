package opencl

import (
	"errors"
	"fmt"
	"strings"
	"sync/atomic"
	"unsafe"

	"github.com/quern-go/quern/internal/dl"
)

// executable is a program built for a device, with its kernel objects.
type executable struct {
	api     *api
	key     string // of its binary in the cache
	program uintptr
	kernels []uintptr

	ran   atomic.Uint64 // bit i: kernel i has been launched
	saved atomic.Uint64 // ran when the binary in the cache was fetched
}

// buildOptions are those of every program. Nothing is given up for speed: no
// -cl-mad-enable, no flushing of denormals. Warnings, of variables that some kernels
// do not use, would go to standard error with some runtimes.
func (f *facts) buildOptions() string {
	options := "-cl-std=CL1.2 -w"
	if f.exactDivide() {
		options += " -cl-fp32-correctly-rounded-divide-sqrt"
	}
	return options
}

// build makes an executable with the named kernels of a source text: from the
// cache's binary, or, if there is none or it does not load, from the text.
func (d *Device) build(source string, names []string) (*executable, error) {
	options := d.found.facts.buildOptions()
	x := &executable{api: d.api, key: d.found.facts.cacheKey("program", options, source)}
	if image, ran, ok := d.recallBinary(x.key); ok {
		if d.loadBinary(x, image, options, names) == nil {
			x.ran.Store(ran)
			x.saved.Store(ran)
			return x, nil
		}
		x.release()
	}
	err := d.loadSource(x, source, options, names)
	if unexplained(err) {
		x.release()
		err = d.loadSource(x, source, options, names)
	}
	if err != nil {
		x.release()
		return nil, err
	}
	return x, nil
}

// buildError is a failed build with the compiler's messages.
type buildError struct {
	err error
	log string
}

func (e *buildError) Unwrap() error { return e.err }

func (e *buildError) Error() string {
	if e.log == "" {
		return e.err.Error()
	}
	const most = 4000 // bytes: the first error is at the start
	log := e.log
	if len(log) > most {
		log = strings.ToValidUTF8(log[:most], "") + " …"
	}
	return fmt.Sprintf("%v; the compiler says:\n%s", e.err, log)
}

// unexplained reports whether the compiler failed without naming an error. PoCL does
// so once in a thousand times on a busy machine, and not when asked again.
func unexplained(err error) bool {
	var e *buildError
	return errors.As(err, &e) && hasCode(err, buildProgramFailure) && !strings.Contains(strings.ToLower(e.log), "error")
}

func (d *Device) loadSource(x *executable, source, options string, names []string) error {
	text := []byte(source)
	texts := [1]*byte{unsafe.SliceData(text)}
	lengths := [1]uintptr{uintptr(len(text))}
	var code int32
	p := d.api.invoke(createProgramFromSource, &code, d.context, 1, uintptr(unsafe.Pointer(&texts)),
		uintptr(unsafe.Pointer(&lengths)), uintptr(unsafe.Pointer(&code)))
	return d.finishBuild(x, createProgramFromSource, p, code, options, names)
}

func (d *Device) loadBinary(x *executable, image []byte, options string, names []string) error {
	images := [1]*byte{unsafe.SliceData(image)}
	lengths := [1]uintptr{uintptr(len(image))}
	devices := [1]uintptr{d.found.id}
	var status [1]int32
	var code int32
	var p uintptr
	dl.PreserveSignals(func() {
		p = d.api.invoke(createProgramFromBinary, &code, d.context, 1, uintptr(unsafe.Pointer(&devices)),
			uintptr(unsafe.Pointer(&lengths)), uintptr(unsafe.Pointer(&images)),
			uintptr(unsafe.Pointer(&status)), uintptr(unsafe.Pointer(&code)))
	})
	return d.finishBuild(x, createProgramFromBinary, p, code, options, names)
}

// finishBuild compiles or links the new program and takes its kernels out of it.
func (d *Device) finishBuild(x *executable, f function, p uintptr, code int32, options string, names []string) error {
	var err error
	if x.program, err = d.api.created(programs, f, p, code); err != nil {
		return err
	}
	devices := [1]uintptr{d.found.id}
	flags := append([]byte(options), 0)
	dl.PreserveSignals(func() {
		err = d.api.call(buildProgram, x.program, 1, uintptr(unsafe.Pointer(&devices)),
			uintptr(unsafe.Pointer(&flags[0])), 0, 0)
	})
	if err != nil {
		return &buildError{err: err, log: d.api.text(ofBuild(x.program, d.found.id), programBuildLog)}
	}
	for _, name := range names {
		k, err := d.createKernel(x.program, name)
		if err != nil {
			return fmt.Errorf("kernel %s: %w", name, err)
		}
		x.kernels = append(x.kernels, k)
	}
	return nil
}

func (d *Device) createKernel(program uintptr, name string) (uintptr, error) {
	text := append([]byte(name), 0)
	var code int32
	k := d.api.invoke(createKernel, &code, program, uintptr(unsafe.Pointer(&text[0])), uintptr(unsafe.Pointer(&code)))
	return d.api.created(kernelObjects, createKernel, k, code)
}

// groupLimit is the most work items that a group of the kernel may have.
func (x *executable) groupLimit(kernel int, device uintptr) int {
	return int(x.api.number(ofKernel(x.kernels[kernel], device), kernelWorkGroupSize))
}

// binary fetches the program as the device runs it.
func (x *executable) binary() ([]byte, error) {
	sizes := x.api.numbers(ofProgram(x.program), programBinarySizes, int(unsafe.Sizeof(uintptr(0))))
	if len(sizes) != 1 || sizes[0] == 0 {
		return nil, errors.New("the program has no binary")
	}
	image := make([]byte, sizes[0])
	images := [1]*byte{&image[0]}
	err := x.api.call(getProgramInfo, x.program, programBinaries, unsafe.Sizeof(images),
		uintptr(unsafe.Pointer(&images)), 0)
	return image, err
}

// release ends the life of the program and its kernels, of which some may be
// missing. What the device answers changes nothing any more.
func (x *executable) release() {
	for _, k := range x.kernels {
		_ = x.api.release(kernelObjects, k)
	}
	_ = x.api.release(programs, x.program)
	x.kernels, x.program = nil, 0
}
