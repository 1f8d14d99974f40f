package cuda

import (
	"fmt"
	"os"
	"path/filepath"

	"github.com/quern-go/quern/kernels"
	"github.com/quern-go/quern/kernels/ptx"
)

// writeTexts writes a kernel's texts to the directory of Options.Texts: a file for
// each entry point, named by the kernel's key. They are commented, and so longer than
// what is compiled, but do the same.
func (d *Device) writeTexts(k kernels.Kernel, target ptx.Target, axes int) error {
	if d.options.Texts == "" {
		return nil
	}
	target.Comments = true
	m, err := ptx.Render(k, target, axes)
	if err != nil {
		return err
	}
	if err := os.MkdirAll(d.options.Texts, 0o755); err != nil {
		return fmt.Errorf("write the kernel's text: %w", err)
	}
	for i := range m.Entries {
		name := fmt.Sprintf("%.12s_%s_%daxes_sm%d.ptx", k.Key(), m.Entries[i].Name, axes, target.SM)
		if err := os.WriteFile(filepath.Join(d.options.Texts, name), []byte(m.Entries[i].Source), 0o644); err != nil {
			return fmt.Errorf("write the kernel's text: %w", err)
		}
	}
	return nil
}
