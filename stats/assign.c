/* stats/assign.c: arms from salted hashes, plain or stratified.
 *
 * Problem: split visitors by weights so that the same visitor gets the same arm on every server and
 * every day, experiments do not know of each other, and the split can be repeated by anyone.
 *
 *   1. point = 64 bits of SHA-256(salt ":" id) as a fraction. Another salt is another independent
 *      uniform number for every id.
 *   2. Plain: arm a owns [W_a, W_{a+1}), W the running sum of the weights over their total.
 *   3. Stratified: rank r of m in a stratum, by point, sits at (r + u)/m, u uniform from the
 *      stratum's least point: a systematic sample. Each arm gets floor or ceil of m w_a.
 *
 * Plain assignment needs no memory of others and lets visitors arrive one by one; stratified needs
 * the list of all. Cost: one SHA-256 a unit, then a sort for strata. No secrecy: who knows the salt
 * knows the arms.
 *
 * Kohavi, Tang, Xu, "Trustworthy Online Controlled Experiments" (2020), chapter 4; Imbens and
 * Rubin, "Causal Inference" (2015), chapter 9. */
#include "stats/assign.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/hash.h"
#include "core/base/mem.h"
#include "core/base/numeric.h"

enum { GRAIN = 1024, SALT_BYTES = 200, TEXT_BYTES = 1024 };

/* Value of a hex digit of td_sha256, which writes lower case. */
static uint64_t hex_value(char c) { return (uint64_t)(c <= '9' ? c - '0' : c - 'a' + 10); }

/* 53 bits of the 64, so that the result is exact and below 1. */
static double fraction(const char *hex) {
    uint64_t bits = 0;
    for (int i = 0; i < 16; i++) bits = bits << 4 | hex_value(hex[i]);
    return (double)(bits >> 11) * 0x1p-53;
}

td_status td_assign_point(double *point, const char *salt, const char *id, uint64_t length,
                          td_error *err) {
    char text[TEXT_BYTES], hex[65];
    size_t n_salt = strlen(salt);
    TD_CHECK(n_salt <= SALT_BYTES, err, TD_ERR_RANGE, "a salt of %zu bytes: at most %d go", n_salt,
             SALT_BYTES);
    TD_CHECK(length < TEXT_BYTES - SALT_BYTES, err, TD_ERR_RANGE, "an id of %llu bytes is too long",
             (unsigned long long)length);
    memcpy(text, salt, n_salt + 1);
    text[n_salt] = ':';
    memcpy(text + n_salt + 1, id, length);
    TD_TRY(td_sha256_of(text, n_salt + 1 + length, hex, err));
    *point = fraction(hex);
    return TD_OK;
}

typedef struct point_job {
    double *point;
    const char *salt;
    const td_ids *ids;
} point_job;

static td_status point_chunk(void *ctx, td_chunk chunk, td_error *err) {
    const point_job *job = ctx;
    for (uint64_t i = chunk.begin; i < chunk.end; i++)
        TD_TRY(td_assign_point(&job->point[i], job->salt, job->ids->bytes + job->ids->begin[i],
                               job->ids->length[i], err));
    return TD_OK;
}

td_status td_assign_points(double *point, const char *salt, const td_ids *ids, const td_exec *exec,
                           td_error *err) {
    point_job job = {point, salt, ids};
    return td_par_for(exec, ids->n, GRAIN, point_chunk, &job, err);
}

td_status td_arm_weights_check(const td_arm_weights *arms, td_error *err) {
    TD_CHECK(arms->n >= 2, err, TD_ERR_RANGE, "one arm: an experiment compares at least two");
    TD_CHECK(arms->n <= TD_ASSIGN_ARMS, err, TD_ERR_RANGE, "%u arms: at most %d go", arms->n,
             TD_ASSIGN_ARMS);
    for (uint32_t a = 0; a < arms->n; a++)
        TD_CHECK(arms->weight[a] > 0 && arms->weight[a] < 1e15, err, TD_ERR_RANGE,
                 "weight %.10g of arm %u is not above 0", arms->weight[a], a + 1);
    return TD_OK;
}

uint32_t td_assign_arm(const td_arm_weights *arms, double point) {
    double total = 0, sum = 0;
    for (uint32_t a = 0; a < arms->n; a++) total += arms->weight[a];
    for (uint32_t a = 0; a + 1 < arms->n; a++) {
        sum += arms->weight[a];
        if (point < sum / total) return a;
    }
    return arms->n - 1;
}

/* --- strata ----------------------------------------------------------------------------------- */

typedef struct ranked {
    double point;
    uint64_t unit;
    uint32_t stratum;
} ranked;

/* By stratum, then point, then unit: a total order. */
static int by_stratum(const void *a, const void *b) {
    const ranked *x = a, *y = b;
    if (x->stratum != y->stratum) return x->stratum < y->stratum ? -1 : 1;
    if (x->point != y->point) return x->point < y->point ? -1 : 1;
    return (x->unit > y->unit) - (x->unit < y->unit);
}

/* One stratum of m units in order. The least of m uniform points x has distribution 1 - (1 - x)^m:
 * at x itself that is uniform again, and shifts the dealing at random. */
static void deal(uint32_t *arm, const td_arm_weights *arms, const ranked *units, uint64_t m) {
    double size = (double)m;
    double shift = fmin(-td_expm1(size * td_log1p(-units[0].point)), 1.0 - 0x1p-53);
    for (uint64_t r = 0; r < m; r++)
        arm[units[r].unit] = td_assign_arm(arms, ((double)r + shift) / size);
}

td_status td_assign_strata(uint32_t *arm, const td_arm_weights *arms, const double *point,
                           const uint32_t *stratum, uint64_t n, td_error *err) {
    TD_TRY(td_arm_weights_check(arms, err));
    ranked *units = NULL;
    uint64_t m = 0;
    TD_NEW(units, n, err);
    for (uint64_t i = 0; i < n; i++) {
        if (arm[i] == TD_ARM_NONE) continue;
        units[m++] = (ranked){point[i], i, stratum == NULL ? 0 : stratum[i]};
    }
    qsort(units, m, sizeof *units, by_stratum);
    for (uint64_t first = 0, end; first < m; first = end) {
        for (end = first; end < m && units[end].stratum == units[first].stratum;) end++;
        deal(arm, arms, units + first, end - first);
    }
    td_mem_free(units);
    return TD_OK;
}
