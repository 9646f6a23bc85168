/* core/base/blas.h: the few dense linear algebra calls of the project, all on one BLAS thread.
 *
 * Matrices are column-major, leading dimension = number of rows. Rows are cut into fixed chunks and
 * the chunks' Gram matrices are summed in chunk order, so the thread count cannot change a bit; the
 * BLAS kernel (named in manifests) can. Never call these from inside a parallel region: BLAS's
 * thread count is one setting of the process, taken under a lock. All arrays are borrowed. */
#ifndef TD_CORE_BASE_BLAS_H
#define TD_CORE_BASE_BLAS_H

#include <stdint.h>

#include "core/base/err.h"

/* Name of the BLAS and of the kernel it has chosen, for manifests: "openblas 0.3.21 Haswell". Made
 * once, thread-safe, never NULL, never freed. */
const char *td_blas_name(void);

/* gram[p x p] = X' diag(w) X, full symmetric; X is [n x p], w is [n] or NULL for ones. n p^2 flops.
 * TD_ERR_RANGE names the first row whose weight is negative or not finite. */
td_status td_blas_gram(double *gram, const double *x, const double *w, uint64_t n, uint32_t p,
                       td_error *err) TD_MUST_USE;

/* out[p] = X' v, and out[n] = X b. 2 n p flops. Row i of X b depends on row i of X alone. */
void td_blas_transposed_times(double *out, const double *x, const double *v, uint64_t n,
                              uint32_t p);
void td_blas_times(double *out, const double *x, const double *b, uint64_t n, uint32_t p);

/* A = L L' for symmetric positive definite A [p x p]: its lower triangle becomes L, the upper one
 * is neither read nor written. TD_ERR_NUMERIC names the first pivot (from 1) that is not positive
 * beyond rounding, p 2^-44 of its diagonal element. p^3 / 3 flops. Golub, Van Loan, section 4.2. */
td_status td_cholesky_factor(double *a, uint32_t p, td_error *err) TD_MUST_USE;

/* b[p] becomes the solution of L L' s = b. 2 p^2 flops. */
void td_cholesky_apply(const double *l, double *b, uint32_t p);

/* Both: solve A s = b; A is destroyed, b becomes s. */
td_status td_cholesky_solve(double *a, double *b, uint32_t p, td_error *err) TD_MUST_USE;

#endif
