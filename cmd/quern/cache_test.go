package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/quern-go/quern/internal/diskcache"
)

func TestCache(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "cache")
	t.Setenv(diskcache.EnvDirectory, dir)
	c, err := diskcache.Open("rates")
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Put("a", make([]byte, 2000)); err != nil {
		t.Fatal(err)
	}
	out, errs, status := invoke(t, nil, "cache")
	if status != statusOK || !strings.Contains(out, "Cache "+dir) || !strings.Contains(out, "rates                  1 entry, 2.004 KiB") {
		t.Errorf("status %d, printed %s%s", status, out, errs)
	}
	out, errs, status = invoke(t, nil, "cache", "--json")
	var report cacheReport
	if err := json.Unmarshal([]byte(out), &report); err != nil || status != statusOK {
		t.Fatalf("status %d, %v: %s%s", status, err, out, errs)
	}
	if report.Directory != dir || report.Entries != 1 || len(report.Caches) != 1 || report.Caches[0].Name != "rates" || report.SchemaVersion != schemaVersion {
		t.Errorf("reported %+v", report)
	}
	if out, errs, status = invoke(t, nil, "cache", "clear"); status != statusOK || !strings.Contains(out, "total                  0 entries, 0 B") {
		t.Errorf("clear: status %d, printed %s%s", status, out, errs)
	}
	if _, ok := c.Get("a"); ok {
		t.Error("an entry after clear")
	}
	if out, _, status := invoke(t, nil, "cache", "clear", "--json"); status != statusOK || !strings.Contains(out, `"entries": 0`) {
		t.Errorf("clear --json: status %d, printed %s", status, out)
	}
}

func TestCacheThatCannotBeRead(t *testing.T) {
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	t.Setenv(diskcache.EnvDirectory, file)
	for _, args := range [][]string{{"cache"}, {"cache", "clear"}} {
		if _, errs, status := invoke(t, nil, args...); status != statusFailed || !strings.Contains(errs, "is not a directory") {
			t.Errorf("%v: status %d, printed %q", args, status, errs)
		}
	}
	if _, _, status := invoke(t, nil, "cache", "claer"); status != statusUsage {
		t.Errorf("an unknown command: status %d, expected %d", status, statusUsage)
	}
}
