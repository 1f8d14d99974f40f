package cu

import (
	"bytes"
	"fmt"
	"runtime"
	"strings"
	"sync"

	"github.com/quern-go/quern/internal/dl"
)

// library is the driver's shared library. It is never closed: it has threads and
// exit handlers of its own.
type library struct {
	path      string
	addresses [functionCount]uintptr
	names     [functionCount]string // the symbols that were found
	has       [abilityCount]bool
	frames    sync.Pool // of *frame
}

// frame is memory for a call's arguments, so that calls allocate nothing.
type frame struct {
	words values
	sink  uintptr // for a result that nobody wants
}

// LibraryNames are the names to try on a system; none where there is no CUDA.
func LibraryNames(goos string) []string {
	switch goos {
	case "windows":
		return []string{"nvcuda.dll"}
	case "darwin":
		return nil
	}
	return []string{"libcuda.so.1", "libcuda.so"}
}

// Load opens the driver's library. The error says what was tried.
func Load() (API, error) {
	names := LibraryNames(runtime.GOOS)
	if names == nil {
		return nil, fmt.Errorf("there is no CUDA on %s", runtime.GOOS)
	}
	lib, err := dl.Open(names...)
	if err != nil {
		return nil, err
	}
	return newLibrary(lib)
}

// newLibrary looks up every function.
func newLibrary(lib *dl.Library) (*library, error) {
	l := &library{frames: sync.Pool{New: func() any { return new(frame) }}}
	var missing []string
	for f := range functionCount {
		for _, name := range symbols[f] {
			if addr, err := lib.Symbol(name); err == nil && addr != 0 {
				l.addresses[f], l.names[f] = addr, name
				break
			}
		}
		if l.addresses[f] == 0 && f < firstOptional {
			missing = append(missing, f.String())
		}
	}
	if missing != nil {
		return nil, fmt.Errorf("%s is no CUDA driver, or one older than CUDA 11.0: it lacks %s", lib.Name, strings.Join(missing, ", "))
	}
	for a, needs := range abilities {
		l.has[a] = true
		for _, f := range needs {
			l.has[a] = l.has[a] && l.addresses[f] != 0
		}
	}
	l.path = lib.Name
	if path := fileOf(l.addresses[fInit]); path != "" {
		l.path = path
	}
	return l, nil
}

func (l *library) Library() string { return l.path }

func (l *library) Has(a Ability) bool { return l.has[a] }

// call calls f with arguments among which may be addresses of Go's memory: see
// dl.Call.
//
//go:uintptrescapes
func (l *library) call(f function, args ...uintptr) error {
	return l.check(f, Code(dl.Call(l.addresses[f], args...)))
}

// values are the arguments of a call that takes no address of Go's memory.
type values [4]uintptr

// plain calls f with the first n values; it allocates nothing.
func (l *library) plain(f function, n int, v values) Code {
	fr := l.frames.Get().(*frame)
	fr.words = v
	code := Code(dl.Call(l.addresses[f], fr.words[:n]...))
	l.frames.Put(fr)
	return code
}

func (l *library) check(f function, code Code) error {
	if code != Success {
		return l.failure(f, code)
	}
	return nil
}

// take1, take2 and take4 are plain calls whose code becomes an error.

func (l *library) take1(f function, a uintptr) error {
	return l.check(f, l.plain(f, 1, values{a}))
}

func (l *library) take2(f function, a, b uintptr) error {
	return l.check(f, l.plain(f, 2, values{a, b}))
}

func (l *library) take4(f function, a, b, c, d uintptr) error {
	return l.check(f, l.plain(f, 4, values{a, b, c, d}))
}

// failure is the error of a call, with the driver's own words for it.
func (l *library) failure(f function, code Code) error {
	e := NewError(l.names[f], code)
	if name := l.text(fGetErrorName, code); name != "" {
		e.Name = name
	}
	e.Text = l.text(fGetErrorString, code)
	return e
}

// cString returns the string at a pointer of C's.
func cString(p *byte) string {
	if p == nil {
		return ""
	}
	return string(unsafeString(p))
}

// untilZero is the part of p before the first zero byte.
func untilZero(p []byte) string {
	if i := bytes.IndexByte(p, 0); i >= 0 {
		p = p[:i]
	}
	return strings.TrimSpace(string(p))
}
