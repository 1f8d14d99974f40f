package diskcache

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"strconv"
	"testing"
	"time"
)

// envWorker makes the test binary one of the processes that share a cache.
const envWorker = "QUERN_DISKCACHE_TEST_WORKER"

func TestMain(m *testing.M) {
	if text := os.Getenv(envWorker); text != "" {
		if err := work(text); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		os.Exit(0)
	}
	os.Exit(m.Run())
}

// The processes use few keys, and a limit that makes them evict.
const (
	sharedKeys  = 6
	sharedLimit = 1 << 20
	sharedTime  = 700 * time.Millisecond
)

// content is what a writer puts under a key: its length and every byte say which
// write it was.
func content(key, write int) []byte {
	return bytes.Repeat([]byte{byte(key), byte(write)}, 1000*(1+write%50))
}

func whole(key int, data []byte) bool {
	return len(data) > 1 && bytes.Equal(data, content(key, int(data[1])))
}

// work reads and writes the shared keys, and clears if its number is 0.
func work(number string) error {
	n, err := strconv.Atoi(number)
	if err != nil {
		return err
	}
	root, err := Directory()
	if err != nil {
		return err
	}
	random := rand.New(rand.NewPCG(1, uint64(n)))
	hits := 0
	for end := time.Now().Add(sharedTime); time.Now().Before(end); {
		c, err := open(root, "shared", sharedLimit)
		if err != nil {
			return fmt.Errorf("worker %d: %w", n, err)
		}
		for range 50 {
			key := random.IntN(sharedKeys)
			if err := c.Put(strconv.Itoa(key), content(key, random.IntN(256))); err != nil {
				return fmt.Errorf("worker %d: %w", n, err)
			}
			key = random.IntN(sharedKeys)
			data, ok := c.Get(strconv.Itoa(key))
			if ok && !whole(key, data) {
				return fmt.Errorf("worker %d: key %d gave %d bytes that nobody has put there", n, key, len(data))
			}
			if ok {
				hits++
			}
		}
		if n == 0 {
			if err := Clear(); err != nil {
				return fmt.Errorf("worker 0: %w", err)
			}
		}
	}
	if hits == 0 {
		return fmt.Errorf("worker %d: no hit at all", n)
	}
	return nil
}

// TestProcessesShare: processes read, write, evict and clear the same entries.
func TestProcessesShare(t *testing.T) {
	self, err := os.Executable()
	if err != nil {
		t.Skip("the test starts itself: ", err)
	}
	c := opened(t, sharedLimit)
	var workers []*exec.Cmd
	outputs := make([]bytes.Buffer, 4)
	for i := range outputs {
		cmd := exec.Command(self)
		cmd.Env = append(os.Environ(), envWorker+"="+strconv.Itoa(i))
		cmd.Stderr = &outputs[i]
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		workers = append(workers, cmd)
	}
	for i, cmd := range workers {
		if err := cmd.Wait(); err != nil {
			t.Errorf("%v: %s", err, &outputs[i])
		}
	}
	shared, err := open(c.root, "shared", sharedLimit)
	if err != nil {
		t.Fatal(err)
	}
	put(t, shared, "last", []byte("x"))
	files, err := list(shared.dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range files {
		if f.temp {
			t.Errorf("%s was left behind", f.name)
		}
	}
}
