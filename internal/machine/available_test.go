package machine

import "testing"

func TestAvailableBytesIsPlausible(t *testing.T) {
	available, known := AvailableBytes()
	total := Detect().Memory.TotalBytes
	if known && (available <= 0 || total != nil && available > *total) {
		t.Errorf("%d bytes are available of %d", available, *total)
	}
}
