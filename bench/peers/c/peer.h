/* What the peers in C share: inputs, threads, and the conversation with quern bench that peer.py describes. Each program
 * has a table of the kinds of workload that it does. */
#include <immintrin.h>
#include <omp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { HUGE_PAGE = 1 << 21, LENGTHS = 3, WORKS = 64 };

/* The arrays a, b and d, which workloads read, and c, which they write; of as many elements as the largest needs. */
static float *a, *b, *c, *d;

/* A kind of workload of one length. run computes it on the elements lo to hi of a thread, and returns what they add to
 * the result; the whole result is c if it is stored, else the sum. bytes and flops are those of an element, for a
 * reference, which has no workload to be counted by. */
struct kind {
	const char *name, *how;
	int inputs, stores;
	float (*run)(int64_t lo, int64_t hi);
	double bytes, flops;
};

static float *array(int64_t n) {
	float *p = aligned_alloc(HUGE_PAGE, (n * sizeof(float) + HUGE_PAGE - 1) / HUGE_PAGE * HUGE_PAGE);
	if (!p) {
		printf("{\"missing\": \"out of memory for %lld elements\"}\n", (long long)n);
		exit(0);
	}
	return p;
}

/* Elements of a thread, at multiples of 64. */
static void share(int64_t n, int64_t *lo, int64_t *hi) {
	int64_t per = (n / omp_get_num_threads() + 63) / 64 * 64;
	*lo = per * omp_get_thread_num() < n ? per * omp_get_thread_num() : n;
	*hi = *lo + per < n ? *lo + per : n;
}

/* uniform is peer.py's: SplitMix64 from a seed that follows from the name. */
static float *uniform(const char *name, int64_t n) {
	uint64_t seed = 1;
	for (const char *s = name; *s; s++)
		seed = seed * 31 + (unsigned char)*s;
	float *x = array(n);
#pragma omp parallel
	{
		int64_t lo, hi;
		share(n, &lo, &hi);
		for (int64_t i = lo; i < hi; i++) {
			uint64_t z = seed + (uint64_t)(i + 1) * 0x9e3779b97f4a7c15;
			z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9;
			z = (z ^ z >> 27) * 0x94d049bb133111eb;
			x[i] = (float)(z >> 40) * 0x1p-24f;
		}
	}
	return x;
}

static float compute(const struct kind *k, int64_t n) {
	float total = 0;
#pragma omp parallel reduction(+ : total)
	{
		int64_t lo, hi;
		share(n, &lo, &hi);
		total += k->run(lo, hi);
	}
	return total;
}

static void print_values(const struct kind *k, int64_t n) {
	float total = compute(k, n);
	if (!strcmp(k->name, "add_in_place") || k->flops > 0) {
		puts("{\"values\": null}");
	} else if (!k->stores) {
		printf("{\"values\": [%.9g]}\n", total);
	} else {
		int64_t count = n < 7 ? n : 7;
		printf("{\"values\": [");
		for (int64_t i = 0; i < count; i++)
			printf("%s%.9g", i ? ", " : "", c[i * (n - 1) / (count > 1 ? count - 1 : 1)]);
		puts("]}");
	}
}

/* serve does the workloads of argv, kind/length:type, that are in the table. */
static int serve(int argc, char **argv, const char *compiler, const struct kind *kinds, int count) {
	const struct kind *work[WORKS];
	int64_t length[WORKS], most = 0;
	int works = 0, inputs = 0, threads = argc > 1 ? atoi(argv[1]) : 1;
	if (threads < 1) {
		fprintf(stderr, "threads is %s, expected at least 1\n", argv[1]);
		return 2;
	}
	omp_set_dynamic(0);
	omp_set_num_threads(threads);
	printf("{\"works\": [");
	for (int i = 2; i < argc; i++) {
		char name[64], type[16];
		double n = 1;
		if (sscanf(argv[i], "%63[^/:]/%lf:%15s", name, &n, type) != 3 && sscanf(argv[i], "%63[^/:]:%15s", name, type) != 2)
			continue;
		*strrchr(argv[i], ':') = 0;
		if (strchr(argv[i], 'x') && strchr(argv[i], '/') && strchr(strchr(argv[i], '/'), 'x'))
			continue;
		for (int j = 0; j < count && works < WORKS; j++) {
			if (strcmp(kinds[j].name, name) || (strcmp(type, "float32") && kinds[j].flops == 0))
				continue;
			printf("%s{\"workload\": \"%s\", \"peer\": \"C, %s%s\", \"bytes\": %.0f, \"flops\": %.0f}", works ? ", " : "", argv[i], kinds[j].how,
			       compiler, kinds[j].bytes * n, kinds[j].flops * threads);
			work[works] = &kinds[j], length[works++] = (int64_t)n;
			most = most < (int64_t)n ? (int64_t)n : most;
			inputs = inputs < kinds[j].inputs ? kinds[j].inputs : inputs;
		}
	}
	if (works) {
		c = uniform("c", most);
		a = inputs > 0 ? uniform("a", most) : 0;
		b = inputs > 1 ? uniform("b", most) : 0;
		d = inputs > 2 ? uniform("d", most) : 0;
	}
	puts("]}");
	fflush(stdout);
	char line[128];
	while (fgets(line, sizeof line, stdin)) {
		int at = -1;
		long runs = 0;
		if (sscanf(line, "time %d %ld", &at, &runs) == 2 && at >= 0 && at < works) {
			volatile float sink = 0;
			double start = omp_get_wtime();
			for (long r = 0; r < runs; r++)
				sink += compute(work[at], length[at]);
			printf("{\"seconds\": %.9f}\n", omp_get_wtime() - start);
		} else if (sscanf(line, "values %d", &at) == 1 && at >= 0 && at < works) {
			print_values(work[at], length[at]);
		} else {
			puts("{\"error\": \"no such command\"}");
		}
		fflush(stdout);
	}
	return 0;
}
