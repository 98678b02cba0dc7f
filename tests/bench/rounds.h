/* SPDX-License-Identifier: GPL-2.0-only */
/* What the benchmarks have in common: a clock, rounds of measurements, cells of Markdown tables, files of results. */
#pragma once

#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#define MAX_ROUNDS 101

/* ns of one run, as each round found it. Below 0: there was nothing to measure. */
struct rounds {
	double ns[MAX_ROUNDS], min, median;
};

static inline double now_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * 1e9 + ts.tv_nsec;
}

static inline int compare_doubles(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return x < y ? -1 : x > y;
}

/* Minimum and median of the first @n; sorts them. */
static inline void rounds_done(struct rounds *r, unsigned n)
{
	qsort(r->ns, n, sizeof(double), compare_doubles);
	r->min = r->ns[0];
	r->median = r->ns[n / 2];
}

/* A geometric mean of ratios; those of which a part was not measured do not count. */
struct mean {
	double sum;
	unsigned n;
};

static inline void mean_add(struct mean *m, double a, double b)
{
	if (a > 0 && b > 0) {
		m->sum += log(a / b);
		m->n++;
	}
}

static inline double mean_of(const struct mean *m)
{
	return m->n ? exp(m->sum / m->n) : 0;
}

/* One cell each, " 12.3 |". */
static inline void print_ns(FILE *f, double ns, int decimals)
{
	if (ns < 0)
		fprintf(f, " %9s |", "-");
	else
		fprintf(f, " %9.*f |", decimals, ns);
}

static inline void print_ratio(FILE *f, double a, double b)
{
	if (a > 0 && b > 0)
		fprintf(f, " %5.2f |", a / b);
	else
		fprintf(f, "     - |");
}

/* @folder/@name, to be written; ends the program if it cannot be. */
static inline FILE *open_result(const char *folder, const char *name)
{
	char path[4096];
	FILE *f;

	snprintf(path, sizeof(path), "%s/%s", folder, name);
	f = fopen(path, "w");
	if (!f) {
		perror(path);
		exit(1);
	}
	return f;
}
