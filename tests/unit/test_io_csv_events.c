/* tests/unit/test_io_csv_events.c: every fate of a row, every freedom and error of the file. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/base/mem.h"
#include "io/csv_events.h"
#include "tests/support/shop.h"

#define HEADER "timestamp,visitorid,event,itemid,transactionid\n"

/* The log of a text; *file stays open for the raw texts. */
static td_event_log read_text(const char *text, td_file **file) {
    *file = td_test_file(text, strlen(text));
    td_event_log log;
    td_error err = {0};
    cr_assert_eq(td_event_log_read(&log, *file, NULL, &err), TD_OK, "%s", err.text);
    return log;
}

static void free_log(td_event_log *log, td_file *file) {
    td_event_log_free(log);
    td_file_close(file);
    cr_assert_eq(td_mem_live_bytes(), 0);
}

/* Reason of a file with one row; TD_KEPT when it is kept. */
static td_exclusion_reason fate_of(const char *row) {
    char text[512];
    snprintf(text, sizeof text, HEADER "%s\n", row);
    td_file *file;
    td_event_log log = read_text(text, &file);
    cr_assert_eq(log.n_rows_read, 1);
    td_exclusion_reason reason = TD_KEPT;
    if (log.exclusions.n == 1) {
        reason = log.exclusions.row[0].reason;
        cr_assert_eq(log.exclusions.row[0].line, 2);
        cr_assert_eq(log.exclusions.row[0].length, strlen(row));
        cr_assert_eq(log.exclusions.n_by_reason[reason], 1);
    }
    cr_assert_eq(log.events.n, reason == TD_KEPT);
    free_log(&log, file);
    return reason;
}

Test(io_csv_events, sound_rows_are_kept) {
    cr_expect_eq(fate_of("0,0,view,0,"), TD_KEPT);
    cr_expect_eq(fate_of("253402300799999,9223372036854775807,view,9223372036854775807,"), TD_KEPT);
    cr_expect_eq(fate_of("5,1,addtocart,2,"), TD_KEPT);
    cr_expect_eq(fate_of("5,1,transaction,2,0"), TD_KEPT);
    cr_expect_eq(fate_of("5,1,transaction,2,8693.0"), TD_KEPT);
    cr_expect_eq(fate_of("\"5\",\"1\",\"view\",\"2\",\"\""), TD_KEPT);
    cr_expect_eq(fate_of("005,1,view,2,"), TD_KEPT);
}

Test(io_csv_events, each_reason_has_its_rows) {
    cr_expect_eq(fate_of("5,1,view,2"), TD_FIELD_COUNT);
    cr_expect_eq(fate_of("5,1,view,2,,"), TD_FIELD_COUNT);
    cr_expect_eq(fate_of(""), TD_FIELD_COUNT);
    cr_expect_eq(fate_of(",1,view,2,"), TD_BAD_TIMESTAMP);
    cr_expect_eq(fate_of("253402300800000,1,view,2,"), TD_BAD_TIMESTAMP);
    cr_expect_eq(fate_of("-5,1,view,2,"), TD_BAD_TIMESTAMP);
    cr_expect_eq(fate_of(" 5,1,view,2,"), TD_BAD_TIMESTAMP);
    cr_expect_eq(fate_of("5.0,1,view,2,"), TD_BAD_TIMESTAMP);
    cr_expect_eq(fate_of("5,9223372036854775808,view,2,"), TD_BAD_VISITOR);
    cr_expect_eq(fate_of("5,x1,view,2,"), TD_BAD_VISITOR);
    cr_expect_eq(fate_of("5,1,View,2,"), TD_UNKNOWN_EVENT);
    cr_expect_eq(fate_of("5,1,,2,"), TD_UNKNOWN_EVENT);
    cr_expect_eq(fate_of("5,1,view,2e3,"), TD_BAD_ITEM);
    cr_expect_eq(fate_of("5,1,transaction,2,"), TD_MISSING_TRANSACTIONID);
    cr_expect_eq(fate_of("5,1,transaction,2,abc"), TD_MISSING_TRANSACTIONID);
    cr_expect_eq(fate_of("5,1,transaction,2,8693.5"), TD_MISSING_TRANSACTIONID);
    cr_expect_eq(fate_of("5,1,view,2,7"), TD_UNEXPECTED_TRANSACTIONID);
    cr_expect_eq(fate_of("5,1,addtocart,2,\" \""), TD_UNEXPECTED_TRANSACTIONID);
}

Test(io_csv_events, the_first_reason_in_order_wins) {
    cr_expect_eq(fate_of("x,x,x,x"), TD_FIELD_COUNT);
    cr_expect_eq(fate_of("x,x,x,x,x"), TD_BAD_TIMESTAMP);
    cr_expect_eq(fate_of("5,x,x,x,x"), TD_BAD_VISITOR);
    cr_expect_eq(fate_of("5,1,x,x,x"), TD_UNKNOWN_EVENT);
    cr_expect_eq(fate_of("5,1,transaction,x,"), TD_BAD_ITEM);
}

/* Columns in another order, a further one with a line break in quotes, BOM, CRLF, no final
 * newline. */
Test(io_csv_events, lines_and_raw_texts_survive_the_dialect) {
    const char *text = "\xef\xbb\xbfnote,event,itemid,\"visitorid\",transactionid,timestamp\r\n"
                       "a,view,1,2,,3\r\n"
                       "\"b\n\"\"c\"\"\",view,1,2,,bad\r\n"
                       "d,view,1,2,,3";
    td_file *file;
    td_event_log log = read_text(text, &file);
    cr_assert_eq(log.n_rows_read, 3);
    cr_assert_eq(log.events.n, 1);
    cr_assert_eq(log.exclusions.n, 2);
    const td_excluded_row *row = log.exclusions.row;
    cr_assert_eq(row[0].reason, TD_BAD_TIMESTAMP);
    cr_assert_eq(row[0].line, 3);
    cr_assert_eq(row[1].reason, TD_EXACT_DUPLICATE);
    cr_assert_eq(row[1].line, 5);
    const char *raw = td_file_bytes(file).data;
    cr_assert_eq(strncmp(raw + row[0].offset, "\"b\n\"\"c\"\"\",view,1,2,,bad", row[0].length), 0);
    cr_assert_eq(strncmp(raw + row[1].offset, "d,view,1,2,,3", row[1].length), 0);
    free_log(&log, file);
}

Test(io_csv_events, a_header_alone_gives_an_empty_log) {
    static const char *const texts[] = {HEADER, "timestamp,visitorid,event,itemid,transactionid"};
    for (int i = 0; i < 2; i++) {
        td_file *file;
        td_event_log log = read_text(texts[i], &file);
        cr_assert_eq(log.n_rows_read, 0);
        cr_assert_eq(log.events.n, 0);
        cr_assert_eq(log.exclusions.n, 0);
        free_log(&log, file);
    }
}

static void assert_refused(const char *text, uint64_t line, const char *what) {
    td_file *file = td_test_file(text, strlen(text));
    td_event_log log;
    td_error err = {0};
    cr_assert_eq(td_event_log_read(&log, file, NULL, &err), TD_ERR_FORMAT, "%s", text);
    cr_expect_eq(err.line, line, "line %llu of %s", (unsigned long long)err.line, text);
    cr_expect(strstr(err.text, what) != NULL, "\"%s\" does not say \"%s\"", err.text, what);
    cr_expect(strstr(err.file, "tundish_test_") != NULL);
    td_file_close(file);
    cr_assert_eq(td_mem_live_bytes(), 0);
}

Test(io_csv_events, broken_files_are_refused_with_place_and_name) {
    assert_refused("", 0, "empty");
    assert_refused("timestamp,visitorid,event,itemid\n1,2,view,3\n", 1, "transactionid");
    assert_refused("timestamp,visitor,event,itemid,transactionid\n", 1, "visitorid");
    assert_refused(HEADER "1,2,view,3,\n1,2,\"view,3,\n", 3, "quote");
    assert_refused(HEADER "1,2,view,3,\n1,2,\"view\"x,3,\n", 3, "quote");
}

/* n rows of which the first n_bad are bad. */
static td_status check_share(int n, int n_bad, double share, td_error *err) {
    char *text = malloc(64 + (size_t)n * 32);
    size_t at = (size_t)sprintf(text, HEADER);
    for (int i = 0; i < n; i++) {
        at += (size_t)sprintf(text + at, "%d,1,%s,2,\n", i, i < n_bad ? "oops" : "view");
    }
    td_file *file;
    td_event_log log = read_text(text, &file);
    td_status status = td_event_log_check_excluded(&log, file, share, err);
    free_log(&log, file);
    free(text);
    return status;
}

Test(io_csv_events, more_than_the_share_and_more_than_ten_rows_stop_the_work) {
    td_error err = {0};
    cr_assert_eq(check_share(10, 10, 0, &err), TD_OK, "ten rows are always allowed");
    cr_assert_eq(check_share(11, 11, 0.01, &err), TD_ERR_FORMAT);
    cr_assert_eq(check_share(2000, 20, 0.01, &err), TD_OK);
    cr_assert_eq(check_share(2000, 21, 0.01, &err), TD_ERR_FORMAT);
    cr_assert_eq(check_share(2000, 21, 0.5, &err), TD_OK);
}

Test(io_csv_events, the_stop_names_line_reason_and_text_of_the_first_row) {
    td_error err = {0};
    cr_assert_eq(check_share(2000, 21, 0.01, &err), TD_ERR_FORMAT);
    cr_expect_eq(err.line, 2);
    cr_expect_not_null(strstr(err.text, "21 of 2000"));
    cr_expect_not_null(strstr(err.text, "limit of 20"));
    cr_expect_not_null(strstr(err.text, "unknown_event"));
    cr_expect_not_null(strstr(err.text, "0,1,oops,2,"));
}

Test(io_csv_events, exclusions_are_written_with_base_name_reason_and_quoted_text) {
    td_file *file;
    td_event_log log = read_text(HEADER "1,2,view,3,\n1,2,view,3,\nx,\"2\",view,3,\r\n\n", &file);
    char path[64];
    snprintf(path, sizeof path, "/tmp/tundish_exclusions_%d.csv", (int)getpid());
    cr_assert_eq(td_exclusions_write(&log, file, path, NULL), TD_OK);
    char name[128];
    char expected[1024];
    snprintf(name, sizeof name, "%s", strrchr(td_file_path(file), '/') + 1);
    snprintf(expected, sizeof expected,
             "file,line,reason,raw\n"
             "%s,3,exact_duplicate,\"1,2,view,3,\"\n"
             "%s,4,bad_timestamp,\"x,\"\"2\"\",view,3,\"\n"
             "%s,5,field_count,\"\"\n",
             name, name, name);
    char got[1024] = {0};
    FILE *stream = fopen(path, "r");
    cr_assert_not_null(stream);
    fread(got, 1, sizeof got - 1, stream);
    fclose(stream);
    unlink(path);
    cr_assert_str_eq(got, expected);
    free_log(&log, file);
}

Test(io_csv_events, exclusions_to_a_folder_that_is_not_there_fail_with_its_path) {
    td_file *file;
    td_event_log log = read_text(HEADER, &file);
    td_error err = {0};
    cr_assert_eq(td_exclusions_write(&log, file, "/nowhere/x.csv", &err), TD_ERR_IO);
    cr_assert_not_null(strstr(err.file, "/nowhere/x.csv"));
    free_log(&log, file);
}
