package doccheck

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/quern-go/quern/internal/diskcache"
)

const root = "../.."

func documents(t *testing.T) map[string]string {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(root, "docs", "*.md"))
	if err != nil {
		t.Fatal(err)
	}
	more, err := filepath.Glob(filepath.Join(root, "examples", "*", "README.md"))
	if err != nil {
		t.Fatal(err)
	}
	files = append(append(files, more...), filepath.Join(root, "README.md"))
	texts := make(map[string]string)
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		name, err := filepath.Rel(root, file)
		if err != nil {
			t.Fatal(err)
		}
		texts[name] = string(text)
	}
	return texts
}

// TestCommandsPrintWhatIsShown runs every command of the documentation.
func TestCommandsPrintWhatIsShown(t *testing.T) {
	if _, err := exec.LookPath("sh"); err != nil {
		t.Skip("the commands need a shell: ", err)
	}
	work := t.TempDir()
	bin := filepath.Join(work, "bin")
	build := exec.Command("go", "build", "-o", filepath.Join(bin, "quern"), "./cmd/quern")
	build.Dir = root
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("build the quern command: %v\n%s", err, out)
	}
	if err := os.CopyFS(filepath.Join(work, "examples"), os.DirFS(filepath.Join(root, "examples"))); err != nil {
		t.Fatal(err)
	}
	for name, text := range documents(t) {
		for _, c := range Commands(text) {
			if strings.HasPrefix(c.Text, "make ") || strings.HasPrefix(c.Text, "git ") || strings.HasPrefix(c.Text, "go ") {
				continue // run by CI itself, or not from the examples' copy
			}
			cmd := exec.Command("sh", "-c", c.Text)
			cmd.Dir = work
			// The user's own cache is not to be cleared.
			cmd.Env = append(os.Environ(), "PATH="+bin+string(os.PathListSeparator)+os.Getenv("PATH"),
				diskcache.EnvDirectory+"="+filepath.Join(work, "cache"))
			out, err := cmd.CombinedOutput()
			if err != nil && !strings.Contains(c.Text, "|| ") {
				t.Errorf("%s:%d: %s: %v\n%s", name, c.Line, c.Text, err, out)
				continue
			}
			if !Matches(c.Output, string(out)) {
				t.Errorf("%s:%d: %s\nprinted:\n%s\nthe document shows:\n%s", name, c.Line, c.Text, out, strings.Join(c.Output, "\n"))
			}
		}
	}
}

// TestGoBlocksAreTheirFiles compares the Go code shown with the file it names.
func TestGoBlocksAreTheirFiles(t *testing.T) {
	for name, text := range documents(t) {
		for _, b := range Blocks(text) {
			source, err := os.ReadFile(filepath.Join(root, b.File))
			if err != nil {
				t.Errorf("%s:%d: %v", name, b.Line, err)
				continue
			}
			if !strings.Contains(string(source), b.Text) {
				t.Errorf("%s:%d: the block is not part of %s", name, b.Line, b.File)
			}
		}
	}
}
