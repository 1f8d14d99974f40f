package arrayfile

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"testing"
)

func TestWriteText(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "report.html")
	write := func(text string, err error) func(io.Writer) error {
		return func(w io.Writer) error { fmt.Fprint(w, text); return err }
	}
	if err := WriteText(t.Context(), path, write("old", nil)); err != nil {
		t.Fatal(err)
	}
	if err := WriteText(t.Context(), path, write("new", errors.New("no more"))); err == nil {
		t.Error("a function that fails does not fail the writing")
	}
	if text, err := os.ReadFile(path); err != nil || string(text) != "old" {
		t.Errorf("the file has become %q, %v", text, err)
	}
	for _, path := range []string{filepath.Join(dir, "none", "report.html"), dir} {
		if err := CheckText(t.Context(), path); err == nil {
			t.Errorf("%s is found writable", path)
		}
	}
	if err := CheckText(t.Context(), path); err != nil {
		t.Error(err)
	}
	if files, err := os.ReadDir(dir); err != nil || len(files) != 1 {
		t.Errorf("left behind: %v, %v", files, err)
	}
}

// TestWriteTextToADevice: what a path to a device stands for stays one.
func TestWriteTextToADevice(t *testing.T) {
	link := filepath.Join(t.TempDir(), "link")
	if err := os.Symlink(os.DevNull, link); err != nil {
		t.Skip(err)
	}
	if err := WriteText(t.Context(), link, func(w io.Writer) error { fmt.Fprint(w, "text"); return nil }); err != nil {
		t.Fatal(err)
	}
	if st, err := os.Stat(link); err != nil || st.Mode().IsRegular() {
		t.Errorf("%s has become %v, %v", link, st, err)
	}
}
