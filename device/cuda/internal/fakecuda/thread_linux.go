package fakecuda

import "syscall"

// threadID tells the operating system's threads apart.
func threadID() int { return syscall.Gettid() }
