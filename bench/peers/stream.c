/* What this machine's memory gives to C, for one or more threads.
 *
 *   gcc -O3 -march=native -fopenmp -o stream bench/peers/stream.c && ./stream [threads]
 *
 * triad: a = b + 3c with non-temporal stores; bytes counted as read + written, 12 per float32 element.
 * add:   y += x in place, 12 bytes an element.
 * sum:   64 accumulators, 4 bytes an element.
 * The size is that of quern bench: 10^8 float32. Prints one JSON object for each, as numpy_peers.py does:
 * best and median of 11. For x86-64 with AVX2 or AVX-512. */
#include <immintrin.h>
#include <omp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

enum { REPEAT = 11, HUGE_PAGE = 1 << 21 };
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

/* The calling thread's share of the elements, at multiples of 64. */
static void share(int64_t *lo, int64_t *hi) {
	int64_t per = (N / omp_get_num_threads() + 63) / 64 * 64;
	*lo = per * omp_get_thread_num();
	*hi = *lo + per < N ? *lo + per : N;
}

static float *array(void) {
	float *p = aligned_alloc(HUGE_PAGE, (N * sizeof(float) + HUGE_PAGE - 1) / HUGE_PAGE * HUGE_PAGE);
	if (!p) {
		fprintf(stderr, "stream: out of memory: three arrays of 400 MB are needed\n");
		exit(1);
	}
	return p;
}

static int by_value(const void *a, const void *b) {
	double x = *(const double *)a, y = *(const double *)b;
	return x < y ? -1 : x > y;
}

static void report(const char *workload, const char *peer, int threads, double *t) {
	qsort(t, REPEAT, sizeof *t, by_value);
	printf("{\"workload\": \"%s\", \"peer\": \"%s\", \"threads\": %d, \"best_seconds\": %.6f, \"median_seconds\": %.6f}\n",
	       workload, peer, threads, t[0], t[REPEAT / 2]);
}

int main(int argc, char **argv) {
	int threads = argc > 1 ? atoi(argv[1]) : 1;
	if (threads < 1) {
		fprintf(stderr, "stream: threads is %s, expected at least 1\n", argv[1]);
		return 2;
	}
	omp_set_dynamic(0);
	omp_set_num_threads(threads);
	float *a = array(), *b = array(), *c = array();
	int64_t lo, hi;
#pragma omp parallel private(lo, hi)
	{
		share(&lo, &hi);
		for (int64_t i = lo; i < hi; i++)
			a[i] = 0, b[i] = 1, c[i] = 2;
	}
	double tt[REPEAT], ta[REPEAT], ts[REPEAT];
	volatile float sink = 0;
	for (int r = 0; r < REPEAT; r++) {
		double t0 = omp_get_wtime();
#pragma omp parallel private(lo, hi)
		share(&lo, &hi), triad(a, b, c, lo, hi);
		double t1 = omp_get_wtime();
#pragma omp parallel private(lo, hi)
		share(&lo, &hi), add(b, c, lo, hi);
		double t2 = omp_get_wtime();
		float total = 0;
#pragma omp parallel private(lo, hi) reduction(+ : total)
		share(&lo, &hi), total += sum(c, lo, hi);
		double t3 = omp_get_wtime();
		sink += total;
		tt[r] = t1 - t0, ta[r] = t2 - t1, ts[r] = t3 - t2;
	}
	report("triad/1e8", "C, non-temporal stores", threads, tt);
	report("add_in_place/1e8", "C", threads, ta);
	report("sum/1e8", "C", threads, ts);
	return 0;
}
