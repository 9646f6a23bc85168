/* cli/progress.c: a progress bar that costs nothing when nobody looks.
 *
 *     sort events     [##############................]  47 %   3.1 M/s  0:12 left
 *
 * The library reports (stage, done, total) at its own pace; a line is drawn at most every 0.1 s
 * and only on a terminal. rate = done / elapsed of this stage, time left = (total - done) /
 * rate. The same callback answers the question "go on?": it returns 1 after SIGINT or SIGTERM,
 * which makes the job unwind with TD_ERR_INTERRUPTED. Called from one thread at a time. */
#include "cli/progress.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

enum { BAR_WIDTH = 30 };
/* Faster than this nobody reads, slower looks stuck. */
static const double DRAW_EVERY = 0.1; /* seconds */

/* The monotonic clock: setting the time of day must not give negative rates. */
double td_clock_seconds(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

/* A process of one thread that waits for nothing has used as much processor time as time has
 * passed. The kernel's own record of the start counts in hundredths of a second: too coarse. */
double td_clock_process_start(void) {
    struct timespec used;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &used);
    return td_clock_seconds() - ((double)used.tv_sec + 1e-9 * (double)used.tv_nsec);
}

/* 1234567 per second -> "1.2 M/s". */
static void format_rate(char out[16], double rate) {
    static const char *const unit[] = {"/s", " k/s", " M/s", " G/s"};
    unsigned u = 0;
    while (rate >= 999.5 && u < 3) {
        rate /= 1000;
        u++;
    }
    snprintf(out, 16, "%5.1f%s", rate < 9999 ? rate : 9999, unit[u]);
}

/* Rounded to whole seconds: more would flicker. */
static void format_left(char out[32], double seconds) {
    unsigned long s = seconds < 1e6 ? (unsigned long)(seconds + 0.5) : 999999;
    if (s >= 3600) {
        snprintf(out, 32, "%lu:%02lu:%02lu left", s / 3600, s / 60 % 60, s % 60);
    } else {
        snprintf(out, 32, "%lu:%02lu left", s / 60, s % 60);
    }
}

/* "\r" to the first column, ESC [K wipes what a longer line has left there. With total = 0 the
 * length is unknown: the bar stays empty and the rate still runs. */
static void draw(const td_progress *progress, uint64_t done, uint64_t total, double elapsed) {
    double share = total > 0 ? (double)done / (double)total : 0;
    if (share > 1) share = 1;
    char bar[BAR_WIDTH + 1], rate_text[16], left_text[32];
    for (int i = 0; i < BAR_WIDTH; i++) bar[i] = i < (int)(share * BAR_WIDTH) ? '#' : '.';
    bar[BAR_WIDTH] = '\0';
    double rate = elapsed > 0 ? (double)done / elapsed : 0;
    format_rate(rate_text, rate);
    format_left(left_text, rate > 0 && total > done ? (double)(total - done) / rate : 0);
    fprintf(stderr, "\r\033[K%-18.18s [%s] %3d %%  %s  %s", progress->stage, bar,
            (int)(share * 100), rate_text, left_text);
    fflush(stderr);
}

/* The question "go on?" is answered before anything else, also when nothing is drawn. */
int td_progress_report(void *ctx, const char *stage, uint64_t done, uint64_t total) {
    td_progress *progress = ctx;
    if (*progress->is_asked) return 1;
    if (!progress->is_shown) return 0;
    double now = td_clock_seconds();
    if (strncmp(progress->stage, stage, sizeof progress->stage - 1) != 0) {
        snprintf(progress->stage, sizeof progress->stage, "%s", stage);
        progress->stage_start = now;
        progress->last_draw = now; /* a stage that ends within 0.1 s is never drawn */
    }
    if (now - progress->last_draw < DRAW_EVERY) return 0;
    progress->last_draw = now;
    draw(progress, done, total, now - progress->stage_start);
    return 0;
}

void td_progress_clear(td_progress *progress) {
    if (progress->is_shown && progress->stage[0] != '\0') {
        fputs("\r\033[K", stderr);
        fflush(stderr);
    }
    progress->stage[0] = '\0';
}
