package main

import (
	"fmt"

	"github.com/spf13/cobra"

	"github.com/quern-go/quern/internal/diskcache"
)

// cacheReport is the JSON of quern cache.
type cacheReport struct {
	SchemaVersion int `json:"schema_version"`
	diskcache.Usage
}

func newCache(a *app) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "cache",
		Short: "Show what is kept on disk, or clear it",
		Long: `Quern keeps compiled kernels and measured speeds in the user's cache directory,
or in that which QUERN_CACHE_DIR names. Nothing depends on them but time.`,
		Args: cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error { return a.showCache() },
	}
	cmd.AddCommand(&cobra.Command{
		Use:   "clear",
		Short: "Remove everything that is kept",
		Args:  cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			if err := diskcache.Clear(); err != nil {
				return err
			}
			return a.showCache()
		},
	})
	return cmd
}

func (a *app) showCache() error {
	u, err := diskcache.Info()
	if err != nil {
		return err
	}
	if a.json {
		return a.printJSON(cacheReport{schemaVersion, u})
	}
	p := &page{w: a.out}
	p.title("Cache " + u.Directory)
	for _, c := range u.Caches {
		p.row(c.Name, held(c.Entries, c.Bytes))
	}
	p.row("total", held(u.Entries, u.Bytes))
	return p.err
}

func held(entries int, bytes int64) string {
	if entries == 1 {
		return "1 entry, " + size(&bytes)
	}
	return fmt.Sprintf("%d entries, %s", entries, size(&bytes))
}
