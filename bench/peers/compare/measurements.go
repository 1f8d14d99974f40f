package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"slices"
	"strings"

	"github.com/quern-go/quern/bench"
)

// measurement is one line of a peer's output.
type measurement struct {
	Workload      string  `json:"workload"`
	Peer          string  `json:"peer"`
	Threads       int     `json:"threads"`
	BestSeconds   float64 `json:"best_seconds"`
	MedianSeconds float64 `json:"median_seconds"`
	Error         string  `json:"error"` // why the peer has no time
}

// measurements is everything read so far.
type measurements struct {
	peers   []measurement
	quern   []measurement
	machine *bench.Machine // of the first report
	date    string
	commit  string
}

func (m *measurements) read(path string) error {
	text, err := os.ReadFile(path)
	if err != nil {
		return fmt.Errorf("read measurements: %w", err)
	}
	if strings.HasSuffix(path, ".jsonl") {
		err = m.readPeers(text)
	} else {
		err = m.readReport(text)
	}
	if err != nil {
		return fmt.Errorf("read measurements: %s: %w", path, err)
	}
	return nil
}

func (m *measurements) readPeers(text []byte) error {
	lines := bufio.NewScanner(bytes.NewReader(text))
	for number := 1; lines.Scan(); number++ {
		var one measurement
		if err := json.Unmarshal(lines.Bytes(), &one); err != nil {
			return fmt.Errorf("line %d: %w", number, err)
		}
		if one.Error != "" {
			continue
		}
		if one.Workload == "" || one.Peer == "" || one.Threads < 1 || !(one.MedianSeconds > 0) {
			return fmt.Errorf("line %d: %s lacks a workload, a peer, threads or a median", number, lines.Text())
		}
		m.peers = append(m.peers, one)
	}
	return lines.Err()
}

func (m *measurements) readReport(text []byte) error {
	var r bench.Report
	if err := json.Unmarshal(text, &r); err != nil {
		return err
	}
	if r.SchemaVersion != bench.SchemaVersion {
		return fmt.Errorf("schema version %d, expected %d", r.SchemaVersion, bench.SchemaVersion)
	}
	if m.machine == nil {
		m.machine, m.date, m.commit = &r.Machine, r.Date, r.Commit
	}
	for _, run := range r.Runs {
		for _, result := range run.Results {
			m.quern = append(m.quern, measurement{Workload: result.Name, Peer: "Quern", Threads: run.Device.Threads,
				BestSeconds: result.Time.MinSeconds, MedianSeconds: result.Time.MedianSeconds})
		}
	}
	return nil
}

// merge makes one measurement of those of several rounds, in the order of their first.
func merge(all []measurement) []measurement {
	var order []measurement
	medians := make(map[measurement][]float64)
	best := make(map[measurement]float64)
	for _, one := range all {
		key := measurement{Workload: one.Workload, Peer: one.Peer, Threads: one.Threads}
		if _, known := medians[key]; !known {
			order = append(order, key)
			best[key] = one.BestSeconds
		}
		medians[key] = append(medians[key], one.MedianSeconds)
		best[key] = min(best[key], one.BestSeconds)
	}
	for i, key := range order {
		order[i].BestSeconds, order[i].MedianSeconds = best[key], median(medians[key])
	}
	return order
}

func median(x []float64) float64 {
	slices.Sort(x)
	n := len(x)
	return (x[(n-1)/2] + x[n/2]) / 2
}
