/* io/csv_split.h: a block of delimited text -> pieces that threads can read on their own.
 *
 *     text   |header\n|r0\n|r1\n|...|"a\nb",2\n|...|rk\n|...      cut every ~piece_bytes, moved to
 *     piece           |------ 0 ------|---- 1 ----|---- 2 ----|    the next record start
 *
 * Each piece knows the line and the record number it starts with, so a reader can write rows to
 * their final place and name true lines. The dialect is told in io/csv_scan.h. */
#ifndef TD_IO_CSV_SPLIT_H
#define TD_IO_CSV_SPLIT_H

#include <stdint.h>

#include "core/base/err.h"
#include "core/base/par.h"
#include "io/file.h"

enum { TD_CSV_PIECE_BYTES = 1 << 20 };

/* Whole records that lie together. */
typedef struct td_csv_piece {
    const char *begin; /* first byte of a record */
    const char *end;   /* one past the last record's line end */
    uint64_t line;     /* physical line of `begin`, from 1; newlines inside quotes count */
    uint64_t record;   /* number of the first record, from 0 */
    uint64_t n_records;
} td_csv_piece;

typedef struct td_csv_split {
    td_csv_piece *piece; /* [n_pieces] in file order, none empty */
    uint64_t n_pieces;
    uint64_t n_records; /* of all pieces, blank lines and a header included */
    int has_quotes;     /* 0: no quote character anywhere, fields need no state */
} td_csv_split;

/* Bytes of the text behind a byte order mark, if one stands there. */
td_bytes td_csv_skip_bom(td_bytes text);

/* Comma, tab or semicolon: the one that stands most often outside quotes in the first line; comma
 * on a tie. */
char td_csv_guess_delimiter(td_bytes text);

/* What to cut. */
typedef struct td_csv_text {
    td_bytes text; /* borrowed; without byte order mark */
    char delimiter;
    uint64_t piece_bytes;
    const td_file *file; /* that the text is of: it gives back pages that were seen; NULL = keep */
} td_csv_text;

/* Cut `text` (borrowed; without byte order mark) into pieces of about piece_bytes. *out owned*.
 * One pass at memory speed (two where quotes occur), all threads; the result depends on neither. */
td_status td_csv_split_text(td_csv_split *out, td_bytes text, char delimiter, uint64_t piece_bytes,
                            const td_exec *exec, td_error *err) TD_MUST_USE;
td_status td_csv_split_file(td_csv_split *out, const td_csv_text *text, const td_exec *exec,
                            td_error *err) TD_MUST_USE;
void td_csv_split_free(td_csv_split *split);

#endif
