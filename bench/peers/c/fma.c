/* How many multiply-adds C gets out of a core: independent chains of the widest vectors, in registers. */
#include "peer.h"

enum { TURNS = 200000, CHAINS = 12 };

#if defined(__AVX512F__)
typedef float vector32 __attribute__((vector_size(64)));
typedef double vector64 __attribute__((vector_size(64)));
#else
typedef float vector32 __attribute__((vector_size(32)));
typedef double vector64 __attribute__((vector_size(32)));
#endif

/* EACH does a statement for every chain, unrolled even without optimisation of the loop, so that each chain has a
 * register; the empty assembly keeps the compiler from joining turns. */
#define EACH(STATEMENT) \
	_Pragma("GCC unroll 12") for (int l = 0; l < CHAINS; l++) { STATEMENT; }

#define LOOP(NAME, VECTOR)                                                     \
	static float NAME(int64_t lo, int64_t hi) {                            \
		VECTOR x[CHAINS], f = (VECTOR){0} + 0.999f, g = f * 1e-3f;     \
		EACH(x[l] = (VECTOR){0} + (float)l)                            \
		for (int t = 0; t < TURNS; t++)                                \
			EACH(x[l] = x[l] * f + g; __asm__("" : "+v"(x[l])))    \
		VECTOR sum = (VECTOR){0};                                      \
		EACH(sum += x[l])                                              \
		return sum[0];                                                 \
	}

LOOP(float32, vector32)
LOOP(float64, vector64)

int main(int argc, char **argv) {
	static const struct kind kinds[] = {
		{"fma_float32", "independent chains, ", 0, 0, float32, 0, 2.0 * TURNS * CHAINS * sizeof(vector32) / sizeof(float)},
		{"fma_float64", "independent chains, ", 0, 0, float64, 0, 2.0 * TURNS * CHAINS * sizeof(vector64) / sizeof(double)},
	};
	return serve(argc, argv, "gcc " __VERSION__, kinds, sizeof kinds / sizeof *kinds);
}
