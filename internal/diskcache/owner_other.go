//go:build !unix

package diskcache

import "io/fs"

// isOwn is true: elsewhere the place of the user's caches is guarded by access
// lists, which new directories inherit.
func isOwn(fs.FileInfo) bool { return true }

// othersMayWrite is false: see isOwn.
func othersMayWrite(fs.FileInfo) bool { return false }

const plainOnly = 0
