package main

import (
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"github.com/quern-go/quern/ops"
)

// app is what the commands share: where to read and write, and the flags that
// every command has.
type app struct {
	streams
	device string
	json   bool
}

func newRoot(io streams) *cobra.Command {
	a := &app{streams: io}
	root := &cobra.Command{
		Use:   "quern",
		Short: "Array computing on whatever hardware is there",
		Long: `Quern computes with arrays on GPUs or, without one, on every core and vector
unit of the CPU, with the same bits everywhere.`,
		SilenceErrors: true,
		SilenceUsage:  true,
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) > 0 {
				return fmt.Errorf("unknown command %q", args[0])
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	root.SetIn(io.in)
	root.SetOut(io.out)
	root.SetErr(io.err)
	root.PersistentFlags().StringVar(&a.device, "device", "",
		"device to use: cpu, cpu:1thread, cpu:avx2,4threads, … (default: QUERN_DEVICE, else the fastest)")
	root.PersistentFlags().BoolVar(&a.json, "json", false, "print one JSON object instead of text")
	root.SetHelpCommand(newHelp())
	root.Version = currentVersion().String() // what --version prints
	root.SetVersionTemplate("{{.Version}}\n")
	root.AddCommand(newDetect(a), newEval(a), newCdist(a), newPi(a), newIntegrate(a), newBootstrap(a), newDemo(a), newBench(a), newVerify(a), newCache(a), newVersion(a), helpOps(), helpMetrics())
	root.InitDefaultCompletionCmd()
	if completion, _, err := root.Find([]string{"completion"}); err == nil {
		completion.Args = func(_ *cobra.Command, args []string) error {
			if len(args) > 0 { // the shells are commands of their own
				return fmt.Errorf("completion: %q, expected bash, zsh, fish or powershell", args[0])
			}
			return nil
		}
		completion.RunE = func(cmd *cobra.Command, _ []string) error { return cmd.Help() }
	}
	markUsageErrors(root)
	complete(root)
	return root
}

// markUsageErrors makes mistakes in flags and in the number of arguments exit
// with status 2.
func markUsageErrors(cmd *cobra.Command) {
	mark := func(c *cobra.Command, err error) error {
		if err == nil {
			return nil
		}
		if c.Name() == "eval" && strings.HasPrefix(err.Error(), "unknown shorthand flag") {
			err = fmt.Errorf("%w; an expression that begins with - goes after --", err)
		}
		if text, parsing, ok := strings.Cut(err.Error(), ": strconv.Parse"); ok {
			expected := "a whole number"
			if strings.HasPrefix(parsing, "Float") {
				expected = "a number"
			}
			err = fmt.Errorf("%s: expected %s", text, expected)
		}
		help := strings.TrimPrefix(strings.TrimPrefix(c.CommandPath(), "quern"), " ")
		return &usageError{err: err, help: strings.TrimPrefix(help+" --help", " ")}
	}
	cmd.SetFlagErrorFunc(mark)
	check := cmd.Args
	if check != nil {
		cmd.Args = func(c *cobra.Command, args []string) error { return mark(c, check(c, args)) }
	}
	for _, sub := range cmd.Commands() {
		markUsageErrors(sub)
	}
}

// arguments has a command take from least to most arguments, which its usage line
// names.
func arguments(least, most int) cobra.PositionalArgs {
	return func(cmd *cobra.Command, args []string) error {
		if n := len(args); n < least || n > most {
			_, expected, _ := strings.Cut(cmd.Use, " ")
			return fmt.Errorf("%s: %d arguments, expected %s", cmd.Name(), n, expected)
		}
		return nil
	}
}

// usagef is a mistake in the arguments of a command.
func usagef(cmd *cobra.Command, format string, args ...any) error {
	return &usageError{err: fmt.Errorf(format, args...), help: cmd.Name() + " --help"}
}

// options are the evaluation options that the common flags ask for.
func (a *app) options() []ops.Option {
	if a.device == "" {
		return nil
	}
	return []ops.Option{ops.On(a.device)}
}
