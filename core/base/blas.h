/* core/base/blas.h: the few dense linear algebra calls of the project, all on one BLAS thread.
 *
 * Matrices are column-major, leading dimension = number of rows. Rows are cut into fixed chunks and
 * the chunks' Gram matrices are summed in chunk order, so the thread count cannot change a bit; the
 * BLAS kernel (named in manifests) can. Never call these from inside a parallel region. */
#ifndef TD_CORE_BASE_BLAS_H
#define TD_CORE_BASE_BLAS_H

#include <stdint.h>

#include "core/base/err.h"

/* Name of the BLAS and of the kernel it has chosen, for manifests. Never NULL. */
const char *td_blas_name(void);

/* gram[p x p] = X' diag(w) X, full symmetric; X is [n x p], w is [n] >= 0 or NULL for ones. */
td_status td_blas_gram(double *gram, const double *x, const double *w, uint64_t n, uint32_t p,
                       td_error *err) TD_MUST_USE;

/* out[p] = X' v, and out[n] = X b. */
void td_blas_transposed_times(double *out, const double *x, const double *v, uint64_t n,
                              uint32_t p);
void td_blas_times(double *out, const double *x, const double *b, uint64_t n, uint32_t p);

/* Solve A s = b for symmetric positive definite A [p x p] by the project's own Cholesky; A is
 * destroyed, b becomes s. TD_ERR_NUMERIC names the first pivot that is not positive. */
td_status td_cholesky_solve(double *a, double *b, uint32_t p, td_error *err) TD_MUST_USE;

#endif
