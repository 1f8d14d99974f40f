/* The fused chain √(sin²a + cos²b)·exp(−c) by hand, in AVX-512: what a compiler of chains could reach. The functions
 * are kernels/mathfn's, operation for operation, so that the results have the same bits; arguments outside of their
 * likely range go through the C library. */
#if defined(__AVX512F__)
#include "peer.h"

#include <math.h>

#define SET _mm512_set1_ps
#define FMA _mm512_fmadd_ps
#define FNMA _mm512_fnmadd_ps
#define MUL _mm512_mul_ps
#define SUB _mm512_sub_ps

/* 1.5·2^23: adding it rounds to an integer, which stands in the low bits. */
static const float MAGIC = 12582912.0f;

/* The sine of x + ahead·π/2, for |x| ≤ 390. */
static inline __m512 sine(__m512 x, int ahead) {
	__m512 magic = SET(MAGIC + (float)ahead);
	__m512 t = FMA(x, SET(0x1.45f306p-1f), magic);
	__m512 n = SUB(t, magic);
	__m512 r1 = FNMA(n, SET(0x1.921fb4p+0f), x);
	__m512 r = FNMA(n, SET(0x1.444p-24f), r1);
	__m512 less = FMA(n, SET(0x1.68c234p-39f), FMA(n, SET(0x1.444p-24f), SUB(r, r1)));
	__m512 square = FMA(r, r, MUL(r, MUL(less, SET(-2.0f))));
	__m512 p = FMA(FMA(SET(0x1.9928eap-13f), square, SET(-0x1.1106dep-7f)), square, SET(0x1.555544p-3f));
	__m512 s = SUB(r, FMA(MUL(r, square), p, less));
	__m512 q = FMA(FMA(FMA(SET(0x1.99e806p-16f), square, SET(-0x1.6c0c28p-10f)), square, SET(0x1.55554ap-5f)), square, SET(-0.5f));
	__m512 c = FMA(square, q, SET(1.0f));
	__m512i quadrant = _mm512_castps_si512(t);
	__m512 v = _mm512_mask_blend_ps(_mm512_test_epi32_mask(quadrant, _mm512_set1_epi32(1)), s, c);
	__m512i sign = _mm512_and_si512(_mm512_slli_epi32(quadrant, 30), _mm512_set1_epi32((int)0x80000000));
	return _mm512_castsi512_ps(_mm512_xor_si512(_mm512_castps_si512(v), sign));
}

/* e^x, for |x| ≤ 87. */
static inline __m512 exponential(__m512 x) {
	__m512 t = FMA(x, SET(0x1.715476p+0f), SET(MAGIC));
	__m512 n = SUB(t, SET(MAGIC));
	__m512 r = FMA(n, SET(1.904654299957767878541823431924500012e-9f), FNMA(n, SET(0x1.62e430p-1f), x));
	__m512 q = FMA(FMA(FMA(FMA(SET(0x1.6a5e0ep-10f), r, SET(0x1.123abep-7f)), r, SET(0x1.5558a6p-5f)), r, SET(0x1.555490p-3f)), r, SET(0x1.fffffcp-2f));
	__m512 p = FMA(FMA(q, r, SET(1.0f)), r, SET(1.0f));
	return _mm512_castsi512_ps(_mm512_add_epi32(_mm512_castps_si512(p), _mm512_slli_epi32(_mm512_castps_si512(t), 23)));
}

static void by_the_library(int64_t i) {
	float s = sinf(a[i]), t = cosf(b[i]);
	c[i] = sqrtf(s * s + t * t) * expf(-d[i]);
}

static float chain(int64_t lo, int64_t hi) {
	int64_t i = lo;
	for (; i + 16 <= hi; i += 16) {
		__m512 x = _mm512_load_ps(a + i), y = _mm512_load_ps(b + i), z = _mm512_load_ps(d + i);
		__m512 angles = _mm512_max_ps(_mm512_abs_ps(x), _mm512_abs_ps(y));
		__mmask16 likely = _mm512_cmp_ps_mask(angles, SET(390.0f), _CMP_LE_OQ) & _mm512_cmp_ps_mask(_mm512_abs_ps(z), SET(87.0f), _CMP_LE_OQ);
		if (__builtin_expect(likely != 0xffff, 0)) {
			for (int l = 0; l < 16; l++)
				by_the_library(i + l);
			continue;
		}
		__m512 s = sine(x, 0), t = sine(y, 1);
		__m512 root = _mm512_sqrt_ps(_mm512_add_ps(MUL(s, s), MUL(t, t)));
		_mm512_store_ps(c + i, MUL(root, exponential(SUB(_mm512_setzero_ps(), z))));
	}
	for (; i < hi; i++)
		by_the_library(i);
	return 0;
}

int main(int argc, char **argv) {
	static const struct kind kinds[] = {{"chain", "by hand in AVX-512, ", 3, 1, chain}};
	return serve(argc, argv, "gcc " __VERSION__, kinds, 1);
}
#else
#include <stdio.h>

int main(void) {
	puts("{\"missing\": \"compiled for a CPU without AVX-512\"}");
	return 0;
}
#endif
