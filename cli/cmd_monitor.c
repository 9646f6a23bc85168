/* cli/cmd_monitor.c: `tundish monitor`: is the shop still the one that the model has learned?
 *
 *     $ tundish monitor --baseline RUN --data shop
 *
 *   1. Read the run: parameters, model, features of its test part, key figures by day.
 *   2. Read the shop (the run's log grown by new events), score it, compare (monitor_compare.c).
 *   3. Report. Exit 1 when a bell rings: features or score have moved, purchases are not those that
 *      were predicted, the ranking is worse, a key figure left its limits.
 *   4. --follow: look at the log every --every seconds and do 2 and 3 again when it has another
 *      length, until a bell rings, --readings are done, or Ctrl-C.
 * JSON: baseline, last_decision, events, sessions_baseline, sessions_new, purchases_new, alerts,
 * days, calibration, roc_auc, score, features; of the last reading, where several are made. */
#define _POSIX_C_SOURCE 200809L
#include <time.h>

#include "cli/monitor.h"
#include "io/file.h"

#define AT(field) offsetof(td_monitor_options, field)

static const td_option own_options[] = {
    {"baseline", "RUN", NULL, "folder of `tundish run`", AT(baseline), TD_OPT_TEXT, 1, 0, 0},
    {"data", "DIR", NULL, "the shop's folder, with the events that the run has seen and new ones",
     AT(data), TD_OPT_TEXT, 1, 0, 0},
    {"psi", "LIMIT", "0.2",
     "a feature rings when the whole interval of its population stability index lies above this, "
     "and above what it was within the run, from train to test",
     AT(psi), TD_OPT_REAL, 0, 0, 100},
    {"follow", NULL, NULL, "read again whenever events.csv has another length", AT(is_following),
     TD_OPT_FLAG, 0, 0, 0},
    {"every", "SECONDS", "10", "how often --follow looks", AT(every_s), TD_OPT_WHOLE, 0, 0, 86400},
    {"readings", "N", "0", "end --follow after N readings without a bell; 0 = never", AT(readings),
     TD_OPT_WHOLE, 0, 0, 1e9},
};

const td_usage td_usage_monitor = {
    TD_USAGE_OWN(own_options, td_monitor_options),
    .notes = "New are the sessions decided after the last one that the run has scored. They are\n"
             "compared with the run's test part. Exit 1 when a bell rings:\n"
             "  drift        the interval of the score's or a feature's PSI lies above --psi; "
             "features of\n"
             "               the market and the clock are shown but do not ring\n"
             "  calibration  purchases differ from those predicted by more than 3 standard errors\n"
             "  ranking      the ROC AUC fell by more than 3 standard errors\n"
             "  key figures  a day lies outside limits that ring by chance in 1 of 100 readings\n"
             "Few new sessions give wide intervals and no bell: look again when there are more.",
    .examples =
        "  tundish monitor --baseline run1 --data shop\n"
        "  tundish monitor --baseline run1 --data shop --follow --every 60 --json last.json",
};

/* Bytes of events.csv as they are on disk. */
static td_status log_length(uint64_t *out, const char *folder, td_error *err) {
    char path[4096];
    td_file *file = NULL;
    TD_TRY(td_path_find(path, sizeof path, folder, "events.csv", err));
    TD_TRY(td_file_open(&file, path, err));
    *out = td_file_raw_bytes(file).n;
    td_file_close(file);
    return TD_OK;
}

/* In short naps, so that Ctrl-C is heard. */
static td_status wait_seconds(int64_t seconds, const td_exec *exec, td_error *err) {
    for (int64_t nap = 0; nap < 5 * seconds; nap++) {
        TD_TRY(td_exec_progress(exec, "waiting", (uint64_t)nap, (uint64_t)(5 * seconds), err));
        nanosleep(&(struct timespec){.tv_nsec = 200000000}, NULL);
    }
    return td_exec_progress(exec, "waiting", 1, 1, err);
}

static td_status read_once(uint32_t *n_alerts, const td_monitor_baseline *baseline,
                           const td_monitor_options *options, const td_cli *cli, td_error *err) {
    td_monitor_reading reading;
    TD_TRY(td_monitor_compare(&reading, baseline, options, cli, err));
    td_monitor_report report = {baseline, &reading, options};
    td_status status = td_cli_write_json(cli, td_monitor_json, &report, err);
    if (status == TD_OK && td_cli_has_text(cli, NULL)) td_monitor_print(&report);
    *n_alerts = reading.n_alerts;
    td_monitor_reading_free(&reading);
    return status;
}

static td_status watch(const td_monitor_baseline *baseline, const td_monitor_options *options,
                       const td_cli *cli, td_error *err) {
    uint32_t n_alerts = 0;
    uint64_t seen = 0, length = 0;
    for (int64_t n = 0;;) {
        TD_TRY(log_length(&length, options->data, err));
        if (n == 0 || length != seen) {
            seen = length;
            n++;
            TD_TRY(read_once(&n_alerts, baseline, options, cli, err));
        }
        TD_CHECK(n_alerts == 0, err, TD_ERR_RANGE, "%u %s", n_alerts,
                 n_alerts == 1 ? "bell rings" : "bells ring");
        if (!options->is_following || n == options->readings) return TD_OK;
        TD_TRY(wait_seconds(options->every_s, &cli->exec, err));
    }
}

td_status td_cmd_monitor(const td_cli *cli, const void *given, td_error *err) {
    const td_monitor_options *options = given;
    td_monitor_baseline baseline;
    TD_TRY(td_cli_check_out(cli, NULL, err));
    TD_TRY(td_monitor_baseline_read(&baseline, options->baseline, cli, err));
    td_status status = watch(&baseline, options, cli, err);
    td_monitor_baseline_free(&baseline);
    return status;
}
