/* gbdt/model_bytes.h: the paper that models are written on: lines of words, exact numbers, a seal.
 *
 *     tundish model V KIND            first line: format version and kind of model
 *     key word word ...               words are separated by one space
 *     sha256 64-hex-digits            last line: hash of all bytes before it
 *
 * Numbers are C99 hexadecimal floating point, which reads back exactly. In words, bytes up to the
 * space, '%' and 127 are written as %XX, and the empty word as %00. */
#ifndef TD_GBDT_MODEL_BYTES_H
#define TD_GBDT_MODEL_BYTES_H

#include <stdint.h>

#include "core/base/err.h"

/* Text under construction. A failed allocation is kept and reported by td_model_text_seal. */
typedef struct td_model_text {
    char *bytes; /* [n], owned */
    uint64_t n;
    uint64_t capacity;
    int is_out_of_memory;
} td_model_text;

/* The newest version of any kind. A model is written in the lowest version that can say it, so that
 * older readers read all that they can understand. */
enum { TD_MODEL_VERSION = 2 };

/* Start with the first line, of version 1 or of a later one. */
void td_model_text_open(td_model_text *text, const char *kind);
void td_model_text_open_version(td_model_text *text, const char *kind, int version);

/* Append: formatted text; " " and an escaped word; " " and a number; the end of the line. */
void td_model_text_printf(td_model_text *text, const char *fmt, ...) TD_PRINTF(2, 3);
void td_model_text_word(td_model_text *text, const char *word, uint64_t length);
void td_model_text_f64(td_model_text *text, double value);
void td_model_text_block(td_model_text *text, const char *bytes, uint64_t n); /* as they are */
void td_model_text_end_line(td_model_text *text);

/* Add the last line and hand the bytes over: *bytes owned (td_mem_free), 0-terminated after n
 * bytes. The text is consumed. */
td_status td_model_text_seal(td_model_text *text, char **bytes, uint64_t *n,
                             td_error *err) TD_MUST_USE;

/* A checked text being read line by line, word by word. */
typedef struct td_model_reader {
    const char *at;  /* next byte */
    const char *end; /* start of the last line */
    uint64_t line;   /* of the current line, from 1 */
    int version;     /* of the format, 1 .. TD_MODEL_VERSION */
} td_model_reader;

/* 1 when the bytes start like a model of this kind, of any version; for choosing a reader. */
int td_model_bytes_are(const char *bytes, uint64_t n, const char *kind);

/* Check first line and seal, and stand before the second line. TD_ERR_FORMAT says which is wrong:
 * foreign, of another version or kind, cut, or changed. Version 1 only, or up to `newest`. */
td_status td_model_reader_open(td_model_reader *out, const char *bytes, uint64_t n,
                               const char *kind, td_error *err) TD_MUST_USE;
td_status td_model_reader_open_version(td_model_reader *out, const char *bytes, uint64_t n,
                                       const char *kind, int newest, td_error *err) TD_MUST_USE;

/* Go to the next line, which must start with this key. */
td_status td_model_reader_line(td_model_reader *reader, const char *key, td_error *err) TD_MUST_USE;

/* Next word of the line: unescaped text (*owned*, 0-terminated, its length in *length, which may be
 * NULL), number, or integer in [low, high]. TD_ERR_FORMAT names line and word. */
td_status td_model_reader_word(td_model_reader *reader, char **word, uint64_t *length,
                               td_error *err) TD_MUST_USE;
td_status td_model_reader_f64(td_model_reader *reader, double *value, td_error *err) TD_MUST_USE;
td_status td_model_reader_i64(td_model_reader *reader, int64_t *value, int64_t low, int64_t high,
                              td_error *err) TD_MUST_USE;

/* 1 when all lines are read. */
int td_model_reader_is_done(const td_model_reader *reader);

/* TD_ERR_FORMAT at the current line. */
td_status td_model_reader_fail(const td_model_reader *reader, td_error *err,
                               const char *what) TD_MUST_USE;

#endif
