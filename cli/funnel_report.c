/* cli/funnel_report.c: the funnel of whole sessions, as text and as JSON: stages, flags,
 * conversions.
 *
 *     furthest stage  sessions    share        conversion         sessions     of   share
 *     view               6,047  97.1 %         view_to_cart            129  6,217   2.1 %
 *
 * Counts are column sums of the table that `funnel --out` writes, so a reader can check them there.
 * Stages split the sessions; flags overlap. */
#include <stdio.h>

#include "cli/funnel_report.h"
#include "cli/kpi_report.h"

void td_funnel_counts_add(td_funnel_counts *r, const td_funnel *funnel) {
    for (uint64_t s = 0; s < funnel->n; s++) {
        r->n_of_stage[funnel->row[s].stage]++;
        for (int bit = 0; bit < TD_N_FUNNEL_FLAGS; bit++)
            r->n_of_flag[bit] += funnel->row[s].flags >> bit & 1;
    }
}

void td_funnel_counts_json(td_json *json, const td_funnel_counts *r) {
    td_json_object(json, "stages");
    for (int kind = 0; kind < TD_N_KINDS; kind++)
        td_json_u64(json, td_event_kind_name((td_event_kind)kind), r->n_of_stage[kind]);
    td_json_end(json);
    td_json_object(json, "flags");
    for (int bit = 0; bit < TD_N_FUNNEL_FLAGS; bit++)
        td_json_u64(json, td_funnel_flag_name(bit), r->n_of_flag[bit]);
    td_json_end(json);
}

/* A name, a number, and its share of `of`. */
static void add_share(td_grid *grid, const char *name, uint64_t n, uint64_t of) {
    td_grid_cell(grid, "%s", name);
    td_grid_count(grid, n);
    if (of > 0) {
        td_grid_cell(grid, "%.3f %%", 100 * (double)n / (double)of);
    } else {
        td_grid_cell(grid, "-");
    }
}

/* Each session stands in exactly one of these rows. */
static void print_stages(const td_funnel_counts *r, uint64_t n) {
    td_grid grid;
    td_grid_open(&grid, "lrr");
    td_grid_cell(&grid, "furthest stage");
    td_grid_cell(&grid, "sessions");
    td_grid_cell(&grid, "share");
    for (int kind = 0; kind < TD_N_KINDS; kind++)
        add_share(&grid, td_event_kind_name((td_event_kind)kind), r->n_of_stage[kind], n);
    add_share(&grid, "all", n, n);
    td_grid_print(&grid, 0);
}

/* Flags overlap, so these shares do not add up to one. */
static void print_flags(const td_funnel_counts *r, uint64_t n) {
    td_grid grid;
    td_grid_open(&grid, "lrr");
    td_grid_cell(&grid, "flag");
    td_grid_cell(&grid, "sessions");
    td_grid_cell(&grid, "share");
    for (int bit = 0; bit < TD_N_FUNNEL_FLAGS; bit++)
        add_share(&grid, td_funnel_flag_name(bit), r->n_of_flag[bit], n);
    td_grid_print(&grid, 0);
}

/* Numerator and denominator beside every share: they can be checked in the table of --out. */
static void print_conversions(const td_kpi_row *total) {
    static const td_kpi_id shown[] = {TD_KPI_VIEW_TO_CART, TD_KPI_CART_TO_PURCHASE,
                                      TD_KPI_SESSION_CONVERSION, TD_KPI_CART_ABANDONMENT};
    td_grid grid;
    td_grid_open(&grid, "lrrr");
    td_grid_cell(&grid, "conversion");
    td_grid_cell(&grid, "sessions");
    td_grid_cell(&grid, "of");
    td_grid_cell(&grid, "share");
    for (size_t i = 0; i < sizeof shown / sizeof *shown; i++) {
        td_ratio ratio = total->kpi[shown[i]];
        td_grid_cell(&grid, "%s", td_kpi_name(shown[i]));
        td_grid_count(&grid, ratio.numerator);
        td_grid_count(&grid, ratio.denominator);
        if (ratio.denominator > 0) {
            td_grid_cell(&grid, "%.3f %%", 100 * td_ratio_value(ratio));
        } else {
            td_grid_cell(&grid, "-");
        }
    }
    td_grid_print(&grid, 0);
}

/* From the coarse to the fine. */
void td_funnel_counts_print(const td_funnel_counts *r, uint64_t n_sessions,
                            const td_kpi_row *total) {
    print_stages(r, n_sessions);
    putchar('\n');
    print_conversions(total);
    putchar('\n');
    td_kpi_print_durations(total);
    putchar('\n');
    print_flags(r, n_sessions);
}
