/* What memory gives to C: BabelStream's kernels, with stores past the caches where AVX has them, and sums. */
#include "peer.h"

#if defined(__AVX512F__)
enum { LANES = 16 };
typedef __m512 vector;
#define LOAD _mm512_load_ps
#define STREAM _mm512_stream_ps
#define SET1 _mm512_set1_ps
#define MUL _mm512_mul_ps
#define ADD _mm512_add_ps
#define FMADD _mm512_fmadd_ps
#else
enum { LANES = 8 };
typedef __m256 vector;
#define LOAD _mm256_load_ps
#define STREAM _mm256_stream_ps
#define SET1 _mm256_set1_ps
#define MUL _mm256_mul_ps
#define ADD _mm256_add_ps
#define FMADD _mm256_fmadd_ps
#endif

/* The elements that do not fill a vector are left out of none: lengths are multiples of 16, or shorter than the rest. */
#define STREAMED(NAME, VECTOR, SCALAR)                                                                                             \
	static float NAME(int64_t lo, int64_t hi) {                                                                                \
		vector s = SET1(3.0f);                                                                                             \
		(void)s;                                                                                                           \
		int64_t i = lo;                                                                                                    \
		for (; i + LANES <= hi; i += LANES)                                                                                \
			STREAM(c + i, VECTOR);                                                                                     \
		for (; i < hi; i++)                                                                                                \
			c[i] = SCALAR;                                                                                             \
		_mm_sfence();                                                                                                      \
		return 0;                                                                                                          \
	}

STREAMED(copy, LOAD(a + i), a[i])
STREAMED(mul, MUL(s, LOAD(a + i)), 3.0f * a[i])
STREAMED(add, ADD(LOAD(a + i), LOAD(b + i)), a[i] + b[i])
STREAMED(triad, FMADD(s, LOAD(a + i), LOAD(b + i)), 3.0f * a[i] + b[i])
STREAMED(fma3, FMADD(LOAD(a + i), LOAD(b + i), LOAD(d + i)), a[i] * b[i] + d[i])

static float add_in_place(int64_t lo, int64_t hi) {
	for (int64_t i = lo; i < hi; i++)
		c[i] += a[i];
	return 0;
}

/* 64 accumulators, which the compiler keeps in registers. */
static float sum(int64_t lo, int64_t hi) {
	float acc[64] = {0}, s = 0;
	int64_t i = lo;
	for (; i + 64 <= hi; i += 64)
		for (int l = 0; l < 64; l++)
			acc[l] += a[i + l];
	for (; i < hi; i++)
		s += a[i];
	for (int l = 0; l < 64; l++)
		s += acc[l];
	return s;
}

static float dot(int64_t lo, int64_t hi) {
	float acc[64] = {0}, s = 0;
	int64_t i = lo;
	for (; i + 64 <= hi; i += 64)
		for (int l = 0; l < 64; l++)
			acc[l] += a[i + l] * b[i + l];
	for (; i < hi; i++)
		s += a[i] * b[i];
	for (int l = 0; l < 64; l++)
		s += acc[l];
	return s;
}

int main(int argc, char **argv) {
	static const struct kind kinds[] = {
		{"copy", "non-temporal stores, ", 1, 1, copy}, {"mul", "non-temporal stores, ", 1, 1, mul},
		{"add", "non-temporal stores, ", 2, 1, add},   {"triad", "non-temporal stores, ", 2, 1, triad},
		{"fma", "non-temporal stores, ", 3, 1, fma3},  {"add_in_place", "", 1, 1, add_in_place},
		{"sum", "", 1, 0, sum},                        {"dot", "", 2, 0, dot},
		{"memory_stream", "triad, non-temporal stores, ", 2, 1, triad, 12, 0},
	};
	return serve(argc, argv, "gcc " __VERSION__, kinds, sizeof kinds / sizeof *kinds);
}
