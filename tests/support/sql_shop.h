/* tests/support/sql_shop.h: the SQL audit of a test shop, also with changed SQL. */
#ifndef TD_TESTS_SUPPORT_SQL_SHOP_H
#define TD_TESTS_SUPPORT_SQL_SHOP_H

#include "io/sql_audit.h"
#include "io/sql_text.h"
#include "tests/support/shop.h"

/* One place of one SQL file written differently. */
typedef struct sql_mutant {
    td_sql_file file;
    const char *from; /* first place where it stands */
    const char *to;
} sql_mutant;

/* Audit what `shop` counted against SQL over `events` (usually shop->file) and, with a folder, the
 * catalog files in it. mutant NULL = the library's SQL. Asserts that the SQL runs, unless it is a
 * mutant's: SQL that fails counts as one difference. */
td_sql_audit td_test_sql_audit(const td_test_shop *shop, const td_file *events, const char *folder,
                               const sql_mutant *mutant);

#endif
