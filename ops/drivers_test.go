//go:build drivers

package ops

// With -tags drivers the tests' engines may be devices of every driver: QUERN_DEVICE=cuda:0
// has all that does not ask for a device run on the first GPU.
import _ "github.com/quern-go/quern/device/all"
