// Command compare sets reports of quern bench beside the times of its peers:
//
//	go run ./bench/peers/compare -o ratios.json peers.jsonl cpu1.json cpu2.json
//
// Files named .jsonl hold one measurement of a peer to a line, as numpy_peers.py and stream.c print them; all
// others are reports that quern bench --save wrote. A workload measured in several rounds counts with the median
// of its medians. scripts/bench-peers.sh makes all of these files, in turn.
package main

import (
	"flag"
	"fmt"
	"io"
	"os"
)

func main() {
	out := flag.String("o", "", "also write the comparison to this JSON file")
	flag.Parse()
	if flag.NArg() < 2 {
		fmt.Fprintln(os.Stderr, "usage: compare [-o ratios.json] peers.jsonl report.json ...")
		os.Exit(2)
	}
	if err := run(flag.Args(), *out, os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "compare:", err)
		os.Exit(1)
	}
}

func run(paths []string, out string, w io.Writer) error {
	var m measurements
	for _, path := range paths {
		if err := m.read(path); err != nil {
			return err
		}
	}
	c, err := m.compare()
	if err != nil {
		return err
	}
	if out != "" {
		if err := c.save(out); err != nil {
			return err
		}
	}
	_, err = io.WriteString(w, c.table())
	return err
}
