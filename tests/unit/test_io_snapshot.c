/* tests/unit/test_io_snapshot.c: tables into a snapshot and back; damage; codes that lie. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "core/base/checksum.h"
#include "core/base/mem.h"
#include "io/snapshot.h"
#include "io/snapshot_parts.h"
#include "tests/support/scratch.h"

static const char text[] = "timestamp,visitorid,event,itemid,transactionid\n"
                           "1430622004384,7,view,5,\n"
                           "1430622005000,7,addtocart,5,\n"
                           "1430622006000,9,transaction,8,44\n"
                           "1430622006000,9,transaction,8,44\n"
                           "later,9,view,8,\n";

/* A log of three events and two excluded rows, with a catalog of nothing. */
typedef struct shop {
    char events[TD_SCRATCH_PATH], path[TD_SCRATCH_PATH];
    td_file *file;
    td_event_log log;
    td_catalog catalog;
    td_catalog_report report;
} shop;

static void open_shop(shop *s) {
    *s = (shop){.file = NULL};
    td_test_scratch_file(s->events, text, sizeof text - 1);
    td_test_scratch_file(s->path, "", 0);
    cr_assert_eq(td_file_open(&s->file, s->events, NULL), TD_OK);
    cr_assert_eq(td_event_log_read(&s->log, s->file, NULL, NULL), TD_OK);
    snprintf(s->report.file[0].name, sizeof s->report.file[0].name, "item_properties_part1.csv");
    s->report.file[0].n_read = 12;
}

static void close_shop(shop *s) {
    td_event_log_free(&s->log);
    td_file_close(s->file);
    unlink(s->events);
    unlink(s->path);
}

static td_status save(const shop *s, td_error *err) {
    td_snapshot_source source = {&s->log, s->file, &s->catalog, &s->report, "790"};
    return td_snapshot_write(s->path, &source, NULL, err);
}

/* Open, take events and catalog, close; the first error is the answer. */
static td_status load(const char *path, td_error *err) {
    td_snapshot *snapshot = NULL;
    td_event_log log = {0};
    td_catalog catalog = {0};
    td_catalog_report report;
    td_file *events = NULL;
    td_status status = td_snapshot_open(&snapshot, path, err);
    if (status == TD_OK) status = td_snapshot_events(&log, &events, snapshot, NULL, err);
    if (status == TD_OK)
        status = td_snapshot_catalog(&catalog, &report, snapshot, "790", NULL, err);
    td_file_close(events);
    td_snapshot_close(snapshot, &log, &catalog);
    return status;
}

Test(io_snapshot, tables_come_back_with_their_excluded_rows) {
    shop s;
    open_shop(&s);
    cr_assert_eq(save(&s, NULL), TD_OK);
    td_snapshot *snapshot;
    td_event_log log;
    td_file *events;
    td_catalog catalog;
    td_catalog_report report;
    td_error err = {0};
    cr_assert(td_snapshot_is(s.path) && !td_snapshot_is(s.events));
    cr_assert_eq(td_snapshot_open(&snapshot, s.path, &err), TD_OK, "%s", err.text);
    cr_assert_eq(td_snapshot_events(&log, &events, snapshot, NULL, &err), TD_OK, "%s", err.text);
    const td_events *a = &s.log.events, *b = &log.events;
    cr_assert(b->n == 3 && log.n_rows_read == 5 && b->visitors.n == 2 && b->items.n == 2);
    cr_assert_eq(memcmp(a->timestamp, b->timestamp, 24), 0);
    cr_assert_eq(memcmp(a->transaction, b->transaction, 24), 0);
    cr_assert_eq(memcmp(a->visitors.id, b->visitors.id, 16), 0);
    cr_assert(b->first_timestamp == 1430622004384 && b->last_timestamp == 1430622006000);
    cr_assert_eq(log.exclusions.n, 2);
    cr_assert_eq(log.exclusions.n_by_reason[TD_EXACT_DUPLICATE], 1);
    cr_assert_eq(log.exclusions.n_by_reason[TD_BAD_TIMESTAMP], 1);
    const td_excluded_row *row = &log.exclusions.row[1];
    cr_assert(row->line == 6 && row->length == 15);
    cr_assert_eq(memcmp(td_file_bytes(events).data + row->offset, "later,9,view,8,", 15), 0);
    cr_assert_eq(td_snapshot_catalog(&catalog, &report, snapshot, "790", NULL, &err), TD_OK, "%s",
                 err.text);
    cr_assert_str_eq(report.file[0].name, "item_properties_part1.csv");
    cr_assert_eq(report.file[0].n_read, 12);
    cr_assert_eq(td_snapshot_catalog(&catalog, &report, snapshot, "888", NULL, &err), TD_ERR_ARG);
    td_file_close(events);
    td_snapshot_close(snapshot, &log, &catalog);
    close_shop(&s);
    cr_assert_eq(td_mem_live_bytes(), 0);
}

static void turn(const char *path, uint64_t at, unsigned char with) {
    FILE *file = fopen(path, "r+b");
    fseek(file, (long)at, SEEK_SET);
    int byte = fgetc(file);
    fseek(file, (long)at, SEEK_SET);
    fputc(byte ^ with, file);
    fclose(file);
}

static uint64_t entry_offset(const char *path, int block) {
    td_snapshot_entry entry;
    FILE *file = fopen(path, "rb");
    fseek(file, (long)(sizeof(td_snapshot_head) + (size_t)block * sizeof entry), SEEK_SET);
    cr_assert_eq(fread(&entry, sizeof entry, 1, file), 1);
    fclose(file);
    return entry.offset;
}

Test(io_snapshot, damage_is_named_by_its_block) {
    static const struct {
        int block;
        const char *name;
    } place[] = {{TD_BLOCK_TIME, "piece 0 of events.timestamp"},
                 {TD_BLOCK_ITEM_ID, "piece 0 of items.id"},
                 {TD_BLOCK_RAW, "piece 0 of excluded text"}};
    shop s;
    open_shop(&s);
    for (int i = 0; i < 3; i++) {
        td_error err = {0};
        cr_assert_eq(save(&s, NULL), TD_OK);
        turn(s.path, entry_offset(s.path, place[i].block) + 3, 1);
        cr_assert_eq(load(s.path, &err), TD_ERR_FORMAT);
        cr_assert(strstr(err.text, place[i].name) != NULL, "%s", err.text);
    }
    td_error err = {0};
    cr_assert_eq(save(&s, NULL), TD_OK);
    turn(s.path, 9, 1);
    cr_assert_eq(load(s.path, &err), TD_ERR_FORMAT);
    close_shop(&s);
    cr_assert_eq(td_mem_live_bytes(), 0);
}

Test(io_snapshot, codes_outside_their_tables_are_refused_even_with_right_checksums) {
    shop s;
    open_shop(&s);
    s.log.events.item[1] = 77; /* as a program that writes such files could */
    cr_assert_eq(save(&s, NULL), TD_OK);
    td_error err = {0};
    cr_assert_eq(load(s.path, &err), TD_ERR_FORMAT);
    cr_assert(strstr(err.text, "codes outside their tables") != NULL, "%s", err.text);
    close_shop(&s);
}

Test(io_snapshot, every_allocation_may_fail) {
    shop s;
    open_shop(&s);
    uint64_t live = td_mem_live_bytes();
    td_status status = TD_ERR_NOMEM;
    for (uint64_t k = 1; status != TD_OK; k++) {
        td_mem_fail_after(k);
        status = save(&s, NULL);
        td_mem_fail_after(0);
        cr_assert(status == TD_OK || status == TD_ERR_NOMEM);
        cr_assert_eq(td_mem_live_bytes(), live, "saving, allocation %d", (int)k);
    }
    status = TD_ERR_NOMEM;
    for (uint64_t k = 1; status != TD_OK; k++) {
        td_mem_fail_after(k);
        status = load(s.path, NULL);
        td_mem_fail_after(0);
        cr_assert(status == TD_OK || status == TD_ERR_NOMEM);
        cr_assert_eq(td_mem_live_bytes(), live, "loading, allocation %d", (int)k);
    }
    close_shop(&s);
    cr_assert_eq(td_mem_live_bytes(), 0);
}
