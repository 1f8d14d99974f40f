package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"strings"
	"syscall"
	"time"

	_ "github.com/quern-go/quern/device/all"
)

// The exit statuses.
const (
	statusOK          = 0
	statusFailed      = 1
	statusUsage       = 2
	statusInterrupted = 130 // what shells say of a program that Ctrl-C ended
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	context.AfterFunc(ctx, stop) // a second Ctrl-C ends the program at once
	status := run(ctx, os.Args[1:], streams{in: os.Stdin, out: os.Stdout, err: os.Stderr})
	stop()
	os.Exit(status)
}

// streams are what a command reads and writes.
type streams struct {
	in       io.Reader
	out, err io.Writer
	// patience is how long work has taken before its progress is shown; 0 is a second.
	patience time.Duration
}

// run executes one command line and returns the exit status.
func run(ctx context.Context, args []string, io streams) int {
	out := &checkedWriter{to: io.out}
	io.out = out
	root := newRoot(io)
	root.SetArgs(args)
	err := root.ExecuteContext(ctx)
	if err == nil {
		err = out.err
	}
	if err == nil {
		return statusOK
	}
	var usage *usageError
	switch {
	case errors.As(err, &usage):
		fmt.Fprintf(io.err, "quern: %s (quern %s)\n", oneLine(err), usage.help)
		return statusUsage
	case errors.Is(err, context.Canceled):
		fmt.Fprintln(io.err, "quern: interrupted; no file was written")
		return statusInterrupted
	default:
		fmt.Fprintf(io.err, "quern: %s\n", oneLine(err))
	}
	return statusFailed
}

// checkedWriter keeps the first error of writing: not everything that prints, such as the
// help, says that it could not.
type checkedWriter struct {
	to  io.Writer
	err error
}

func (w *checkedWriter) Write(p []byte) (int, error) {
	n, err := w.to.Write(p)
	if w.err == nil {
		w.err = err
	}
	return n, err
}

// oneLine keeps an error on one line whatever a library put in it, and one that can be read
// whatever the user gave.
func oneLine(err error) string {
	const longest = 2000 // bytes
	line := strings.Join(strings.FieldsFunc(err.Error(), func(r rune) bool { return r == '\n' || r == '\r' }), "; ")
	if len(line) > longest {
		line = strings.ToValidUTF8(line[:longest/2], "") + " … " + strings.ToValidUTF8(line[len(line)-longest/2:], "")
	}
	return line
}

// usageError is a mistake in the command line.
type usageError struct {
	err  error
	help string // the arguments that print the right help
}

func (e *usageError) Error() string { return e.err.Error() }
func (e *usageError) Unwrap() error { return e.err }
