package arrayfile

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
)

// WriteOptions adjust how a file is written. The zero value suits all.
type WriteOptions struct {
	// Columns is the header line of a CSV file; none if it is empty.
	Columns []string
	// Stdout replaces os.Stdout as what the path "-" writes.
	Stdout io.Writer

	create func(path string) (syncWriter, error) // replaces createFile in tests
}

// syncWriter is the part of os.File that writing needs.
type syncWriter interface {
	io.Writer
	Sync() error
	Close() error
}

// output is a file being written. It takes the place of path when commit succeeds, and leaves no trace after
// abort.
type output struct {
	w        syncWriter
	path     string
	temp     string // "" if path is written directly
	replaces bool   // a file exists at path
	closed   bool   // w was closed
	done     bool   // committed or aborted
}

// openOutput starts to write the file at path. Whatever is not a regular file (a device, a pipe,
// standard output) cannot be replaced and is written directly.
func openOutput(ctx context.Context, path string, opt WriteOptions) (*output, error) {
	if path == "-" {
		var w io.Writer = os.Stdout
		if opt.Stdout != nil {
			w = opt.Stdout
		}
		return &output{w: unowned{w}, path: path}, nil
	}
	path = linked(path) // replace what a link points to, not the link
	st, err := os.Stat(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return openTemp(path, nil, opt)
	case err != nil:
		return nil, err
	case st.IsDir():
		return nil, errors.New("is a directory")
	}
	f, err := openContext(ctx, path, os.O_WRONLY) // a read-only file is not to be replaced either
	if err != nil {
		return nil, err
	}
	if !st.Mode().IsRegular() {
		return &output{w: unsynced{f}, path: path}, nil
	}
	if err := f.Close(); err != nil {
		return nil, err
	}
	return openTemp(path, st, opt)
}

// linked is what a path leads to if it is a symbolic link, even one to a file that does not
// exist yet.
func linked(path string) string {
	if target, err := filepath.EvalSymlinks(path); err == nil {
		return target
	}
	target := path
	for range 40 { // as many as Linux follows
		next, err := os.Readlink(target)
		if err != nil {
			return target
		}
		if !filepath.IsAbs(next) {
			next = filepath.Join(filepath.Dir(target), next)
		}
		target = next
	}
	return path
}

// openTemp creates the temporary file beside path: on the same file system, so that the rename is
// atomic. It gets the permissions of the file that it will replace, if there is one.
func openTemp(path string, old fs.FileInfo, opt WriteOptions) (*output, error) {
	create := opt.create
	if create == nil {
		create = createFile
	}
	dir := filepath.Dir(path)
	temp := filepath.Join(dir, "."+filepath.Base(path)+"."+rand.Text()[:10]+".tmp")
	w, err := create(temp)
	if err != nil {
		return nil, fmt.Errorf("create a file in %s: %w", dir, withoutPath(err))
	}
	o := &output{w: w, temp: temp, path: path, replaces: old != nil}
	if old != nil {
		if err := os.Chmod(temp, old.Mode().Perm()); err != nil {
			return nil, errors.Join(withoutPath(err), o.abort())
		}
	}
	return o, nil
}

func createFile(path string) (syncWriter, error) {
	return os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o666)
}

// commit makes the file durable and visible under its path. If it fails, failed must be called.
func (o *output) commit() error {
	if err := o.w.Sync(); err != nil {
		return err
	}
	o.closed = true
	if err := o.w.Close(); err != nil {
		return err
	}
	if o.temp != "" {
		if err := os.Rename(o.temp, o.path); err != nil {
			return err
		}
	}
	o.done = true
	return nil
}

// abort closes and removes the temporary file; doing so again, or after commit, has no effect.
func (o *output) abort() error {
	if o.done {
		return nil
	}
	o.done = true
	var closeErr, removeErr error
	if !o.closed {
		closeErr = o.w.Close()
	}
	if o.temp != "" {
		removeErr = os.Remove(o.temp)
	}
	return errors.Join(closeErr, removeErr)
}

// failed aborts, and words the error that ended the writing of o.
func (o *output) failed(err error) error {
	err = withoutPath(err)
	switch {
	case o.temp == "":
		err = fmt.Errorf("write %s: %w", outputName(o.path), err)
	case o.replaces:
		err = fmt.Errorf("write %s: %w; the old file is unchanged", o.path, err)
	default:
		err = fmt.Errorf("write %s: %w; no file was written", o.path, err)
	}
	if cleanup := o.abort(); cleanup != nil {
		return errors.Join(err, fmt.Errorf("clean up: %w", cleanup))
	}
	return err
}

// unowned is a stream that belongs to the caller.
type unowned struct{ io.Writer }

func (unowned) Sync() error  { return nil }
func (unowned) Close() error { return nil }

// unsynced is a device or pipe, which cannot be flushed to disk.
type unsynced struct{ *os.File }

func (unsynced) Sync() error { return nil }
