/* io/csv_header.h: the first record of a delimited file as names of its columns. */
#ifndef TD_IO_CSV_HEADER_H
#define TD_IO_CSV_HEADER_H

#include <stdint.h>

#include "core/base/err.h"
#include "io/csv_scan.h"

typedef struct td_csv_header {
    uint32_t n;
    char **name; /* [n] 0-terminated, unescaped, distinct */
} td_csv_header;

/* Take the record at the cursor as names. *out owned*. TD_ERR_FORMAT with the place for an empty
 * text, an empty name (only the first column may lack one, as R and pandas write it: it is called
 * c0), a name that stands twice or holds a 0 byte. O(n log n). */
td_status td_csv_header_read(td_csv_header *out, td_csv_cursor *cursor, td_error *err) TD_MUST_USE;

/* Index of a name; TD_ERR_FORMAT names the file, what is missing and the nearest name. */
td_status td_csv_header_find(const td_csv_header *header, const char *path, const char *name,
                             uint32_t *index, td_error *err) TD_MUST_USE;

void td_csv_header_free(td_csv_header *header);

#endif
