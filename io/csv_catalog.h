/* io/csv_catalog.h: item_properties_part1.csv, item_properties_part2.csv and category_tree.csv of a
 * shop folder -> core/catalog. All three are optional, each also as .gz or .zst.
 *
 * Each property row has one fate: kept, excluded for the first matching reason, unused (another
 * property), or of an item that is not in the log; read = the sum of them, checked. */
#ifndef TD_IO_CSV_CATALOG_H
#define TD_IO_CSV_CATALOG_H

#include <stdint.h>

#include "core/base/err.h"
#include "core/base/par.h"
#include "core/catalog.h"
#include "core/events.h"

typedef enum td_catalog_reason {
    TD_CATALOG_FIELD_COUNT = 0,
    TD_CATALOG_BAD_TIMESTAMP,  /* item_properties only */
    TD_CATALOG_BAD_ITEM,       /* item_properties only */
    TD_CATALOG_EMPTY_PROPERTY, /* item_properties only */
    TD_CATALOG_BAD_VALUE,      /* value of a kept property is not a category, 0 or 1, or a price */
    TD_CATALOG_BAD_CATEGORY,   /* category_tree only */
    TD_CATALOG_BAD_PARENT,     /* category_tree only */
    TD_N_CATALOG_REASONS
} td_catalog_reason;

/* "field_count", "bad_timestamp", ... */
const char *td_catalog_reason_name(td_catalog_reason reason);

enum { TD_PROPERTIES_1 = 0, TD_PROPERTIES_2 = 1, TD_TREE = 2, TD_N_CATALOG_FILES = 3 };

typedef struct td_catalog_counts { /* of one file */
    int is_present;
    char name[40];    /* base name without .gz or .zst */
    uint64_t n_bytes; /* inflated; 0 of a snapshot */
    uint64_t n_read;
    uint64_t n_kept;
    uint64_t n_unused;                       /* another property */
    uint64_t n_not_in_log;                   /* a kept property of an item without events */
    uint64_t n_of_property[TD_N_PROPERTIES]; /* rows of these two fates */
    uint64_t n_by_reason[TD_N_CATALOG_REASONS];
    uint64_t first_excluded_line; /* 0 = none */
    td_catalog_reason first_excluded_reason;
} td_catalog_counts;

typedef struct td_catalog_report {
    td_catalog_counts file[TD_N_CATALOG_FILES];
} td_catalog_report;

typedef struct td_catalog_source {
    const char *folder;         /* of the shop, borrowed */
    const char *price_property; /* name of the property that holds the price: "790" */
} td_catalog_source;

td_catalog_source td_catalog_source_default(const char *folder);

/* Read what is there. *out owned* (nothing known about any item when no file exists). Parsed by all
 * threads in fixed pieces. TD_ERR_FORMAT for a missing column, an unterminated quote, conflicting
 * parents. */
td_status td_catalog_read(td_catalog *out, td_catalog_report *report,
                          const td_catalog_source *source, const td_events *events,
                          const td_exec *exec, td_error *err) TD_MUST_USE;

/* Fail when more than max(share * rows read, 10) rows of a file are excluded; names file, line and
 * reason of the first. */
td_status td_catalog_check_excluded(const td_catalog_report *report, double max_share,
                                    td_error *err) TD_MUST_USE;

#endif
