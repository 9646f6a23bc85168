/* cli/assign_report.c: a split and its audit as text, JSON and CSV. Nothing is computed here.
 *
 *     arms      sizes against weights        chi-square; an alarm means that units got lost
 *     balance   covariates from before       standardised differences, and one distance of all
 *     earlier   arms of earlier splits       chi-square of the cross table; an alarm is carry-over
 *
 * docs/randomisation.md says what to do about each. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "cli/assign.h"
#include "io/csv_write.h"

/* Below this p-value the split is not the planned one, or knows of another. */
#define ALARM 0.001

/* A row a visitor in the order of the input; an empty arm = not in this experiment. */
td_status td_assign_write(const td_assignment *p, td_error *err) {
    const td_ids *ids = &p->units.ids;
    const char *id = p->options->id != NULL ? p->options->id : "visitorid";
    td_writer *writer = NULL;
    if (p->options->out == NULL) return TD_OK;
    TD_TRY(td_writer_open(&writer, p->options->out, err));
    td_csv_write_text(writer, ',', id, strlen(id));
    td_writer_text(writer, ",arm\n");
    for (uint64_t i = 0; i < ids->n; i++) {
        td_csv_write_text(writer, ',', ids->bytes + ids->begin[i], ids->length[i]);
        td_writer_text(writer, ",");
        if (p->arm[i] != TD_ARM_NONE)
            td_csv_write_text(writer, ',', p->name[p->arm[i]], strlen(p->name[p->arm[i]]));
        td_writer_text(writer, "\n");
    }
    return td_writer_commit(writer, err);
}

/* --- JSON ------------------------------------------------------------------------------------- */

static void json_test(td_json *json, double chi2, double df, double p_value) {
    td_json_f64(json, "chi2", chi2);
    td_json_f64(json, "df", df);
    td_json_f64(json, "p_value", p_value);
}

/* smd [j][a]: arm a against the first one; threshold: the distance that --accept asked for. */
static void json_balance(td_json *json, const td_assignment *p) {
    const td_balance *b = &p->balance;
    if (!p->has_balance) return;
    td_json_object(json, "balance");
    td_json_f64(json, "distance", b->distance);
    td_json_f64(json, "df", b->df);
    td_json_f64(json, "p_value", b->p_value);
    td_json_f64(json, "threshold", p->threshold);
    td_json_array(json, "covariates");
    for (uint32_t j = 0; j < p->units.covariates.n; j++) {
        td_json_object(json, NULL);
        td_json_text(json, "name", p->units.name[j]);
        td_json_array(json, "smd");
        for (uint32_t a = 1; a < p->arms.n; a++) td_json_f64(json, NULL, b->smd[j][a]);
        td_json_end(json);
        td_json_end(json);
    }
    td_json_end(json);
    td_json_end(json);
}

/* Salt and tries belong to a split that was made, not to one that is audited. */
void td_assign_fill_json(td_json *json, const void *ctx) {
    const td_assignment *p = ctx;
    if (p->options->audit == NULL) {
        td_json_text(json, "salt", p->salt);
        td_json_i64(json, "tries", p->n_tries);
    }
    td_json_array(json, "arms");
    for (uint32_t a = 0; a < p->arms.n; a++) {
        td_json_object(json, NULL);
        td_json_text(json, "name", p->name[a]);
        td_json_f64(json, "weight", p->weight[a]);
        td_json_u64(json, "units", p->size[a]);
        td_json_end(json);
    }
    td_json_end(json);
    td_json_u64(json, "outside", p->n_outside);
    td_json_object(json, "srm");
    json_test(json, p->srm.chi2, p->srm.df, p->srm.p_value);
    td_json_end(json);
    json_balance(json, p);
    td_json_array(json, "earlier");
    for (uint32_t e = 0; e < p->n_earlier; e++) {
        td_json_object(json, NULL);
        td_json_text(json, "salt", p->earlier[e]);
        json_test(json, p->cross[e].chi2, p->cross[e].df, p->cross[e].p_value);
        td_json_end(json);
    }
    td_json_end(json);
}

/* --- text ------------------------------------------------------------------------------------- */

/* Shares of those in the experiment beside the planned ones; visitors outside it have a line of
 * their own. */
static void print_arms(const td_assignment *p) {
    double total = 0;
    uint64_t n = p->units.ids.n - p->n_outside;
    for (uint32_t a = 0; a < p->arms.n; a++) total += p->weight[a];
    td_grid grid;
    td_grid_open(&grid, "lrrr");
    static const char *const heads[] = {"arm", "visitors", "share", "planned"};
    for (int i = 0; i < 4; i++) td_grid_cell(&grid, "%s", heads[i]);
    for (uint32_t a = 0; a < p->arms.n; a++) {
        td_grid_cell(&grid, "%s", p->name[a]);
        td_grid_count(&grid, p->size[a]);
        td_grid_cell(&grid, "%.3f %%", n > 0 ? 100.0 * (double)p->size[a] / (double)n : 0.0);
        td_grid_cell(&grid, "%.3f %%", 100.0 * p->weight[a] / total);
    }
    if (p->n_outside > 0) {
        td_grid_cell(&grid, "(outside)");
        td_grid_count(&grid, p->n_outside);
        td_grid_cell(&grid, "%s", "");
        td_grid_cell(&grid, "%s", "");
    }
    td_grid_print(&grid, 0);
}

/* A sample ratio mismatch at p < ALARM: with honest hashing one split in a thousand. */
static void print_split(const td_assignment *p) {
    if (p->srm.p_value < ALARM) {
        printf("\nWARNING: the sizes are not those of the weights (chi-square %.2f, p %.2g):\n"
               "something loses or gains visitors in one arm.\n",
               p->srm.chi2, p->srm.p_value);
    } else {
        printf("\nsizes as planned: p %.3g\n", p->srm.p_value);
    }
}

/* Standardised differences to the first arm; above 0.1 is usually called imbalance. */
static void print_balance(const td_assignment *p) {
    const td_balance *b = &p->balance;
    if (!p->has_balance) return;
    td_grid grid;
    td_grid_open(&grid, "lr");
    td_grid_cell(&grid, "before the experiment");
    td_grid_cell(&grid, "largest difference to %s, standard deviations", p->name[0]);
    for (uint32_t j = 0; j < p->units.covariates.n; j++) {
        double most = 0;
        for (uint32_t a = 1; a < p->arms.n; a++)
            if (fabs(b->smd[j][a]) > fabs(most)) most = b->smd[j][a];
        td_grid_cell(&grid, "%s", p->units.name[j]);
        td_grid_cell(&grid, "%+.4f", most);
    }
    putchar('\n');
    td_grid_print(&grid, 0);
    if (b->df == 0) {
        puts("all together: these columns do not vary, they say nothing about the split");
        return;
    }
    printf("all together: distance %.3f on %.0f degrees of freedom; %.1f of 100 random splits are\n"
           "less balanced than this one\n",
           b->distance, b->df, 100.0 * b->p_value);
    if (p->threshold == p->threshold)
        printf("re-randomised: the %lld. salt is the first with a distance below %.3f\n",
               (long long)p->n_tries, p->threshold);
}

/* Dependence on an earlier split means carry-over: winners of then sit in one arm now. */
static void print_earlier(const td_assignment *p) {
    if (p->n_earlier > 0) putchar('\n');
    for (uint32_t e = 0; e < p->n_earlier; e++) {
        const td_crosstab *c = &p->cross[e];
        printf("earlier split %s: chi-square %.2f, p %.3g%s\n", p->earlier[e], c->chi2, c->p_value,
               c->p_value < ALARM ? "  WARNING: the two splits know of each other" : "");
    }
}

/* The last sentence is the recipe: whoever serves the pages needs no list, only this. */
void td_assign_print(const td_assignment *p) {
    print_arms(p);
    print_split(p);
    print_balance(p);
    print_earlier(p);
    if (p->options->audit != NULL) return;
    printf("\nIn words: the arm of a visitor is SHA-256(\"%s:\" id), its first 16 hex digits as a\n"
           "fraction of 2^64, cut at the running shares above%s.\n",
           p->salt, p->options->stratum != NULL ? "; here dealt within strata, so keep --out" : "");
}
