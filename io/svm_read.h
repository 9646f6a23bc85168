/* io/svm_read.h: LibSVM text -> td_table.
 *
 *     1 3:0.5 7:2        label, then feature:value in ascending order of features; the rest is 0
 *     0 1:-1 # a remark  blank lines and what follows # are skipped
 *
 * Columns: `label`, then f1, f2, ... up to the greatest feature of the file or of the options (f0
 * as well where one of them has it), so that tables of other rows fit a model. A feature that is
 * not listed is 0 and not missing, as in LibSVM and LightGBM. */
#ifndef TD_IO_SVM_READ_H
#define TD_IO_SVM_READ_H

#include <stdint.h>

#include "core/base/err.h"
#include "core/base/par.h"
#include "core/table.h"
#include "io/csv_read.h"

enum { TD_SVM_MOST_FEATURES = 1000000 };

/* 1 for a path that ends in .svm or .libsvm, or in one of these and .gz or .zst. */
int td_svm_is_path(const char *path);

/* Read a file, dense in memory. `options` choose columns by name and make some of them categories
 * as for td_csv_read. *out owned*. Parsed by all threads; the result does not depend on them.
 * TD_ERR_FORMAT with line, column and value for a bad number, features out of order, a qid, a file
 * without rows; TD_ERR_RANGE for a feature above TD_SVM_MOST_FEATURES; TD_ERR_ARG for an unknown
 * column. O(bytes + rows * columns). */
td_status td_svm_read(td_table *out, const char *path, const td_csv_options *options,
                      const td_exec *exec, td_error *err) TD_MUST_USE;

#endif
