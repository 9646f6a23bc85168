/* cli/progress.h: the bar on stderr with rate and time left, and the way Ctrl-C reaches a long job.
 */
#ifndef TD_CLI_PROGRESS_H
#define TD_CLI_PROGRESS_H

#include <signal.h>
#include <stdint.h>

typedef struct td_progress {
    int is_shown;                          /* draw at all: a terminal, and not --quiet */
    const volatile sig_atomic_t *is_asked; /* borrowed: set by the signal handler */
    char stage[48];                        /* stage on screen, "" = none */
    double stage_start;                    /* clock at its first report, seconds */
    double last_draw;
} td_progress;

/* Seconds on the monotonic clock; differences are what counts. */
double td_clock_seconds(void);

/* The same clock when this process began: loading the program and its libraries is work too. To
 * be asked before there are threads. */
double td_clock_process_start(void);

/* A td_progress_fn with a td_progress as context: draws at most ten times a second and returns
 * non-zero once a signal has asked to stop. */
int td_progress_report(void *ctx, const char *stage, uint64_t done, uint64_t total);

/* Wipe the bar, so that other text can be written. */
void td_progress_clear(td_progress *progress);

#endif
