package devicetest

import (
	"fmt"
	"hash/fnv"
	"os"
	"testing"
)

// EnvShard is the environment variable that has RunAll run one of several shares of the
// suite, which several processes can run at once: "3/13" is the third of thirteen. Each
// sub-test of a group is in one of them. What a group does by itself is in all, and so are
// Accounts and Close: every process has opened a device.
const EnvShard = "QUERN_SHARD"

// sharded is the test as a T that runs the share that EnvShard asks for, or everything.
func sharded(t *testing.T) T {
	t.Helper()
	text := os.Getenv(EnvShard)
	if text == "" {
		return testingT{t}
	}
	s, err := parseShard(text)
	if err != nil {
		t.Fatal(err)
	}
	return groups{testingT{t}, s}
}

// shard is one of a number of shares, from 1.
type shard struct{ number, of uint32 }

func parseShard(text string) (s shard, err error) {
	var rest string
	n, _ := fmt.Sscanf(text, "%d/%d%s", &s.number, &s.of, &rest)
	if n != 2 || s.number < 1 || s.number > s.of {
		return shard{}, fmt.Errorf("%s is %q, expected the number of a share and how many there are, such as 3/13", EnvShard, text)
	}
	return s, nil
}

// has says whether a test is in the share: by its name, since sub-tests have no fixed order.
func (s shard) has(name string) bool {
	h := fnv.New32a()
	h.Write([]byte(name))
	return h.Sum32()%s.of == s.number-1
}

// groups runs all groups, and of each the sub-tests in the share.
type groups struct {
	T
	shard
}

func (g groups) Run(name string, f func(T)) bool {
	return g.T.Run(name, func(t T) { f(group{t, name, g.shard}) })
}

type group struct {
	T
	name string
	shard
}

func (g group) Run(name string, f func(T)) bool {
	return !g.has(g.name+"/"+name) || g.T.Run(name, f)
}
