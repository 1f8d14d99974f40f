package ranks

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"
	"unsafe"
)

// TestSearch compares with sorting, until the values are known: in pieces, of two parts, and
// with what is kept at each stage.
func TestSearch(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	inf := math.Inf(1)
	for name, value := range map[string]func() float64{
		"normal":     r.NormFloat64,
		"few values": func() float64 { return float64(r.IntN(3)) },
		"special": func() float64 {
			return []float64{-inf, inf, 0, math.Copysign(0, -1), 5e-324, math.MaxFloat64}[r.IntN(6)]
		},
		"any": func() float64 { return math.Float64frombits(r.Uint64() >> 2) },
	} {
		values := make([]float64, 3001)
		for i := range values {
			values[i] = value()
		}
		keys := make([]uint64, len(values))
		for i, x := range values {
			keys[i] = KeyOf[float64, uint64](x)
		}
		slices.Sort(keys)
		wanted := []uint64{0, 1500, 1501, 3000}
		s := New[float64, uint64](wanted, 2)
		for s.Shift() > 0 {
			s.Count(0, unsafe.Pointer(&values[0]), 2, 1000)
			s.Count(0, unsafe.Pointer(&values[2000]), 2, 501)
			s.Count(1, unsafe.Pointer(&values[1]), 2, 1500)
			s.Narrow()
			kept, next := make([]uint64, s.Left()), []int{0}
			for i := range s.Lists {
				next = append(next, next[i]+s.Lists[i].Len())
			}
			s.Keep(unsafe.Pointer(&values[0]), 1, len(values), kept, next)
			slices.Sort(kept)
			start := 0
			for i := range s.Lists {
				l := &s.Lists[i]
				if got, want := kept[start:][:l.Len()], keys[l.Before:][:l.Len()]; !slices.Equal(got, want) {
					t.Fatalf("%s, %d bits left: list %d has other keys", name, s.Shift(), i)
				}
				start += l.Len()
			}
		}
		for _, rank := range wanted {
			found := slices.ContainsFunc(s.Lists, func(l List[uint64]) bool {
				return l.prefix == keys[rank] && l.Before <= int(rank) && int(rank) < l.Before+l.Len()
			})
			if !found {
				t.Errorf("%s: rank %d is not found", name, rank)
			}
		}
	}
}

// TestSearchNaN: nothing is left.
func TestSearchNaN(t *testing.T) {
	values := []float32{1, float32(math.NaN()), 2}
	s := New[float32, uint32]([]uint64{1}, 1)
	s.Count(0, unsafe.Pointer(&values[0]), 1, 3)
	if s.Narrow(); !s.HasNaN() || s.Left() != 0 {
		t.Errorf("%d left", s.Left())
	}
}

// TestKeys: keys are in the order of values, and lead back to them.
func TestKeys(t *testing.T) {
	inf := float32(math.Inf(1))
	list := []float32{-inf, -math.MaxFloat32, -1, -1e-45, float32(math.Copysign(0, -1)), 0, 1e-45, 1, inf}
	for i, x := range list {
		k := KeyOf[float32, uint32](x)
		if i > 0 && k <= KeyOf[float32, uint32](list[i-1]) {
			t.Errorf("the key of %v is not above that of %v", x, list[i-1])
		}
		if y := ValueOf[float32](k); math.Float32bits(y) != math.Float32bits(x) {
			t.Errorf("%v came back as %v", x, y)
		}
	}
	if ValueOf[float32](KeyOf[float32, uint32](float32(math.NaN()))) == 0 {
		t.Error("NaN came back as 0")
	}
}
