package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"

	"github.com/jedib0t/go-pretty/v6/table"
	"github.com/jedib0t/go-pretty/v6/text"

	"github.com/quern-go/quern/bench"
)

// comparison is the JSON that compare writes.
type comparison struct {
	SchemaVersion int            `json:"schema_version"`
	Date          string         `json:"date"`
	Commit        string         `json:"commit"`
	Machine       *bench.Machine `json:"machine"`
	Ratios        []ratio        `json:"ratios"`
}

// ratio is a peer beside Quern. Above 1 Quern is faster.
type ratio struct {
	Workload      string  `json:"workload"`
	Threads       int     `json:"threads"`
	Peer          string  `json:"peer"`
	PeerSeconds   float64 `json:"peer_median_seconds"`
	QuernSeconds  float64 `json:"quern_median_seconds"`
	Ratio         float64 `json:"ratio"` // of the medians
	RatioOfBest   float64 `json:"ratio_of_best"`
	PeerBest      float64 `json:"peer_best_seconds"`
	QuernBestTime float64 `json:"quern_best_seconds"`
}

// compare pairs every peer with Quern at the same workload and number of threads.
func (m *measurements) compare() (*comparison, error) {
	if m.machine == nil {
		return nil, errors.New("compare: no report of quern bench was given")
	}
	c := &comparison{SchemaVersion: bench.SchemaVersion, Date: m.date, Commit: m.commit, Machine: m.machine}
	quern := merge(m.quern)
	for _, p := range merge(m.peers) {
		for _, q := range quern {
			if q.Workload == p.Workload && q.Threads == p.Threads {
				c.Ratios = append(c.Ratios, ratio{Workload: p.Workload, Threads: p.Threads, Peer: p.Peer,
					PeerSeconds: p.MedianSeconds, QuernSeconds: q.MedianSeconds, Ratio: p.MedianSeconds / q.MedianSeconds,
					PeerBest: p.BestSeconds, QuernBestTime: q.BestSeconds, RatioOfBest: p.BestSeconds / q.BestSeconds})
			}
		}
	}
	if len(c.Ratios) == 0 {
		return nil, errors.New("compare: no peer was measured at a workload and number of threads that Quern was")
	}
	return c, nil
}

func (c *comparison) table() string {
	t := table.NewWriter()
	t.SetStyle(table.StyleLight)
	t.Style().Format.Header = text.FormatDefault
	t.AppendHeader(table.Row{"Workload", "Threads", "Peer", "Peer, ms", "Quern, ms", "Quern is", "by best times"})
	var right []table.ColumnConfig
	for _, column := range []int{2, 4, 5, 6, 7} {
		right = append(right, table.ColumnConfig{Number: column, Align: text.AlignRight})
	}
	t.SetColumnConfigs(right)
	for _, r := range c.Ratios {
		t.AppendRow(table.Row{r.Workload, r.Threads, r.Peer, milliseconds(r.PeerSeconds), milliseconds(r.QuernSeconds),
			fmt.Sprintf("%.2f×", r.Ratio), fmt.Sprintf("%.2f×", r.RatioOfBest)})
	}
	return t.Render() + "\nAbove 1× Quern is faster. Times are medians.\n"
}

func milliseconds(s float64) string { return fmt.Sprintf("%.4g", s*1e3) }

func (c *comparison) save(path string) error {
	text, err := json.MarshalIndent(c, "", "  ")
	if err != nil {
		return fmt.Errorf("encode the comparison: %w", err)
	}
	if err := os.WriteFile(path, append(text, '\n'), 0o644); err != nil {
		return fmt.Errorf("save the comparison: %w", err)
	}
	return nil
}
