package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// TestMain runs the command itself where a test asks for that.
func TestMain(m *testing.M) {
	if os.Getenv("QUERN_TEST_COMMAND") != "" {
		main()
	}
	os.Exit(m.Run())
}

func TestCompletion(t *testing.T) {
	t.Chdir(filepath.Join("..", "..", "examples", "data"))
	for _, c := range []struct {
		args []string
		want []string // among what is offered; nothing but the directive if empty
	}{
		{[]string{""}, []string{"integrate", "bootstrap", ":4"}},
		{[]string{"help", ""}, []string{"ops", "metrics", "eval", ":4"}},
		{[]string{"help", "cache", ""}, []string{"clear"}},
		{[]string{"pi", "--device", ""}, []string{"cpu", "cpu:1thread", ":4"}},
		{[]string{"verify", "--device", ""}, []string{"cpu", "all"}},
		{[]string{"cdist", "--metric", ""}, []string{"cityblock", "minkowski"}},
		{[]string{"cdist", ""}, []string{"npy", "csv", ":8"}},
		{[]string{"cdist", "a.npy", "b.npy", ""}, nil},
		{[]string{"cdist", "--vi", ""}, []string{"npy", ":8"}},
		{[]string{"integrate", "--method", ""}, []string{"sobol", ":4"}},
		{[]string{"integrate", ""}, nil},
		{[]string{"bootstrap", "--method", ""}, []string{"bca", ":4"}},
		{[]string{"bootstrap", "--stat", ""}, []string{"median", ":4"}},
		{[]string{"eval", "--dtype", ""}, []string{"float32", ":4"}},
		{[]string{"eval", "--fast="}, []string{"tf32", "bf16", ":4"}},
		{[]string{"eval", "-o", ""}, []string{"npy", ":8"}},
		{[]string{"eval", "sum(arcs"}, []string{"sum(arcsin", ":6"}},
		{[]string{"eval", "sum(x)/y", ""}, []string{"x=", "y=", ":6"}},
		{[]string{"eval", "sum(x)/y", "x=a.npy", ""}, []string{"y=", ":6"}},
		{[]string{"eval", "sum(x)", "x=ir"}, []string{"x=iris.csv", "x=iris.npy", ":4"}},
		{[]string{"eval", "sum(x)", "x=../"}, []string{"x=../data/", ":6"}},
		{[]string{"eval", "sum(x)", "x=/no/such/"}, nil},
		{[]string{"eval", "sum(", ""}, nil},
		{[]string{"bench", "--run", ""}, []string{"pi/1e6", ":4"}},
		{[]string{"bench", "--compare", ""}, []string{"json", ":8"}},
		{[]string{"pi", "--samples", ""}, nil},
		{[]string{"pi", ""}, nil},
	} {
		t.Run(strings.Join(c.args, " "), func(t *testing.T) {
			out, _, status := invoke(t, nil, append([]string{cobra.ShellCompRequestCmd}, c.args...)...)
			var offered []string
			for line := range strings.Lines(out) {
				name, _, _ := strings.Cut(strings.TrimSpace(line), "\t")
				offered = append(offered, name)
			}
			for _, want := range c.want {
				if !slices.Contains(offered, want) {
					t.Errorf("%q is not among %q", want, offered)
				}
			}
			if status != statusOK || c.want == nil && !slices.Equal(offered, []string{":4"}) {
				t.Errorf("status %d, offered %q", status, offered)
			}
		})
	}
}

// TestEveryFlagCompletes: or says that there is nothing to complete, lest the shell offer
// the names of files.
func TestEveryFlagCompletes(t *testing.T) {
	each(newRoot(streams{}), func(cmd *cobra.Command) {
		cmd.LocalFlags().VisitAll(func(f *pflag.Flag) {
			if _, ok := cmd.GetFlagCompletionFunc(f.Name); !ok && f.Value.Type() != "bool" {
				t.Errorf("%s --%s has no completion", cmd.CommandPath(), f.Name)
			}
		})
		if cmd.Runnable() && !cmd.HasSubCommands() && cmd.ValidArgsFunction == nil {
			t.Errorf("%s has no completion of its arguments", cmd.CommandPath())
		}
	})
}

// TestCompletionInBash sources the script in bash, with stand-ins for the
// two functions that it needs of the package bash-completion.
func TestCompletionInBash(t *testing.T) {
	bash, err := exec.LookPath("bash")
	if err != nil {
		t.Skip(err)
	}
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	folder := t.TempDir()
	if err := os.Symlink(self, filepath.Join(folder, "quern")); err != nil {
		t.Fatal(err)
	}
	const script = `
shopt -s extglob
compopt() { :; }
_get_comp_words_by_ref() { words=("${COMP_WORDS[@]}"); cword=$COMP_CWORD; cur=${words[cword]}; prev=${words[cword-1]}; }
_filedir() { COMPREPLY=($(compgen -f -X "!*.@($1)" -- "$cur")); }
source <(quern completion bash)
complete -p quern
COMP_WORDS=(quern "$@"); COMP_CWORD=$#; COMP_LINE="${COMP_WORDS[*]}"; COMP_POINT=${#COMP_LINE}; COMP_TYPE=9; COMPREPLY=()
__start_quern
printf '%s\n' "${COMPREPLY[@]}"
`
	for _, c := range []struct {
		args []string
		want string
	}{
		{[]string{"ver"}, "verify"},
		{[]string{"cdist", "--metric", "jac"}, "jaccard"},
		{[]string{"integrate", "--method", "so"}, "sobol"},
		{[]string{"cdist", "ir"}, "iris.npy"},
		{[]string{"eval", "'sum(x)'", "x=iris.n"}, "iris.npy"}, // as typed; = begins a word to bash
	} {
		cmd := exec.Command(bash, append([]string{"--norc", "-c", script, "bash"}, c.args...)...)
		cmd.Dir = filepath.Join("..", "..", "examples", "data")
		cmd.Env = append(os.Environ(), "QUERN_TEST_COMMAND=1", "PATH="+folder+":"+os.Getenv("PATH"))
		out, err := cmd.CombinedOutput()
		if err != nil || !strings.Contains(string(out), "__start_quern") || !slices.ContainsFunc(strings.Fields(string(out)), func(s string) bool { return s == c.want }) {
			t.Errorf("%q: %v, printed %q, expected %q", c.args, err, out, c.want)
		}
	}
}
