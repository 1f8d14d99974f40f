package main

import (
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"github.com/quern-go/quern/internal/evalexpr"
)

// helpOps is the help topic that lists what quern eval knows: a command that
// does nothing is a topic to cobra.
func helpOps() *cobra.Command {
	var s strings.Builder
	s.WriteString("The functions that quern eval knows, by NumPy's names. Operators: + - * / < <= > >= == !=,\n" +
		"and a[i], a[i:j] along the first axis (slice along others). Names for numbers: pi, e, inf, nan. An axis may be\nnegative; without one a reduction is over all elements.\n\n")
	for _, f := range evalexpr.Functions() {
		name := f.Usage
		fmt.Fprintf(&s, "  %-30s %s", name, f.Summary)
		if len(f.Aliases) > 0 {
			fmt.Fprintf(&s, " (also %s)", strings.Join(f.Aliases, ", "))
		}
		s.WriteByte('\n')
	}
	return &cobra.Command{Use: "ops", Short: "The functions that eval knows", Long: s.String()}
}

// newHelp is cobra's help command, except that what it does not know is a mistake.
func newHelp() *cobra.Command {
	return &cobra.Command{
		Use:               "help [COMMAND]",
		Short:             "Help about a command",
		ValidArgsFunction: topics,
		RunE: func(cmd *cobra.Command, args []string) error {
			topic, rest, err := cmd.Root().Find(args)
			if err != nil || len(rest) > 0 {
				return usagef(cmd, "unknown command or topic %q", strings.Join(args, " "))
			}
			topic.InitDefaultHelpFlag()
			return topic.Help()
		},
	}
}
