package diskcache

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"io"
	"os"
	"strings"
)

// An entry's file is a header and the data. The header, of headerBytes: the
// magic, the format version and the length of the data (little-endian), and the
// checksum.
const (
	magic         = "quern\x00\x1a\n"
	formatVersion = 1
	headerBytes   = len(magic) + 4 + 8 + sha256.Size
)

// The names of files: the hash of the key, and what it is.
const (
	entrySuffix = ".entry"
	tempSuffix  = ".tmp" // being written
)

func entryName(key string) string {
	sum := sha256.Sum256([]byte(key))
	return hex.EncodeToString(sum[:]) + entrySuffix
}

// isEntry tells entries from files that are not ours to touch.
func isEntry(name string) bool {
	hash, ok := strings.CutSuffix(name, entrySuffix)
	return ok && len(hash) == 2*sha256.Size && strings.Trim(hash, "0123456789abcdef") == ""
}

func isTemp(name string) bool {
	return strings.HasPrefix(name, ".") && strings.HasSuffix(name, tempSuffix) && strings.Contains(name, entrySuffix)
}

// checksum covers the key too, so that a file under another's name is a miss.
func checksum(key string, data []byte) []byte {
	h := sha256.New()
	var length [8]byte
	binary.LittleEndian.PutUint64(length[:], uint64(len(key)))
	h.Write(length[:])
	h.Write([]byte(key))
	h.Write(data)
	return h.Sum(nil)
}

func header(key string, data []byte) []byte {
	p := make([]byte, 0, headerBytes)
	p = append(p, magic...)
	p = binary.LittleEndian.AppendUint32(p, formatVersion)
	p = binary.LittleEndian.AppendUint64(p, uint64(len(data)))
	return append(p, checksum(key, data)...)
}

var errCorrupt = errors.New("not a whole entry of this format")

// readEntry returns the data, or errCorrupt.
func readEntry(path, key string) ([]byte, error) {
	f, err := os.OpenFile(path, os.O_RDONLY|plainOnly, 0)
	if err != nil {
		return nil, err
	}
	defer f.Close() // nothing was written
	st, err := f.Stat()
	if err != nil {
		return nil, err
	}
	if !st.Mode().IsRegular() {
		return nil, errCorrupt
	}
	head := make([]byte, headerBytes)
	if _, err := io.ReadFull(f, head); err != nil {
		return nil, errCorrupt
	}
	rest, ok := bytes.CutPrefix(head, []byte(magic))
	length := binary.LittleEndian.Uint64(rest[4:])
	if !ok || binary.LittleEndian.Uint32(rest) != formatVersion || length != uint64(st.Size())-uint64(headerBytes) {
		return nil, errCorrupt
	}
	data := make([]byte, length)
	if _, err := io.ReadFull(f, data); err != nil || !bytes.Equal(rest[12:], checksum(key, data)) {
		return nil, errCorrupt
	}
	return data, nil
}
