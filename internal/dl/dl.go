package dl

import (
	"errors"
	"fmt"
	"strings"
)

// ErrUnavailable is wrapped by Open's error when this build cannot open
// libraries at all.
var ErrUnavailable = errors.New("this build opens no shared libraries")

// Library is an open shared library.
type Library struct {
	Name   string // the name that opened
	handle uintptr
}

// Attempt is one name that was tried and why it did not open.
type Attempt struct {
	Name string
	Err  error
}

// NotFoundError says that none of the names opened.
type NotFoundError struct {
	Attempts []Attempt
}

// Error lists every name with its reason.
func (e *NotFoundError) Error() string {
	parts := make([]string, len(e.Attempts))
	for i, a := range e.Attempts {
		parts[i] = reason(a)
	}
	return "no library opened: " + strings.Join(parts, "; ")
}

// Unwrap returns the reasons.
func (e *NotFoundError) Unwrap() []error {
	errs := make([]error, len(e.Attempts))
	for i, a := range e.Attempts {
		errs[i] = a.Err
	}
	return errs
}

// reason avoids naming the library twice: the loader's message mostly starts
// with it.
func reason(a Attempt) string {
	msg := a.Err.Error()
	if strings.Contains(msg, a.Name) {
		return msg
	}
	return a.Name + ": " + msg
}

// Open opens the first of the names that the loader finds.
func Open(names ...string) (*Library, error) {
	missing := &NotFoundError{}
	for _, name := range names {
		handle, err := open(name)
		if err == nil {
			return &Library{Name: name, handle: handle}, nil
		}
		missing.Attempts = append(missing.Attempts, Attempt{Name: name, Err: err})
	}
	if len(names) == 0 {
		return nil, errors.New("open library: no name given")
	}
	return nil, missing
}

// Symbol returns the address of a symbol.
func (l *Library) Symbol(name string) (uintptr, error) {
	addr, err := symbol(l.handle, name)
	if err != nil {
		return 0, fmt.Errorf("%s: symbol %s: %w", l.Name, name, err)
	}
	return addr, nil
}

// Close closes the library. Closing twice is harmless.
func (l *Library) Close() error {
	if l.handle == 0 {
		return nil
	}
	handle := l.handle
	l.handle = 0
	if err := closeLibrary(handle); err != nil {
		return fmt.Errorf("close %s: %w", l.Name, err)
	}
	return nil
}
