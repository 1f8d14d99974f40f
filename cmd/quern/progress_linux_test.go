package main

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// terminal runs a command with a terminal for its standard error, and returns what it
// printed there and on standard output, a pipe.
func terminal(t *testing.T, args ...string) (shown, stdout string, status int) {
	t.Helper()
	master, err := os.OpenFile("/dev/ptmx", os.O_RDWR|unix.O_NOCTTY, 0)
	if err != nil {
		t.Skip("no terminals: ", err)
	}
	defer master.Close()
	number, err := unix.IoctlGetInt(int(master.Fd()), unix.TIOCGPTN)
	if err == nil {
		err = unix.IoctlSetPointerInt(int(master.Fd()), unix.TIOCSPTLCK, 0)
	}
	if err != nil {
		t.Skip("no terminals: ", err)
	}
	slave, err := os.OpenFile(fmt.Sprintf("/dev/pts/%d", number), os.O_RDWR|unix.O_NOCTTY, 0)
	if err != nil {
		t.Skip("no terminals: ", err)
	}
	read := make(chan string)
	go func() {
		text, _ := io.ReadAll(master) // fails when the last slave is closed
		read <- string(text)
	}()
	var out bytes.Buffer
	status = run(context.Background(), args, streams{in: strings.NewReader(""), out: &out, err: slave, patience: time.Nanosecond})
	if err := slave.Close(); err != nil {
		t.Error(err)
	}
	return <-read, out.String(), status
}

// feedSlowly writes a file into a pipe in two parts, long enough from each other for a bar.
func feedSlowly(pipe, path string) {
	text, err := os.ReadFile(path)
	if err != nil {
		return // the reader waits for its end in vain, and the test fails
	}
	f, err := os.OpenFile(pipe, os.O_WRONLY, 0)
	if err != nil {
		return
	}
	defer f.Close()
	_, _ = f.Write(text[:len(text)/2])
	time.Sleep(3 * progressInterval)
	_, _ = f.Write(text[len(text)/2:])
}

// TestProgressIsShownOnTerminals: a bar with the rate and the time left, and nothing of
// it left over.
func TestProgressIsShownOnTerminals(t *testing.T) {
	x := write(t, "x.npy", []int{4000, 40}, make([]float64, 160000)...)
	data := write(t, "data.npy", []int{3000}, make([]float64, 3000)...)
	for _, c := range []struct {
		name string
		args []string
		want string // a regular expression
	}{
		{"eval", []string{"eval", "sum(sin(uniform(1, 40000000)))"}, `flop/s, \d+s left +\d+% \|`},
		{"cdist", []string{"cdist", x, "--metric", "canberra", "-o", "-"}, `distances/s, \d+s left +\d+% \|`},
		{"nearest", []string{"cdist", x, x, "--metric", "canberra", "--argmin"}, `distances/s, \d+s left +\d+% \|`},
		{"sobol", []string{"integrate", "exp(x)", "--over", "x=0:1", "-n", "3e7", "--method", "sobol"}, `samples/s, \d+s left +\d+% \|`},
		{"bootstrap", []string{"bootstrap", data, "--stat", "std", "-n", "30000"}, `resamples/s, \d+s left +\d+% \|`},
	} {
		t.Run(c.name, func(t *testing.T) {
			args := append(c.args, "--device", "cpu:1thread")
			begin := time.Now()
			shown, stdout, status := terminal(t, args...)
			if took := time.Since(begin); status == statusOK && shown == "" && took < 3*progressInterval {
				t.Skip("too fast to be shown: ", took)
			}
			if status != statusOK || !regexp.MustCompile(c.want).MatchString(shown) {
				t.Fatalf("status %d, shown %q, expected %s", status, shown, c.want)
			}
			percent := regexp.MustCompile(` (\d+)% `)
			last := -1
			for _, m := range percent.FindAllStringSubmatch(shown, -1) {
				var now int
				if _, err := fmt.Sscan(m[1], &now); err != nil || now < last {
					t.Fatalf("%d%% after %d%%: %q", now, last, shown)
				}
				last = now
			}
			lines := strings.Split(strings.TrimRight(shown, "\r"), "\r")
			if end := lines[len(lines)-1]; strings.TrimSpace(end) != "" {
				t.Errorf("%q is left on the terminal", end)
			}
			if strings.Contains(stdout, "% |") {
				t.Errorf("printed %q", stdout)
			}
		})
	}
	pipe := filepath.Join(t.TempDir(), "pipe")
	if err := unix.Mkfifo(pipe, 0o600); err != nil {
		t.Skip("no named pipes: ", err)
	}
	go feedSlowly(pipe, x)
	shown, stdout, status := terminal(t, "eval", "sum(x)", "x="+pipe)
	if status != statusOK || stdout != "0\n" || !strings.Contains(shown, "read "+pipe) {
		t.Errorf("reading: status %d, printed %q, shown %q", status, stdout, shown)
	}
	if shown, _, status := terminal(t, "pi", "-n", "1e8", "--json"); status != statusOK || shown != "" {
		t.Errorf("with --json: status %d, shown %q", status, shown)
	}
}
