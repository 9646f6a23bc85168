/* cli/shop.h: what the commands that take a shop folder have in common: reading it, its options,
 * its counts. Holds no algorithm: each call is a sequence of library calls. */
#ifndef TD_CLI_SHOP_H
#define TD_CLI_SHOP_H

#include "cli/cmd.h"
#include "cli/report_text.h"
#include "core/funnel.h"
#include "core/kpi.h"
#include "core/sessions.h"
#include "io/csv_catalog.h"
#include "io/csv_events.h"
#include "io/snapshot.h"

typedef struct td_cleaning {
    double max_excluded; /* share of the rows of a file */
    const char *exclusions;
} td_cleaning;

/* The options of cleaning (--max-excluded, --exclusions), shared by these commands. */
extern const td_option td_cleaning_options[];
enum { TD_N_CLEANING_OPTIONS = 2 };
#define TD_USAGE_CLEANING(at) TD_USAGE_SHARED(td_cleaning_options, TD_N_CLEANING_OPTIONS, at)

/* Rows that the tables of these commands have in common; `at` is the offset of the value. */
#define TD_OPTION_GAP(at)                                                                          \
    {                                                                                              \
        "gap", "SECONDS", "1800", "a pause longer than this starts a new session", at,             \
            TD_OPT_WHOLE, 0, 0, 1e9                                                                \
    }
#define TD_OPTION_PRICE_PROPERTY(at)                                                               \
    {                                                                                              \
        "price-property", "NAME", "790", "the property of item_properties that holds the price",   \
            at, TD_OPT_TEXT, 0, 0, 0                                                               \
    }
#define TD_OPTION_MAX_EXCLUDED(at)                                                                 \
    {                                                                                              \
        "max-excluded", "SHARE", "0.01",                                                           \
            "fail when more than this share of a file's rows (and more than 10) is excluded", at,  \
            TD_OPT_REAL, 0, 0, 1                                                                   \
    }
#define TD_OPTION_EXCLUSIONS(at)                                                                   \
    {                                                                                              \
        "exclusions", "FILE", NULL,                                                                \
            "write the excluded rows of events.csv to FILE: file, line, reason, raw text", at,     \
            TD_OPT_TEXT, 0, 0, 0                                                                   \
    }

/* A shop in memory; parts that were not asked for are zeroed. */
typedef struct td_shop {
    td_file *file;         /* events.csv, open: excluded rows point into it */
    td_snapshot *snapshot; /* the tables point into it; NULL = they were read from a folder */
    td_event_log log;
    int has_catalog; /* the catalog below was read */
    td_catalog catalog;
    td_catalog_report catalog_report;
    td_sessions sessions;
    td_funnel funnel;
} td_shop;

void td_shop_free(td_shop *shop);

/* Read and clean events.csv of `folder`, or open the snapshot that stands in its place; write
 * --exclusions, apply --max-excluded. *out owned*. */
td_status td_shop_open(td_shop *out, const char *folder, const td_cleaning *cleaning,
                       const td_exec *exec, td_error *err) TD_MUST_USE;

/* Add the catalog, if the folder has files of one. */
td_status td_shop_read_catalog(td_shop *shop, const td_catalog_source *source,
                               const td_cleaning *cleaning, const td_exec *exec,
                               td_error *err) TD_MUST_USE;

/* Fail with TD_ERR_ARG when the shop comes from a snapshot, which has no raw rows for `what`. */
td_status td_shop_need_raw(const td_shop *shop, const char *what, td_error *err) TD_MUST_USE;

/* Say on stderr which catalog file was not there, when categories or prices were asked for: a table
 * of "unknown" should say why. */
void td_shop_note_missing(const td_shop *shop, int is_by_category, const td_cli *cli);

/* Add sessions and funnel. */
td_status td_shop_cut_sessions(td_shop *shop, int64_t gap_s, const td_exec *exec,
                               td_error *err) TD_MUST_USE;

/* Key figures by top-level category: *rows [categories + 1], the last one of sessions whose
 * category is unknown; *owned*, td_mem_free. `input` belongs to the shop, whose catalog was read.
 */
td_status td_shop_count_categories(td_kpi_row **rows, const td_shop *shop,
                                   const td_kpi_input *input, const td_exec *exec,
                                   td_error *err) TD_MUST_USE;

/* Base name of a path: "events.csv". Borrowed from the path. */
const char *td_base_name(const char *path);

/* JSON: "excluded": {reason: n, ...} with every reason. */
void td_shop_json_excluded(td_json *json, const td_shop *shop);

/* `name`: an array of the catalog's files that are there, each with read = kept + unused + not in
 * log + excluded, every reason named even when it did not occur. */
void td_shop_json_catalog(td_json *json, const char *name, const td_shop *shop);

/* Text: one line per file read ("events.csv  9,385 read  9,382 kept  3 excluded"), then one per
 * reason that occurred. */
void td_shop_print_files(const td_shop *shop);

#endif
