// Package all makes every driver of this module known to package device:
//
//	import _ "github.com/quern-go/quern/device/all"
//
// Importing it opens nothing. A driver looks for its libraries when devices are
// listed or one is opened, and says why if there are none.
package all

import (
	_ "github.com/quern-go/quern/cpu"
	_ "github.com/quern-go/quern/device/cuda"
	_ "github.com/quern-go/quern/device/opencl"
)
