/* The memory floor of this machine in C, for one or more threads.
 *
 *   gcc -O3 -march=native -fopenmp -o stream bench/peers/stream.c && ./stream [threads]
 *
 * triad: a = b + s*c with non-temporal stores; bytes counted as read + written (12 per float32 element).
 * add:   y += x, in place (12 bytes an element).
 * sum:   16 accumulators; 4 bytes an element.
 * Sizes are those of the benchmark: 10^8 float32. Best and median of 10. */
#include <immintrin.h>
#include <omp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

enum { REPEAT = 10 };
static const int64_t N = 100000000;

static void triad(float *a, const float *b, const float *c, int64_t lo, int64_t hi) {
#if defined(__AVX512F__)
	__m512 s = _mm512_set1_ps(3.0f);
	for (int64_t i = lo; i < hi; i += 16)
		_mm512_stream_ps(a + i, _mm512_fmadd_ps(s, _mm512_load_ps(c + i), _mm512_load_ps(b + i)));
#else
	__m256 s = _mm256_set1_ps(3.0f);
	for (int64_t i = lo; i < hi; i += 8)
		_mm256_stream_ps(a + i, _mm256_add_ps(_mm256_mul_ps(s, _mm256_load_ps(c + i)), _mm256_load_ps(b + i)));
#endif
	_mm_sfence();
}

static void add(float *y, const float *x, int64_t lo, int64_t hi) {
	for (int64_t i = lo; i < hi; i++)
		y[i] += x[i];
}

static float sum(const float *x, int64_t lo, int64_t hi) {
	float acc[64] = {0};
	for (int64_t i = lo; i + 64 <= hi; i += 64)
		for (int l = 0; l < 64; l++)
			acc[l] += x[i + l];
	float s = 0;
	for (int l = 0; l < 64; l++)
		s += acc[l];
	return s;
}

static int by_value(const void *a, const void *b) {
	double x = *(const double *)a, y = *(const double *)b;
	return x < y ? -1 : x > y;
}

static void report(const char *name, int threads, double bytes, double *t) {
	qsort(t, REPEAT, sizeof *t, by_value);
	printf("%-6s threads=%d best=%.4fs %.2f GB/s median=%.4fs %.2f GB/s\n", name, threads, t[0], bytes / t[0] * 1e-9,
	       t[REPEAT / 2], bytes / t[REPEAT / 2] * 1e-9);
}

int main(int argc, char **argv) {
	int threads = argc > 1 ? atoi(argv[1]) : 1;
	omp_set_num_threads(threads);
	float *a = aligned_alloc(1 << 21, N * 4 + (1 << 21) - (N * 4) % (1 << 21));
	float *b = aligned_alloc(1 << 21, N * 4 + (1 << 21) - (N * 4) % (1 << 21));
	float *c = aligned_alloc(1 << 21, N * 4 + (1 << 21) - (N * 4) % (1 << 21));
	if (!a || !b || !c)
		return 1;
#pragma omp parallel for
	for (int64_t i = 0; i < N; i++)
		a[i] = 0, b[i] = 1, c[i] = 2;
	double tt[REPEAT], ta[REPEAT], ts[REPEAT];
	volatile float sink = 0;
	for (int r = 0; r < REPEAT; r++) {
		double t0 = omp_get_wtime();
#pragma omp parallel
		{
			int64_t per = (N / threads + 63) / 64 * 64, lo = per * omp_get_thread_num(), hi = lo + per < N ? lo + per : N;
			triad(a, b, c, lo, hi);
		}
		double t1 = omp_get_wtime();
#pragma omp parallel
		{
			int64_t per = (N / threads + 63) / 64 * 64, lo = per * omp_get_thread_num(), hi = lo + per < N ? lo + per : N;
			add(b, c, lo, hi);
		}
		double t2 = omp_get_wtime();
		float total = 0;
#pragma omp parallel reduction(+ : total)
		{
			int64_t per = (N / threads + 63) / 64 * 64, lo = per * omp_get_thread_num(), hi = lo + per < N ? lo + per : N;
			total += sum(c, lo, hi);
		}
		double t3 = omp_get_wtime();
		sink += total;
		tt[r] = t1 - t0, ta[r] = t2 - t1, ts[r] = t3 - t2;
	}
	report("triad", threads, 12.0 * N, tt);
	report("add", threads, 12.0 * N, ta);
	report("sum", threads, 4.0 * N, ts);
	return sink == 12345;
}
