/* io/csv_catalog: fates of property and tree rows, optional and compressed files, bad files. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/base/mem.h"
#include "io/csv_catalog.h"
#include "io/file.h"

static char folder[64];

static void open_folder(void) {
    snprintf(folder, sizeof folder, "/tmp/tundish-catalog-XXXXXX");
    cr_assert_not_null(mkdtemp(folder));
}

static void close_folder(void) { cr_assert_eq(td_path_remove(folder, NULL), TD_OK); }

TestSuite(io_csv_catalog, .init = open_folder, .fini = close_folder);

static void write_text(const char *name, const char *text) {
    char path[256];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    FILE *file = fopen(path, "wb");
    cr_assert_not_null(file);
    cr_assert_eq(fwrite(text, 1, strlen(text), file), strlen(text));
    cr_assert_eq(fclose(file), 0);
}

static int64_t item_ids[] = {7, 100, 5000000000};
static const td_events EVENTS = {.items = {.n = 3, .id = item_ids}};

static td_status read_folder(td_catalog *out, td_catalog_report *report, td_error *err) {
    td_catalog_source source = td_catalog_source_default(folder);
    td_exec exec = {.n_threads = 2};
    return td_catalog_read(out, report, &source, &EVENTS, &exec, err);
}

static const char PART_1[] = "\xEF\xBB\xBFitemid,timestamp,value,property\r\n"
                             "100,1000,n277.200,790\r\n"
                             "100,2000,\"n5.5\",\"790\"\r\n"
                             "100,1000,1,available\r\n"
                             "7,1000,42,categoryid\r\n"
                             "8,1000,42,categoryid\r\n"
                             "100,1000,999 n3.000,111\r\n"
                             "5000000000,3000,12,790";

Test(io_csv_catalog, kept_values_arrive_and_every_row_has_a_fate) {
    write_text("item_properties_part1.csv", PART_1);
    write_text("category_tree.csv", "categoryid,parentid\n42,1\n1,\n");
    td_catalog catalog;
    td_catalog_report report;
    td_error err = {0};
    cr_assert_eq(read_folder(&catalog, &report, &err), TD_OK, "%s", err.text);
    const td_catalog_counts *counts = &report.file[TD_PROPERTIES_1];
    cr_assert(counts->is_present);
    cr_assert_eq(counts->n_read, 7);
    cr_assert_eq(counts->n_kept, 5);
    cr_assert_eq(counts->n_unused, 1);
    cr_assert_eq(counts->n_not_in_log, 1);
    uint64_t n_told = 0;
    for (int p = 0; p < TD_N_PROPERTIES; p++) n_told += counts->n_of_property[p];
    cr_assert_eq(n_told, 6);
    cr_assert_eq(report.file[TD_TREE].n_of_property[TD_CATEGORY], 0);
    cr_assert_not(report.file[TD_PROPERTIES_2].is_present);
    cr_assert_eq(report.file[TD_TREE].n_kept, 2);
    int64_t value = 0;
    cr_assert(td_catalog_value(&catalog, TD_PRICE, 1, 1999, &value));
    cr_assert_eq(value, 277200);
    cr_assert(td_catalog_value(&catalog, TD_PRICE, 1, 2000, &value));
    cr_assert_eq(value, 5500);
    cr_assert(td_catalog_value(&catalog, TD_PRICE, 2, 3000, &value));
    cr_assert_eq(value, 12000);
    cr_assert(td_catalog_value(&catalog, TD_AVAILABLE, 1, 1000, &value));
    uint32_t c = td_catalog_category(&catalog, 0, 1000);
    cr_assert_eq(catalog.categories.id[c], 42);
    cr_assert_eq(catalog.categories.id[catalog.root[c]], 1);
    td_catalog_free(&catalog);
}

static const char BAD_ROWS[] = "timestamp,itemid,property,value\n"
                               "1,7,790\n"                   /* field_count */
                               "\n"                          /* field_count */
                               "1,7,790,n1.000,x\n"          /* field_count */
                               "x,7,790,n1.000\n"            /* bad_timestamp */
                               "253402300800000,7,other,1\n" /* bad_timestamp, though unused */
                               "1,-7,790,n1.000\n"           /* bad_item */
                               "1,,other,1\n"                /* bad_item, though unused */
                               "1,7,,n1.000\n"               /* empty_property */
                               "1,7,790,\n"                  /* bad_value, from here on */
                               "1,7,790,n\n"                 /* */
                               "1,7,790,n1.\n"               /* */
                               "1,7,790,n1.0000\n"           /* */
                               "1,7,790,-1.0\n"              /* */
                               "1,7,790,nInfinity.000\n"     /* */
                               "1,7,790,1 2\n"               /* */
                               "1,7,790,1000000000000\n"     /* */
                               "1,7,available,2\n"           /* */
                               "1,7,available,true\n"        /* */
                               "1,7,categoryid,-1\n"         /* */
                               "1,8,categoryid,9.5\n"        /* though not in the log */
                               "1,7,790,999999999999.999\n"  /* kept */
                               "1,7,other,anything\n"        /* unused */
                               "1,8,available,1\n";          /* not in the log */

Test(io_csv_catalog, each_bad_row_is_counted_under_its_first_reason) {
    write_text("item_properties_part2.csv", BAD_ROWS);
    write_text("category_tree.csv", "parentid,categoryid\n1,2\n1,x\ny,3\n1\n,4\n");
    td_catalog catalog;
    td_catalog_report report;
    td_error err = {0};
    cr_assert_eq(read_folder(&catalog, &report, &err), TD_OK, "%s", err.text);
    const td_catalog_counts *counts = &report.file[TD_PROPERTIES_2];
    const uint64_t want[TD_N_CATALOG_REASONS] = {3, 2, 2, 1, 12, 0, 0};
    for (int r = 0; r < TD_N_CATALOG_REASONS; r++) {
        cr_assert_eq(counts->n_by_reason[r], want[r], "%s",
                     td_catalog_reason_name((td_catalog_reason)r));
    }
    cr_assert_eq(counts->n_kept, 1);
    cr_assert_eq(counts->n_unused, 1);
    cr_assert_eq(counts->n_not_in_log, 1);
    cr_assert_eq(counts->first_excluded_line, 2);
    cr_assert_eq(counts->first_excluded_reason, TD_CATALOG_FIELD_COUNT);
    const td_catalog_counts *tree = &report.file[TD_TREE];
    cr_assert_eq(tree->n_kept, 2);
    cr_assert_eq(tree->n_by_reason[TD_CATALOG_BAD_CATEGORY], 1);
    cr_assert_eq(tree->n_by_reason[TD_CATALOG_BAD_PARENT], 1);
    cr_assert_eq(tree->n_by_reason[TD_CATALOG_FIELD_COUNT], 1);
    int64_t value = 0;
    cr_assert(td_catalog_value(&catalog, TD_PRICE, 0, 1, &value));
    cr_assert_eq(value, INT64_C(999999999999999));
    cr_assert_eq(td_catalog_check_excluded(&report, 0.01, &err), TD_ERR_FORMAT);
    cr_assert_str_eq(err.file, "item_properties_part2.csv");
    cr_assert_eq(err.line, 2);
    cr_assert(strstr(err.text, "field_count") != NULL, "%s", err.text);
    cr_assert_eq(td_catalog_check_excluded(&report, 0.9, &err), TD_OK);
    td_catalog_free(&catalog);
}

Test(io_csv_catalog, without_files_nothing_is_known_and_nothing_fails) {
    td_catalog catalog;
    td_catalog_report report;
    cr_assert_eq(read_folder(&catalog, &report, NULL), TD_OK);
    cr_assert_not(catalog.has_properties);
    cr_assert_not(catalog.has_tree);
    int64_t value;
    cr_assert_not(td_catalog_value(&catalog, TD_PRICE, 2, INT64_MAX, &value));
    td_catalog_free(&catalog);
}

Test(io_csv_catalog, many_pieces_and_a_compressed_file_give_the_same_values) {
    char path[256], command[700];
    snprintf(path, sizeof path, "%s/item_properties_part1.csv", folder);
    FILE *file = fopen(path, "wb");
    cr_assert_not_null(file);
    fprintf(file, "timestamp,itemid,property,value\n");
    enum { N = 150000 }; /* about 3 MB: several pieces */
    for (int i = 0; i < N; i++) fprintf(file, "%d,%d,790,n%d.%03d\n", i, 7 + i % 3, i, i % 1000);
    cr_assert_eq(fclose(file), 0);
    for (int is_packed = 0; is_packed < 2; is_packed++) {
        td_catalog catalog;
        td_catalog_report report;
        cr_assert_eq(read_folder(&catalog, &report, NULL), TD_OK);
        cr_assert_eq(report.file[TD_PROPERTIES_1].n_kept, N / 3);
        cr_assert_eq(report.file[TD_PROPERTIES_1].n_not_in_log, N - N / 3);
        for (int64_t t = 0; t < N; t += 997) {
            int64_t value = -1, last = t - t % 3;
            cr_assert(td_catalog_value(&catalog, TD_PRICE, 0, t, &value));
            cr_assert_eq(value, 1000 * last + last % 1000);
        }
        td_catalog_free(&catalog);
        snprintf(command, sizeof command, "gzip %s", path);
        if (!is_packed) cr_assert_eq(system(command), 0);
    }
}

Test(io_csv_catalog, bad_files_are_errors_with_a_place) {
    const char *const bad[] = {"", "timestamp,itemid,value\n1,2,3\n",
                               "timestamp,itemid,property,value\n1,7,790,\"n1.000\n"};
    const uint64_t line[] = {0, 1, 2}; /* an empty file has no line */
    for (int i = 0; i < 3; i++) {
        write_text("item_properties_part1.csv", bad[i]);
        td_catalog catalog;
        td_catalog_report report;
        td_error err = {0};
        cr_assert_eq(read_folder(&catalog, &report, &err), TD_ERR_FORMAT, "case %d", i);
        cr_assert(strstr(err.file, "item_properties_part1.csv") != NULL, "case %d: %s", i,
                  err.file);
        cr_assert_eq(err.line, line[i], "case %d: line %d: %s", i, (int)err.line, err.text);
    }
    cr_assert_eq(td_mem_live_bytes(), 0);
}

Test(io_csv_catalog, every_failing_allocation_is_reported_and_nothing_stays) {
    write_text("item_properties_part1.csv", PART_1);
    write_text("category_tree.csv", "categoryid,parentid\n42,1\n1,\n");
    for (uint64_t n = 1;; n++) {
        td_catalog catalog;
        td_catalog_report report;
        td_mem_fail_after(n);
        td_status status = read_folder(&catalog, &report, NULL);
        td_mem_fail_after(0);
        if (status == TD_OK) {
            td_catalog_free(&catalog);
            break;
        }
        cr_assert_eq(status, TD_ERR_NOMEM);
        cr_assert_eq(td_mem_live_bytes(), 0, "allocation %llu", (unsigned long long)n);
        cr_assert_lt(n, 1000);
    }
    cr_assert_eq(td_mem_live_bytes(), 0);
}
