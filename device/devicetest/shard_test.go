package devicetest

import (
	"fmt"
	"slices"
	"testing"
)

// TestShards: every sub-test of a group is in one share, at whatever depth it has more.
func TestShards(t *testing.T) {
	var want []string
	for i := range 200 {
		want = append(want, fmt.Sprintf("Map/Sizes/%d", i))
	}
	slices.Sort(want)
	for _, of := range []int{1, 2, 13} {
		var ran []string
		entered, fewest := 0, len(want)
		for number := range of {
			t.Setenv(EnvShard, fmt.Sprintf("%d/%d", number+1, of))
			before := len(ran)
			t.Run(fmt.Sprintf("%d of %d", number+1, of), func(t *testing.T) {
				sharded(t).Run("Map", func(t T) {
					entered++
					for _, name := range want {
						t.Run(name[len("Map/"):], func(t T) {
							t.Run("inner", func(T) { ran = append(ran, name) })
						})
					}
				})
			})
			fewest = min(fewest, len(ran)-before)
		}
		slices.Sort(ran)
		if !slices.Equal(ran, want) || entered != of || fewest == 0 {
			t.Errorf("%d shares: %d of %d tests ran, the group %d times, the smallest share is %d", of, len(ran), len(want), entered, fewest)
		}
	}
}

func TestShardsThatAreNone(t *testing.T) {
	for _, text := range []string{"1", "0/3", "4/3", "-1/3", "1/0", "1/3x", "a/b", "1 / 3"} {
		if s, err := parseShard(text); err == nil {
			t.Errorf("%q: read as %v", text, s)
		}
	}
}
