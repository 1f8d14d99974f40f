package arrayfile

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"os"
)

// WriteText writes what a function writes, a report for instance, to the file at path: all of it, or none if the
// function fails.
func WriteText(ctx context.Context, path string, write func(io.Writer) error) error {
	out, err := openOutput(ctx, path, WriteOptions{})
	if err != nil {
		return fmt.Errorf("write %s: %w", outputName(path), withoutPath(err))
	}
	buf := bufio.NewWriter(out.w)
	if err := write(buf); err != nil {
		return out.failed(err)
	}
	if err := buf.Flush(); err != nil {
		return out.failed(err)
	}
	if err := out.commit(); err != nil {
		return out.failed(err)
	}
	return nil
}

// CheckText finds out, before the work is done, whether WriteText could start to write the file at path.
func CheckText(ctx context.Context, path string) error {
	if path == "-" {
		return nil
	}
	if st, err := os.Stat(path); err == nil && !st.Mode().IsRegular() && !st.IsDir() {
		return nil // opening a device or a pipe twice may have effects
	}
	out, err := openOutput(ctx, path, WriteOptions{})
	if err == nil {
		err = out.abort()
	}
	if err != nil {
		return fmt.Errorf("write %s: %w", path, withoutPath(err))
	}
	return nil
}
