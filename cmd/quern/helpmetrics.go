package main

import (
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"github.com/quern-go/quern/ops"
)

// helpMetrics is the help topic that lists the metrics of quern cdist.
func helpMetrics() *cobra.Command {
	var s strings.Builder
	s.WriteString("The metrics that quern cdist and cdist in quern eval know, by SciPy's names. x and y are rows of\n" +
		"k elements. For sets, an element is true unless it is 0; tt, tf, ft and ff count the columns\n" +
		"true in both, in x alone, in y alone and in neither, and d = tf + ft.\n\n")
	list := append(ops.Metrics(), ops.Haversine, ops.Minkowski(3), ops.SEuclidean(nil), ops.Mahalanobis([]float64{1}))
	for _, m := range list {
		name, _, _ := strings.Cut(m.String(), ":")
		fmt.Fprintf(&s, "  %-15s %s\n", name, m.Formula())
	}
	s.WriteString("\nWeights multiply what a column adds to the sums. All metrics take them but seuclidean,\n" +
		"mahalanobis, haversine and the three of probabilities: quern cdist as --w, quern eval as the last\n" +
		"argument. Before it cdist takes p of minkowski; or v of seuclidean, vi of mahalanobis.\n")
	return &cobra.Command{Use: "metrics", Short: "The metrics that cdist knows", Long: s.String()}
}
