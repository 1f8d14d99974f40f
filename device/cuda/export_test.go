package cuda

import "testing"

// OpenFake opens a device of the fake driver.
func OpenFake(t testing.TB) *Device { return slowly(openFake(t, fake(t, fakeOptions()), Options{})) }
