/* datasets/synth_files.c: writes the synthetic shop as the files of a RetailRocket folder.
 *
 *     folder/events.csv                 by (time, visitor), exact copies next to each other
 *     folder/category_tree.csv          1,669 rows in no order, 25 of them roots
 *     folder/item_properties_part*.csv  synth_properties.c
 *     folder/truth/sessions.csv         by (visitor, start), as sessions are numbered
 *
 * 1. Each file is cut into pieces of a fixed number of rows, made in parallel, written in order
 *    (synth_text.h).
 * 2. Probabilities are whole billionths and are written with nine decimals: nothing is lost.
 *    Sessions with a transaction at or before the decision have empty p0, p1, y0, y1: the question
 *    does not arise.
 *
 * Cost: O(rows). Not done: compression. */
#include "datasets/synth_shop.h"
#include "datasets/synth_text.h"
#include "io/file.h"

enum { EVENTS_PER_PIECE = 16384, SESSIONS_PER_PIECE = 16384 };

/* timestamp,visitorid,event,itemid,transactionid; the last one stays empty but for transactions. */
static void put_event(td_synth_text *text, const td_synth_event *event, uint32_t item) {
    static const struct {
        const char *text;
        uint64_t n;
    } KIND[TD_N_KINDS] = {{",view,", 6}, {",addtocart,", 11}, {",transaction,", 13}};
    td_synth_put_u64(text, (uint64_t)event->timestamp);
    td_synth_put_char(text, ',');
    td_synth_put_u64(text, event->visitor);
    td_synth_put(text, KIND[event->kind].text, KIND[event->kind].n);
    td_synth_put_u64(text, item);
    td_synth_put_char(text, ',');
    if (event->kind == TD_TRANSACTION) td_synth_put_u64(text, event->order);
    td_synth_put_char(text, '\n');
}

/* Piece `index` of events.csv. A row has at most 70 bytes; room for two copies of each. */
static td_status put_events(void *ctx, uint64_t index, td_synth_text *text, td_error *err) {
    const td_synth_shop *shop = ctx;
    uint64_t begin = index * EVENTS_PER_PIECE;
    uint64_t end = begin + EVENTS_PER_PIECE;
    if (end > shop->n_events) end = shop->n_events;
    TD_TRY(td_synth_text_reserve(text, 2 * 72 * (end - begin), err));
    for (uint64_t i = begin; i < end; i++) {
        const td_synth_event *event = &shop->event[i];
        uint32_t item = shop->world.catalog.item[event->rank].id;
        for (int copy = 0; copy < event->n_rows; copy++) put_event(text, event, item);
    }
    return TD_OK;
}

/* visitorid,start,decision,end,in_population,arm,p0,p1,y0,y1 in fewer than 112 bytes. A censored
 * session has probabilities (its decision was drawn) but is not in the population (its end may be
 * missing). */
static void put_session(td_synth_text *text, const td_synth_session *session) {
    td_synth_put_u64(text, session->visitor);
    td_synth_put_char(text, ',');
    td_synth_put_u64(text, (uint64_t)session->start);
    td_synth_put_char(text, ',');
    td_synth_put_u64(text, (uint64_t)(session->start + TD_SYNTH_DECISION_MS));
    td_synth_put_char(text, ',');
    td_synth_put_u64(text, (uint64_t)session->end);
    td_synth_put_char(text, ',');
    td_synth_put_u64(text, !session->is_censored && !session->has_early_purchase);
    td_synth_put_char(text, ',');
    td_synth_put_u64(text, session->arm);
    if (session->has_early_purchase) {
        td_synth_put(text, ",,,,\n", 5);
        return;
    }
    td_synth_put_char(text, ',');
    td_synth_put_fixed(text, session->p0, 9);
    td_synth_put_char(text, ',');
    td_synth_put_fixed(text, session->p1, 9);
    td_synth_put_char(text, ',');
    td_synth_put_u64(text, session->y0);
    td_synth_put_char(text, ',');
    td_synth_put_u64(text, session->y1);
    td_synth_put_char(text, '\n');
}

/* Piece `index` of truth/sessions.csv. */
static td_status put_sessions(void *ctx, uint64_t index, td_synth_text *text, td_error *err) {
    const td_synth_shop *shop = ctx;
    uint64_t begin = index * SESSIONS_PER_PIECE;
    uint64_t end = begin + SESSIONS_PER_PIECE;
    if (end > shop->n_sessions) end = shop->n_sessions;
    TD_TRY(td_synth_text_reserve(text, 112 * (end - begin), err));
    for (uint64_t i = begin; i < end; i++) put_session(text, &shop->session[i]);
    return TD_OK;
}

/* Rows in an order that tells nothing of the tree: category numbers in steps of 1000 mod 1669. */
static td_status put_tree(void *ctx, uint64_t index, td_synth_text *text, td_error *err) {
    const td_synth_catalog *catalog = ctx;
    (void)index;
    TD_TRY(td_synth_text_reserve(text, (uint64_t)TD_SYNTH_N_CATEGORIES * 12, err));
    for (uint32_t i = 0; i < TD_SYNTH_N_CATEGORIES; i++) {
        uint32_t category = (i * 1000 + 500) % TD_SYNTH_N_CATEGORIES;
        uint32_t parent = catalog->parent[category];
        td_synth_put_u64(text, td_synth_category_id(category));
        td_synth_put_char(text, ',');
        if (parent != category) td_synth_put_u64(text, td_synth_category_id(parent));
        td_synth_put_char(text, '\n');
    }
    return TD_OK;
}

/* Callbacks take a plain pointer; they only read through it. */
static td_status write_log_and_tree(const td_synth_shop *shop, const char *folder,
                                    const td_exec *exec, td_error *err) {
    const td_synth_pieces events = {.header = "timestamp,visitorid,event,itemid,transactionid",
                                    .stage = "writing events",
                                    .end = td_par_n_chunks(shop->n_events, EVENTS_PER_PIECE),
                                    .fn = put_events,
                                    .ctx = (void *)(uintptr_t)shop};
    TD_TRY(td_synth_write_pieces(folder, "events.csv", &events, exec, err));
    const td_synth_pieces tree = {.header = "categoryid,parentid",
                                  .stage = "writing categories",
                                  .end = 1,
                                  .fn = put_tree,
                                  .ctx = (void *)(uintptr_t)&shop->world.catalog};
    return td_synth_write_pieces(folder, "category_tree.csv", &tree, exec, err);
}

/* Apart from the shop's own files, so that no reader of the folder meets the truth by accident. */
static td_status write_truth(const td_synth_shop *shop, const char *folder, const td_exec *exec,
                             td_error *err) {
    char path[4096];
    TD_TRY(td_path_join(path, sizeof path, folder, "truth", err));
    TD_TRY(td_folder_make(path, err));
    const td_synth_pieces sessions = {
        .header = "visitorid,start,decision,end,in_population,arm,p0,p1,y0,y1",
        .stage = "writing truth",
        .end = td_par_n_chunks(shop->n_sessions, SESSIONS_PER_PIECE),
        .fn = put_sessions,
        .ctx = (void *)(uintptr_t)shop};
    return td_synth_write_pieces(path, "sessions.csv", &sessions, exec, err);
}

td_status td_synth_write(td_synth_summary *summary, const td_synth_shop *shop, const char *folder,
                         const td_exec *exec, td_error *err) {
    TD_TRY(td_folder_make(folder, err));
    TD_TRY(write_log_and_tree(shop, folder, exec, err));
    uint64_t n_property_rows = 0;
    if (shop->params.properties != TD_SYNTH_PROPERTIES_NONE) {
        TD_TRY(td_synth_write_properties(&n_property_rows, shop, folder, exec, err));
    }
    TD_TRY(write_truth(shop, folder, exec, err));
    if (summary == NULL) return TD_OK;
    TD_TRY(td_synth_summarize(summary, shop, exec, err));
    summary->n_property_rows = n_property_rows;
    return TD_OK;
}
