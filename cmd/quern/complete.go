package main

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"unicode"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/quern-go/quern/bench"
	"github.com/quern-go/quern/device"
	"github.com/quern-go/quern/internal/evalexpr"
	"github.com/quern-go/quern/ops"
)

// completion is what a flag or argument may be, for the shell.
type completion = cobra.CompletionFunc

// arrayFiles are the files that commands read and write.
var arrayFiles = []string{"npy", "csv"}

// complete lets the shell complete the flags and arguments of all commands. A value
// that is neither from a list nor a file, such as a number, is not completed: by default
// it would be by the names of files.
func complete(root *cobra.Command) {
	flags := map[string]completion{
		"device": devices, "dtype": oneOf("float32", "float64"), "fast": oneOf("tf32", "bf16"),
		"metric": oneOf(metricNames()...), "stat": oneOf("mean", "median", "std", "var", "min", "max", "correlation"),
		"run": workloads,
	}
	for _, name := range []string{"output", "distances", "w", "v", "vi"} {
		flags[name] = files(arrayFiles...)
	}
	for _, name := range []string{"load", "save", "compare"} {
		flags[name] = files("json")
	}
	flags["html"] = files("html")
	arguments := map[string]completion{
		"eval": expressionAndFiles, "cdist": atMost(2, files(arrayFiles...)), "bootstrap": atMost(1, files(arrayFiles...)),
		"quern": nil, "cache": nil,
	}
	each(root, func(cmd *cobra.Command) {
		f, known := arguments[cmd.Name()]
		if !known {
			f = cobra.NoFileCompletions
		}
		cmd.ValidArgsFunction = f
		register := func(flag *pflag.Flag) {
			if _, has := cmd.GetFlagCompletionFunc(flag.Name); has || flag.Value.Type() == "bool" {
				return
			}
			f, known := flags[flag.Name]
			if !known {
				f = cobra.NoFileCompletions
			}
			// The error says that the flag does not exist or has a completion.
			_ = cmd.RegisterFlagCompletionFunc(flag.Name, f)
		}
		cmd.LocalFlags().VisitAll(register)
	})
}

// each calls f for a command and those below it.
func each(cmd *cobra.Command, f func(*cobra.Command)) {
	f(cmd)
	for _, sub := range cmd.Commands() {
		each(sub, f)
	}
}

func oneOf(values ...string) completion {
	return cobra.FixedCompletions(values, cobra.ShellCompDirectiveNoFileComp)
}

// completeFrom lets the shell complete a flag from a list of its command's own.
func completeFrom(cmd *cobra.Command, flag string, values ...string) {
	_ = cmd.RegisterFlagCompletionFunc(flag, oneOf(values...)) // as in complete
}

// files are those with one of the extensions.
func files(extensions ...string) completion {
	return cobra.FixedCompletions(extensions, cobra.ShellCompDirectiveFilterFileExt)
}

// atMost completes so many arguments.
func atMost(n int, f completion) completion {
	return func(cmd *cobra.Command, args []string, toComplete string) ([]string, cobra.ShellCompDirective) {
		if len(args) >= n {
			return nil, cobra.ShellCompDirectiveNoFileComp
		}
		return f(cmd, args, toComplete)
	}
}

// devices are those that are there.
func devices(cmd *cobra.Command, _ []string, _ string) ([]string, cobra.ShellCompDirective) {
	list := []string{"cpu", "cpu:1thread"}
	if cmd.Name() == "bench" || cmd.Name() == "verify" {
		list = append(list, allDevices)
	}
	for _, p := range device.ProbeAll() {
		for _, info := range p.Infos {
			if s := info.Selector(); !strings.HasPrefix(s, "cpu") {
				list = append(list, s)
			}
		}
	}
	return list, cobra.ShellCompDirectiveNoFileComp
}

// metricNames are the names that --metric takes.
func metricNames() []string {
	names := []string{"minkowski", "seuclidean", "mahalanobis", "haversine", "matching"}
	for _, m := range ops.Metrics() {
		names = append(names, m.String())
	}
	return names
}

// workloads are the names of quern bench --list.
func workloads(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
	var names []string
	for _, g := range bench.Suite(bench.Scale(true)) {
		for _, w := range g.Workloads {
			names = append(names, w.Name)
		}
	}
	return names, cobra.ShellCompDirectiveNoFileComp
}

// topics are what quern help knows.
func topics(cmd *cobra.Command, args []string, _ string) ([]string, cobra.ShellCompDirective) {
	at, _, err := cmd.Root().Find(args)
	var names []string
	if err == nil {
		for _, sub := range at.Commands() {
			if !sub.Hidden {
				names = append(names, sub.Name()+"\t"+sub.Short)
			}
		}
	}
	return names, cobra.ShellCompDirectiveNoFileComp
}

// expressionAndFiles are the functions of an expression, then the files of its names.
func expressionAndFiles(_ *cobra.Command, args []string, toComplete string) ([]string, cobra.ShellCompDirective) {
	if len(args) == 0 {
		return functionsAfter(toComplete), cobra.ShellCompDirectiveNoFileComp | cobra.ShellCompDirectiveNoSpace
	}
	if name, path, ok := strings.Cut(toComplete, "="); ok {
		return filesFor(name, path)
	}
	expr, err := evalexpr.Parse(args[0])
	if err != nil {
		return nil, cobra.ShellCompDirectiveNoFileComp
	}
	var names []string
	for _, name := range expr.Names() {
		if !slices.ContainsFunc(args[1:], func(arg string) bool { return strings.HasPrefix(arg, name+"=") }) {
			names = append(names, name+"=")
		}
	}
	return names, cobra.ShellCompDirectiveNoFileComp | cobra.ShellCompDirectiveNoSpace
}

// functionsAfter completes the name that a text ends in.
func functionsAfter(text string) []string {
	start := 1 + strings.LastIndexFunc(text, func(r rune) bool { return r != '_' && !unicode.IsLetter(r) && !unicode.IsDigit(r) })
	var list []string
	for _, f := range evalexpr.Functions() {
		for _, name := range append([]string{f.Name}, f.Aliases...) {
			if strings.HasPrefix(name, text[start:]) {
				list = append(list, text[:start]+name+"\t"+f.Summary)
			}
		}
	}
	return list
}

// filesFor completes NAME=FILE.
func filesFor(name, path string) ([]string, cobra.ShellCompDirective) {
	directive := cobra.ShellCompDirectiveNoFileComp
	folder, base := filepath.Split(path)
	entries, err := os.ReadDir(filepath.Join(".", folder))
	if filepath.IsAbs(folder) {
		entries, err = os.ReadDir(folder)
	}
	if err != nil {
		return nil, directive
	}
	var list []string
	for _, e := range entries {
		switch extension := strings.TrimPrefix(filepath.Ext(e.Name()), "."); {
		case !strings.HasPrefix(e.Name(), base):
		case e.IsDir():
			list = append(list, name+"="+folder+e.Name()+string(filepath.Separator))
			directive |= cobra.ShellCompDirectiveNoSpace
		case slices.Contains(arrayFiles, strings.ToLower(extension)):
			list = append(list, name+"="+folder+e.Name())
		}
	}
	return list, directive
}
