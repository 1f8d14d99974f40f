package interp_test

import (
	"encoding/binary"
	"math"
	"strings"
	"testing"

	"github.com/quern-go/quern/kernels/ptx/interp"
)

const base = 1 << 32

// text is an entry point of two threads blocks of 64 threads, with a buffer.
func text(body string) string {
	return `.version 7.0
.target sm_80
.address_size 64
.global .align 8 .b32 table0[2] = {0x7, 0x8};
.func (.reg .f32 %result) twice(.reg .f32 %a0)
{
	add.rn.f32 %result, %a0, %a0;
	ret;
}
.visible .entry k(
	.param .u64 buffer0,
	.param .align 8 .b8 block[16]
)
.reqntid 64, 1, 1
{
	.shared .align 16 .b32 s[64];
	.reg .pred %p<9>;
	.reg .b32 %r<9>;
	.reg .b64 %rd<9>;
	.reg .f32 %f<9>;
	.reg .f64 %fd<9>;
	ld.param.u64 %rd1, [buffer0];
	mov.u32 %r1, %tid.x;
	mov.u32 %r2, %ctaid.x;
	mad.lo.u32 %r3, %r2, 64, %r1; // the thread's number
	mad.wide.u32 %rd2, %r3, 4, %rd1;
	mov.u32 %r4, s;
	mad.lo.u32 %r5, %r1, 4, %r4;
` + body + "\n\tret;\n}\n"
}

func launch(t *testing.T, body string, bytes int) ([]byte, error) {
	t.Helper()
	p, err := interp.Parse(text(body))
	if err != nil {
		t.Fatal(err)
	}
	var m interp.Memory
	buf := make([]byte, bytes)
	m.Map(base, buf)
	addr := binary.LittleEndian.AppendUint64(nil, base)
	return buf, p.Launch("k", 2, 0, [][]byte{addr, make([]byte, 16)}, &m)
}

func TestLaunch(t *testing.T) {
	for _, c := range []struct {
		name, body string
		want       func(thread uint32) uint32
	}{
		{"number", "st.global.b32 [%rd2], %r3;", func(n uint32) uint32 { return n }},
		{"shared", `
	st.shared.b32 [%r5], %r3;
	bar.sync 0;
	xor.b32 %r6, %r1, 1;
	mad.lo.u32 %r6, %r6, 4, %r4;
	ld.shared.b32 %r7, [%r6];
	st.global.b32 [%rd2], %r7;`, func(n uint32) uint32 { return n ^ 1 }},
		{"shuffle", `
	shfl.sync.down.b32 %r6, %r3, 16, 31, -1;
	st.global.b32 [%rd2], %r6;`, func(n uint32) uint32 {
			if n%32 < 16 {
				return n + 16
			}
			return n
		}},
		{"loop", `
	mov.b32 %r6, 0;
$top1:
	add.u32 %r6, %r6, 2;
	setp.lt.u32 %p1, %r6, %r3;
	@%p1 bra $top1;
	st.global.b32 [%rd2], %r6;`, func(n uint32) uint32 { return max(2, (n+1)/2*2) }},
		{"call", `
	cvt.rn.f32.u32 %f1, %r3;
	call (%f2), twice, (%f1);
	cvt.rzi.u32.f32 %r6, %f2;
	st.global.b32 [%rd2], %r6;`, func(n uint32) uint32 { return 2 * n }},
		{"table", `
	and.b32 %r6, %r3, 1;
	mov.u64 %rd3, table0;
	mad.wide.u32 %rd3, %r6, 4, %rd3;
	ld.global.b32 %r7, [%rd3];
	st.global.b32 [%rd2], %r7;`, func(n uint32) uint32 { return 7 + n%2 }},
		{"vectors", `
	and.b32 %r6, %r3, 1;
	setp.eq.u32 %p1, %r6, 0;
	add.u32 %r6, %r3, 1;
	@%p1 st.global.v2.b32 [%rd2], {%r6, %r3};`, func(n uint32) uint32 { return n/2*2 + 1 - n%2 }},
		{"copy", `
	st.global.b32 [%rd2], %r3;
	cp.async.ca.shared.global [%r5], [%rd2], 4, 4;
	cp.async.commit_group;
	cp.async.wait_group 0;
	ld.shared.b32 %r6, [%r5];
	add.u32 %r6, %r6, 5;
	st.global.b32 [%rd2], %r6;`, func(n uint32) uint32 { return n + 5 }},
		{"nothing copied", `
	cp.async.ca.shared.global [%r5], [%rd2], 4, 0;
	cp.async.commit_group;
	cp.async.wait_group 0;
	ld.shared.b32 %r6, [%r5];
	st.global.b32 [%rd2], %r6;`, func(uint32) uint32 { return 0 }},
	} {
		t.Run(c.name, func(t *testing.T) {
			buf, err := launch(t, c.body, 4*128)
			if err != nil {
				t.Fatal(err)
			}
			for n := range uint32(128) {
				if got := binary.LittleEndian.Uint32(buf[4*n:]); got != c.want(n) {
					t.Fatalf("thread %d: %d, expected %d", n, got, c.want(n))
				}
			}
		})
	}
}

// TestFaults are programs that a GPU might run without a word.
func TestFaults(t *testing.T) {
	for _, c := range []struct{ name, body, want string }{
		{"past the end", "st.global.b32 [%rd2+4], %r3;", "outside of all memory"},
		{"before the start", "mov.u64 %rd3, 4;\n\tld.global.b32 %r6, [%rd3];", "nothing lies below"},
		{"not aligned", "ld.global.b32 %r6, [%rd2+2];", "not aligned"},
		{"vector not aligned", "ld.global.v4.b32 {%r5, %r6, %r7, %r8}, [%rd2];", "not aligned"},
		{"written twice", "st.global.b32 [%rd1], %r3;", "has written it"},
		{"written by another", "st.global.b32 [%rd2], %r3;\n\tld.global.b32 %r6, [%rd1];", "has written it"},
		{"read by another", "ld.global.b32 %r6, [%rd1+508];\n\tst.global.b32 [%rd2], %r6;", "has read it"},
		{"shared never written", "ld.shared.b32 %r6, [%r5];", "never written"},
		{"shared past the end", "st.shared.b32 [%r5+256], %r3;", "of 256 bytes"},
		{"shared without a barrier", `
	st.shared.b32 [%r5], %r3;
	xor.b32 %r6, %r1, 1;
	mad.lo.u32 %r6, %r6, 4, %r4;
	ld.shared.b32 %r7, [%r6];`, "never written"},
		{"shared overwritten while read", `
	st.shared.b32 [%r5], %r3;
	bar.sync 0;
	ld.shared.b32 %r7, [s];
	st.shared.b32 [%r5], %r3;`, "with no barrier since"},
		{"copy not waited for", `
	cp.async.ca.shared.global [%r5], [%rd2], 4, 4;
	cp.async.commit_group;
	cp.async.wait_group 1;
	ld.shared.b32 %r6, [%r5];`, "not waited for"},
		{"copy left", "cp.async.ca.shared.global [%r5], [%rd2], 4, 4;", "under way"},
		{"shuffle of half a warp", `
	setp.lt.u32 %p1, %r1, 16;
	@%p1 shfl.sync.down.b32 %r6, %r3, 1, 31, -1;`, "16 of 32 threads"},
		{"division by zero", "mov.b32 %r6, 0;\n\tdiv.u32 %r7, %r3, %r6;", "cannot be done"},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := launch(t, c.body, 4*128)
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("error %v, expected %q", err, c.want)
			}
		})
	}
}

func TestParseErrors(t *testing.T) {
	for _, c := range []struct{ name, body, want string }{
		{"unknown", "frobnicate.u32 %r1, %r2;", "unknown instruction"},
		{"approximate", "div.approx.f32 %f1, %f2, %f3;", "rounding or type"},
		{"no rounding", "add.f32 %f1, %f2, %f3;", "rounding or type"},
		{"flushed", "mul.rn.ftz.f32 %f1, %f2, %f3;", "unknown instruction"},
		{"no register", "add.u32 %r77, %r1, %r2;", "no register"},
		{"no label", "bra $nowhere;", "no label"},
		{"no function", "call (%f1), thrice, (%f2);", "unknown thrice"},
		{"no semicolon", "mov.b32 %r1, 0", "semicolon"},
		{"wrong length", "ld.global.v4.b32 {%r1, %r2}, [%rd1];", "elements"},
		{"no parameter", "ld.param.u64 %rd1, [buffer7];", "unknown parameter"},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := interp.Parse(text(c.body))
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("error %v, expected %q", err, c.want)
			}
		})
	}
}

func TestLaunchErrors(t *testing.T) {
	p, err := interp.Parse(text(""))
	if err != nil {
		t.Fatal(err)
	}
	if p.GroupSize("k") != 64 || len(p.Entries()) != 1 || p.Version != 70 || p.SM != 80 {
		t.Errorf("group size %d, entries %v, PTX %d for sm_%d", p.GroupSize("k"), p.Entries(), p.Version, p.SM)
	}
	var m interp.Memory
	for want, params := range map[string][][]byte{
		"2": {make([]byte, 8)}, "expected 16": {make([]byte, 8), make([]byte, 8)},
	} {
		if err := p.Launch("k", 1, 0, params, &m); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("error %v, expected %q", err, want)
		}
	}
	if err := p.Launch("j", 1, 0, nil, &m); err == nil {
		t.Error("an unknown entry was launched")
	}
}

// TestConversions are those that PTX and package kernels define differently, and
// the limits of those they agree on.
func TestConversions(t *testing.T) {
	for _, c := range []struct {
		name, body string
		want       uint64
	}{
		{"NaN s32.f32", "mov.f32 %f1, 0f7FC00000;\n\tcvt.rzi.s32.f32 %r6, %f1;\n\tcvt.u64.u32 %rd3, %r6;", 0},
		{"NaN s64.f32", "mov.f32 %f1, 0f7FC00000;\n\tcvt.rzi.s64.f32 %rd3, %f1;", 1 << 63},
		{"NaN u32.f64", "mov.f64 %fd1, 0d7FF8000000000000;\n\tcvt.rzi.u32.f64 %r6, %fd1;\n\tcvt.u64.u32 %rd3, %r6;", 1 << 31},
		{"low s32", "mov.f64 %fd1, 0dC3E0000000000000;\n\tcvt.rzi.s32.f64 %r6, %fd1;\n\tcvt.s64.s32 %rd3, %r6;", 0xffffffff80000000},
		{"high u64", "mov.f64 %fd1, 0d7FF0000000000000;\n\tcvt.rzi.u64.f64 %rd3, %fd1;", math.MaxUint64},
		{"least of zeros", "mov.f64 %fd1, 0d8000000000000000;\n\tmin.f64 %fd2, 0d0000000000000000, %fd1;\n\tmov.b64 %rd3, %fd2;", 1 << 63},
		{"least with NaN", "mov.f64 %fd1, 0d7FF8000000000000;\n\tmin.f64 %fd2, %fd1, 0d3FF0000000000000;\n\tmov.b64 %rd3, %fd2;", 0x3ff0000000000000},
		{"shift by the width", "mov.b64 %rd4, 1;\n\tshl.b64 %rd3, %rd4, 64;", 0},
		{"shift past the width", "mov.b64 %rd4, -8;\n\tshr.s64 %rd3, %rd4, 1000;", math.MaxUint64},
		{"halves", "mov.b64 {%r6, %r7}, 0x100000002;\n\tmov.b64 %rd3, {%r7, %r6};", 0x200000001},
	} {
		t.Run(c.name, func(t *testing.T) {
			body := c.body + "\n\tsetp.eq.u32 %p1, %r3, 0;\n\t@%p1 st.global.b64 [%rd2], %rd3;"
			buf, err := launch(t, body, 8)
			if err != nil {
				t.Fatal(err)
			}
			if got := binary.LittleEndian.Uint64(buf); got != c.want {
				t.Errorf("%#x, expected %#x", got, c.want)
			}
		})
	}
}
