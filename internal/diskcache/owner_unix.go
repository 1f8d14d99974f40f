//go:build unix

package diskcache

import (
	"io/fs"
	"os"
	"syscall"
)

// isOwn reports whether the file belongs to the user.
func isOwn(st fs.FileInfo) bool {
	sys, ok := st.Sys().(*syscall.Stat_t)
	return ok && int(sys.Uid) == os.Geteuid()
}

// othersMayWrite reports whether the file's group or everyone may write to it.
func othersMayWrite(st fs.FileInfo) bool { return st.Mode().Perm()&0o022 != 0 }

// plainOnly makes opening a link an error, and that of a pipe return.
const plainOnly = syscall.O_NOFOLLOW | syscall.O_NONBLOCK
