/* core/base/blas.c: Gram matrices on OpenBLAS, products with a vector and a Cholesky of our own.
 *
 * Problem: normal equations of regressions with many rows and few columns, the same bits for any
 * number of threads.
 *   1. Rows are cut into chunks of CHUNK_ROWS. A chunk is copied, scaled by sqrt(w), into a block
 *      of fixed alignment and leading dimension: BLAS sees the same operands wherever X lies,
 *          G = sum over chunks c of  (D X)_c' (D X)_c,   D = diag(sqrt(w)),   in chunk order.
 *   2. OpenBLAS runs on one thread: its split of a product over threads is not ours to fix. The
 *      thread count is a setting of the whole process, so it is saved, set to 1 and restored under
 *      a lock. An OpenBLAS built on OpenMP follows OpenMP's setting instead; that is set as well.
 *   3. X' v and X b read X once and are bound by memory: plain loops are as fast as BLAS there,
 *      take any alignment and have the same bits on every kernel.
 *   4. A = L L' by columns, in place in the lower triangle, then two triangular solves:
 *          l_jj = sqrt(a_jj - sum_k l_jk^2),   l_ij = (a_ij - sum_k l_ik l_jk) / l_jj,   i > j.
 *
 * Cost: gram n p^2 flops and n p copied doubles; vector products 2 n p flops; factor p^3 / 3
 * flops; solve 2 p^2.
 * The last bits of a Gram matrix differ between OpenBLAS kernels (Haswell, SkylakeX, ...):
 * td_blas_name tells which one ran. Everything else here has the same bits everywhere.
 * The Cholesky does not pivot: a matrix singular to working precision is refused, not repaired.
 *
 * References: Goto, van de Geijn, "Anatomy of High-Performance Matrix Multiplication", ACM TOMS 34
 * (2008), doi:10.1145/1356052.1356053; Golub, Van Loan, Matrix Computations, 4th ed., sect. 4.2. */
#include "core/base/blas.h"

#include <cblas.h>
#include <math.h>
#include <omp.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>

#include "core/base/mem.h"

enum {
    CHUNK_ROWS = 2048
}; /* 2048 x 30 doubles = 480 kB: a chunk stays in the second-level cache */

#define PIVOT_SHARE 0x1p-44 /* 256 ulp: what rounding may leave of a diagonal element, per column */

/* ---- the BLAS library ---- */

static pthread_mutex_t blas_lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_once_t name_once = PTHREAD_ONCE_INIT;
static char name_text[96];

/* Both libraries' idea of how many threads BLAS may use. */
typedef struct thread_setting {
    int blas;
    int omp;
} thread_setting;

/* Take the process's BLAS for one single-threaded call; the lock keeps two callers of this library
 * from restoring each other's settings. */
static thread_setting enter_single_thread(void) {
    pthread_mutex_lock(&blas_lock);
    thread_setting old = {.blas = openblas_get_num_threads(), .omp = omp_get_max_threads()};
    omp_set_num_threads(1);
    openblas_set_num_threads(1);
    return old;
}

static void leave_single_thread(thread_setting old) {
    openblas_set_num_threads(old.blas);
    omp_set_num_threads(old.omp);
    pthread_mutex_unlock(&blas_lock);
}

/* openblas_get_config() reads "OpenBLAS 0.3.21 NO_AFFINITY ...": the second word is the version. */
static void make_name(void) {
    char version[32] = "unknown";
    if (sscanf(openblas_get_config(), "OpenBLAS %31s", version) != 1) strcpy(version, "unknown");
    snprintf(name_text, sizeof name_text, "openblas %s %s", version, openblas_get_corename());
}

const char *td_blas_name(void) {
    pthread_once(&name_once, make_name);
    return name_text;
}

/* ---- products ---- */

/* G += D' D for a block D[rows x p]; only the lower triangle of G is written. */
static void add_gram(double *gram, const double *block, uint64_t rows, uint32_t p) {
    thread_setting old = enter_single_thread();
    cblas_dsyrk(CblasColMajor, CblasLower, CblasTrans, (int)p, (int)rows, 1.0, block, (int)rows,
                1.0, gram, (int)p);
    leave_single_thread(old);
}

/* root[i] = sqrt(w[i]); `first` is the row of w[0], for messages. */
static td_status take_roots(double *root, const double *w, uint64_t n, uint64_t first,
                            td_error *err) {
    for (uint64_t i = 0; i < n; i++) {
        TD_CHECK(w[i] >= 0.0 && w[i] <= 1.7976931348623157e308, err, TD_ERR_RANGE,
                 "weight of row %llu is %g, must be finite and not negative",
                 (unsigned long long)(first + i) + 1, w[i]);
        root[i] = sqrt(w[i]);
    }
    return TD_OK;
}

typedef struct weighted_matrix {
    const double *x; /* [n x p] */
    const double *w; /* [n], NULL = ones */
    uint64_t n;
    uint32_t p;
} weighted_matrix;

/* block[rows x p] = rows of X from `first` on, times root[rows] unless that is NULL. */
static void copy_scaled(double *block, const weighted_matrix *m, const double *root, uint64_t first,
                        uint64_t rows) {
    for (uint32_t j = 0; j < m->p; j++) {
        const double *from = m->x + j * m->n + first;
        double *to = block + j * rows;
        if (root == NULL) {
            memcpy(to, from, rows * sizeof *to);
        } else {
            for (uint64_t i = 0; i < rows; i++) to[i] = from[i] * root[i];
        }
    }
}

/* a_ij = a_ji: callers get a full matrix. */
static void mirror_lower(double *a, uint32_t p) {
    for (uint32_t j = 0; j < p; j++) {
        for (uint32_t i = j + 1; i < p; i++) a[(uint64_t)i * p + j] = a[(uint64_t)j * p + i];
    }
}

/* scratch = roots [CHUNK_ROWS], then the block [CHUNK_ROWS x p]. */
/* One chunk of rows at a time, in order; only one scaled copy of a chunk ever exists. */
static td_status sum_gram(double *gram, const weighted_matrix *m, double *scratch, td_error *err) {
    double *roots = m->w != NULL ? scratch : NULL;
    double *block = scratch + CHUNK_ROWS;
    memset(gram, 0, (uint64_t)m->p * m->p * sizeof *gram);
    for (uint64_t first = 0; first < m->n; first += CHUNK_ROWS) {
        uint64_t rows = m->n - first < CHUNK_ROWS ? m->n - first : CHUNK_ROWS;
        if (roots != NULL) TD_TRY(take_roots(roots, m->w + first, rows, first, err));
        copy_scaled(block, m, roots, first, rows);
        add_gram(gram, block, rows, m->p);
    }
    mirror_lower(gram, m->p);
    return TD_OK;
}

td_status td_blas_gram(double *gram, const double *x, const double *w, uint64_t n, uint32_t p,
                       td_error *err) {
    weighted_matrix m = {.x = x, .w = w, .n = n, .p = p};
    double *scratch;
    TD_NEW(scratch, (uint64_t)CHUNK_ROWS * ((uint64_t)p + 1), err);
    td_status status = sum_gram(gram, &m, scratch, err);
    td_mem_free(scratch);
    return status;
}

/* a' b. Four running sums hide the latency of an addition; they are joined in a fixed order. */
static double dot(const double *a, const double *b, uint64_t n) {
    double s0 = 0.0, s1 = 0.0, s2 = 0.0, s3 = 0.0;
    uint64_t i = 0;
    for (; i + 4 <= n; i += 4) {
        s0 += a[i] * b[i];
        s1 += a[i + 1] * b[i + 1];
        s2 += a[i + 2] * b[i + 2];
        s3 += a[i + 3] * b[i + 3];
    }
    for (; i < n; i++) s0 += a[i] * b[i];
    return (s0 + s1) + (s2 + s3);
}

void td_blas_transposed_times(double *out, const double *x, const double *v, uint64_t n,
                              uint32_t p) {
    for (uint32_t j = 0; j < p; j++) out[j] = 0.0;
    for (uint64_t first = 0; first < n; first += CHUNK_ROWS) {
        uint64_t rows = n - first < CHUNK_ROWS ? n - first : CHUNK_ROWS;
        for (uint32_t j = 0; j < p; j++) out[j] += dot(x + j * n + first, v + first, rows);
    }
}

/* A row's sum runs over the columns in order, so it does not depend on the other rows. */
void td_blas_times(double *out, const double *x, const double *b, uint64_t n, uint32_t p) {
    for (uint64_t first = 0; first < n; first += CHUNK_ROWS) {
        uint64_t rows = n - first < CHUNK_ROWS ? n - first : CHUNK_ROWS;
        memset(out + first, 0, rows * sizeof *out);
        for (uint32_t j = 0; j < p; j++) {
            const double *column = x + j * n + first;
            for (uint64_t i = 0; i < rows; i++) out[first + i] += column[i] * b[j];
        }
    }
}

/* ---- Cholesky ---- */

/* Column j of L, given columns 0 .. j-1: subtract their outer product (a column at a time, so that
 * memory is walked in order), then scale by the pivot. */
static td_status factor_column(double *a, uint32_t p, uint32_t j, td_error *err) {
    double *column = a + (uint64_t)j * p;
    double diagonal = column[j];
    for (uint32_t k = 0; k < j; k++) {
        const double *before = a + (uint64_t)k * p;
        double factor = before[j];
        for (uint32_t i = j; i < p; i++) column[i] -= before[i] * factor;
    }
    /* Entries that are sums over rows carry rounding of some hundred ulp, and subtracting adds
     * more: a pivot below that is zero. */
    double rounding = p * PIVOT_SHARE * fabs(diagonal);
    TD_CHECK(column[j] > rounding && column[j] <= 1.7976931348623157e308, err, TD_ERR_NUMERIC,
             "matrix is not positive definite: pivot %u of %u is %g", j + 1, p, column[j]);
    double root = sqrt(column[j]);
    column[j] = root;
    for (uint32_t i = j + 1; i < p; i++) column[i] /= root;
    return TD_OK;
}

td_status td_cholesky_factor(double *a, uint32_t p, td_error *err) {
    for (uint32_t j = 0; j < p; j++) TD_TRY(factor_column(a, p, j, err));
    return TD_OK;
}

void td_cholesky_apply(const double *l, double *b, uint32_t p) {
    for (uint32_t j = 0; j < p; j++) { /* L y = b */
        const double *column = l + (uint64_t)j * p;
        b[j] /= column[j];
        for (uint32_t i = j + 1; i < p; i++) b[i] -= column[i] * b[j];
    }
    for (uint32_t j = p; j-- > 0;) { /* L' s = y */
        const double *column = l + (uint64_t)j * p;
        for (uint32_t i = j + 1; i < p; i++) b[j] -= column[i] * b[i];
        b[j] /= column[j];
    }
}

td_status td_cholesky_solve(double *a, double *b, uint32_t p, td_error *err) {
    TD_TRY(td_cholesky_factor(a, p, err));
    td_cholesky_apply(a, b, p);
    return TD_OK;
}
