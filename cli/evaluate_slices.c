/* cli/evaluate_slices.c: rows of a group taken out, then assessed like the whole.
 *
 * Clusters are numbered anew within a slice, so that a bootstrap draws those that are in it. */
#include "cli/evaluate_slices.h"

#include "core/base/mem.h"

/* Rows of one slice; all arrays have room for every row. */
typedef struct slice_rows {
    uint64_t n;
    double *score, *label;
    uint32_t *cluster;
    uint32_t *new_code; /* [n_clusters] + 1, 0 = not met in this slice */
    uint32_t n_clusters;
} slice_rows;

static void free_rows(slice_rows *rows) {
    td_mem_free(rows->score);
    td_mem_free(rows->label);
    td_mem_free(rows->cluster);
    td_mem_free(rows->new_code);
}

static td_status make_rows(slice_rows *rows, const td_assessment_request *request, td_error *err) {
    TD_NEW(rows->score, request->rows.n, err);
    TD_NEW(rows->label, request->rows.n, err);
    TD_NEW(rows->cluster, request->rows.n, err);
    TD_NEW(rows->new_code, request->bootstrap.n_clusters, err);
    return TD_OK;
}

static void take_slice(slice_rows *rows, const td_groups *groups, uint32_t group,
                       const td_assessment_request *request) {
    const uint32_t *cluster = request->bootstrap.cluster;
    for (uint32_t c = 0; c < request->bootstrap.n_clusters; c++) rows->new_code[c] = 0;
    rows->n = rows->n_clusters = 0;
    for (uint64_t i = 0; i < request->rows.n; i++) {
        if (groups->code[i] != group) continue;
        rows->score[rows->n] = request->rows.score[i];
        rows->label[rows->n] = request->rows.label[i];
        if (cluster != NULL) {
            uint32_t *code = &rows->new_code[cluster[i]];
            if (*code == 0) *code = ++rows->n_clusters;
            rows->cluster[rows->n] = *code - 1;
        }
        rows->n++;
    }
}

/* The same cuts and costs as for the whole; what pointed to the slice's rows is forgotten. */
static td_status measure(td_slice *slice, const slice_rows *rows,
                         const td_assessment_request *whole, const td_exec *exec, td_error *err) {
    td_assessment_request request = *whole;
    request.rows.n = rows->n;
    request.rows.score = rows->score;
    request.rows.label = rows->label;
    request.other[0] = NULL;
    if (whole->bootstrap.cluster != NULL) {
        request.bootstrap.cluster = rows->cluster;
        request.bootstrap.n_clusters = rows->n_clusters;
    }
    TD_TRY(td_assessment_build(&slice->assessment, &request, exec, err));
    slice->assessment.request.rows.score = slice->assessment.request.rows.label = NULL;
    slice->assessment.request.bootstrap.cluster = NULL;
    const td_evaluation *e = &slice->assessment.evaluation[0];
    uint64_t negatives = e->n - e->n_positives;
    slice->is_small = e->n_positives < TD_FEW_ROWS_OF_A_CLASS || negatives < TD_FEW_ROWS_OF_A_CLASS;
    return TD_OK;
}

td_status td_slices_measure(td_slice *slice, const td_groups *groups,
                            const td_assessment_request *request, const td_exec *exec,
                            td_error *err) {
    TD_CHECK(groups->n <= TD_MAX_SLICES, err, TD_ERR_ARG,
             "--by: column %s has %u values, at most %d slices are shown", groups->column,
             groups->n, TD_MAX_SLICES);
    slice_rows rows = {0};
    td_status status = make_rows(&rows, request, err);
    for (uint32_t g = 0; g < groups->n && status == TD_OK; g++) {
        take_slice(&rows, groups, g, request);
        status = measure(&slice[g], &rows, request, exec, err);
    }
    free_rows(&rows);
    return status;
}
