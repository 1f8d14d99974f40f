// Package diskcache keeps what is costly to make again, such as compiled
// programs and measured rates, in the user's cache directory: that of the
// environment variable QUERN_CACHE_DIR, or else quern in the system's place for
// caches.
//
// A cache is a convenience, never a condition: whoever cannot Open one works
// without, and a nil *Cache is one that keeps nothing. Entries that are
// truncated, corrupt or of another format are misses, and are removed. Several
// processes may use, fill and clear a cache at the same time: an entry appears
// whole, by a rename, or not at all.
//
// Compiled programs are trusted by those who load them, so a directory that
// another user owns or may write to is refused.
package diskcache
