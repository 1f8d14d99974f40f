package bench

import (
	"fmt"
	"math"

	"github.com/quern-go/quern/ops"
)

// near checks one number: |got − want| ≤ tolerance·|want|.
func near(what string, got, want, tolerance float64) error {
	if within(got, want, tolerance) {
		return nil
	}
	return fmt.Errorf("%s is %.17g, the plain Go loop says %.17g: they differ by %.2g of it, allowed is %.2g",
		what, got, want, math.Abs(got-want)/math.Abs(want), tolerance)
}

func within(got, want, tolerance float64) bool {
	return got == want || math.Abs(got-want) <= tolerance*math.Abs(want)
}

// allNear checks every element of got against those of want.
func allNear[T, U ops.Float](what string, got []T, want []U, tolerance float64) error {
	for i, g := range got {
		if !within(float64(g), float64(want[i]), tolerance) {
			return near(fmt.Sprintf("%s[%d]", what, i), float64(g), float64(want[i]), tolerance)
		}
	}
	return nil
}

// allClose checks every element of got against those of want: |got − want| ≤ tolerance.
func allClose(what string, got, want []float64, tolerance float64) error {
	for i, g := range got {
		if !(math.Abs(g-want[i]) <= tolerance) {
			return fmt.Errorf("%s[%d] is %.17g, the plain Go loop says %.17g: they differ by %.2g, allowed is %.2g",
				what, i, g, want[i], math.Abs(g-want[i]), tolerance)
		}
	}
	return nil
}

// someNear checks some elements, spread evenly from the first to the last, against a function of the position.
func someNear[T ops.Float](what string, got []T, want func(i int) float64, tolerance float64) error {
	const some = 100
	for _, i := range spread(len(got), some) {
		if err := near(fmt.Sprintf("%s[%d]", what, i), float64(got[i]), want(i), tolerance); err != nil {
			return err
		}
	}
	return nil
}

// spread lists count positions among n, the first and the last among them.
func spread(n, count int) []int {
	count = min(n, count)
	at := make([]int, count)
	for i := range at {
		at[i] = i * (n - 1) / max(count-1, 1)
	}
	return at
}

// sameBits checks that two arrays are equal to the last bit; a NaN is as good as another.
func sameBits[T ops.Float](what string, got, want []T) error {
	for i := range want {
		if got[i] != got[i] && want[i] != want[i] {
			continue
		}
		if got[i] != want[i] || math.Signbit(float64(got[i])) != math.Signbit(float64(want[i])) {
			return fmt.Errorf("%s[%d] is %v, expected %v: they must be equal", what, i, got[i], want[i])
		}
	}
	return nil
}

// sizeName prints a length: powers of ten from 10⁴ on as 1e4.
func sizeName(n int) string {
	if n >= 10_000 {
		if e := math.Round(math.Log10(float64(n))); math.Pow(10, e) == float64(n) {
			return fmt.Sprintf("1e%d", int(e))
		}
	}
	return fmt.Sprint(n)
}

// typeName is T's NumPy name.
func typeName[T ops.Float]() string { return fmt.Sprintf("%T", T(0)) }

// elementBytes is the size of a T.
func elementBytes[T ops.Float]() float64 {
	if typeName[T]() == "float32" {
		return 4
	}
	return 8
}
