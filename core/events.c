/* core/events.c: raw rows -> clean, ordered, coded columns.
 *
 * Problem: n rows in file order -> the same rows in the canonical order (visitor, timestamp, kind,
 * item, transaction) without exact copies, in time proportional to n, the same for any number of
 * threads and (but for which copy of a row is dropped) for any order of the input.
 *
 * Steps:
 *   1. Code visitors and items: ranks of their ids (dict_id.c), so that order by code is order by
 *      id.
 *   2. Partition rows by the high bits of the visitor code into at most 2^11 partitions, each a
 *      few thousand rows that fit the L2 cache. A row becomes one record of 32 bytes, so that it
 *      moves in one piece:
 *
 *          raw columns   ts ts ts ..   |v|i|k|t|        record  | ts | tr |visitor|item|row|kind|
 *          partitions    [ p0      |  p1   | p2 ... ]            8    8     4      4   4   4
 *
 *      Chunk c of rows writes its rows of partition p at
 *          slot[c][p] = sum over q < p of |q| + sum over b < c of count[b][p].
 *   3. Each partition on its own: distribute by the low bits of the visitor code, then sort the
 *      few rows of one visitor by (timestamp, kind, item, transaction, row): insertion sort, merge
 *      sort above 24 rows. `row` (the row's number in the file) makes the order total and puts the
 *      first copy of equal rows first.
 *   4. Squeeze copies out of each partition, adding up how many rows are kept before it.
 *   5. Write the columns, over those of step 2.
 *
 * Cost: about 5 passes over 32 n bytes; O(m log m) inside a visitor of m rows. Peak: columns and
 * codes (25 n bytes, 33 n while ids are coded) and the records (32 n). The result is written over
 * the columns that were read, so that no further memory has to be touched.
 * Not done here: judging raw text (io/csv_events), sessions (core/sessions). */
#include "core/events.h"

#include <string.h>

#include "core/base/mem.h"
#include "core/base/radix.h"

enum {
    GRAIN = 1 << 17,          /* rows of a chunk in the partition pass */
    MAX_PARTITIONS = 1 << 11, /* as many open write streams as the caches bear */
    INSERTION_MAX = 24
};

typedef struct record {
    int64_t timestamp;
    int64_t transaction;
    uint32_t visitor; /* code */
    uint32_t item;    /* code */
    uint32_t row;     /* index into the raw columns */
    uint32_t kind;
} record;

typedef struct partition {
    uint64_t begin;      /* first record */
    uint32_t size;       /* records */
    uint32_t n_kept;     /* the first n_kept records are kept, the others are copies */
    uint64_t first_kept; /* kept records in earlier partitions */
    uint64_t first_copy; /* copies in earlier partitions */
    int64_t least;       /* timestamps */
    int64_t greatest;
} partition;

typedef struct build_ctx {
    const td_raw_events *raw;
    uint32_t *visitor; /* [n] codes in file order */
    uint32_t *item;
    int shift; /* partition of a row = visitor code >> shift */
    uint32_t n_parts;
    uint32_t *slot;  /* [n_chunks][n_parts] */
    record *records; /* [n] */
    partition *part; /* [n_parts] */

    uint32_t max_size;      /* records of the largest partition */
    record *scratch;        /* [n_workers][max_size] */
    uint32_t *visitor_slot; /* [n_workers][2^shift + 1] */

    td_events *out;
    td_keyed *copy; /* [n_copies] key = raw row of a copy */
} build_ctx;

/* Step 2. ------------------------------------------------------------------------------------- */

/* Partitions hold 2^shift visitors, few enough bits that there are at most MAX_PARTITIONS. */
static void plan_partitions(build_ctx *b, uint32_t n_visitors) {
    b->shift = 0;
    while ((n_visitors - 1) >> b->shift >= MAX_PARTITIONS) b->shift++;
    b->n_parts = ((n_visitors - 1) >> b->shift) + 1;
}

/* Rows of the chunk in each partition. */
static td_status count_chunk(void *ctx, td_chunk chunk, td_error *err) {
    (void)err;
    build_ctx *b = ctx;
    uint32_t *count = b->slot + chunk.index * b->n_parts;
    memset(count, 0, b->n_parts * sizeof *count);
    for (uint64_t i = chunk.begin; i < chunk.end; i++) count[b->visitor[i] >> b->shift]++;
    return TD_OK;
}

/* Counts become first slots: partition by partition, within one chunk by chunk. */
static void place_partitions(build_ctx *b, uint64_t n_chunks) {
    uint32_t next = 0;
    for (uint32_t p = 0; p < b->n_parts; p++) {
        b->part[p].begin = next;
        for (uint64_t c = 0; c < n_chunks; c++) {
            uint32_t count = b->slot[c * b->n_parts + p];
            b->slot[c * b->n_parts + p] = next;
            next += count;
        }
        b->part[p].size = next - (uint32_t)b->part[p].begin;
        if (b->part[p].size > b->max_size) b->max_size = b->part[p].size;
    }
}

/* Rows of the chunk become records in their slots; chunks own disjoint slots. */
static td_status move_chunk(void *ctx, td_chunk chunk, td_error *err) {
    (void)err;
    build_ctx *b = ctx;
    uint32_t *slot = b->slot + chunk.index * b->n_parts;
    const td_raw_events *raw = b->raw;
    for (uint64_t i = chunk.begin; i < chunk.end; i++) {
        uint32_t visitor = b->visitor[i];
        b->records[slot[visitor >> b->shift]++] = (record){.timestamp = raw->timestamp[i],
                                                           .transaction = raw->transaction[i],
                                                           .visitor = visitor,
                                                           .item = b->item[i],
                                                           .row = (uint32_t)i,
                                                           .kind = raw->kind[i]};
    }
    return TD_OK;
}

/* Step 3. ------------------------------------------------------------------------------------- */

/* Canonical order inside one visitor, up to copies. */
static int compare_content(const record *a, const record *b) {
    if (a->timestamp != b->timestamp) return a->timestamp < b->timestamp ? -1 : 1;
    if (a->kind != b->kind) return a->kind < b->kind ? -1 : 1;
    if (a->item != b->item) return a->item < b->item ? -1 : 1;
    if (a->transaction != b->transaction) return a->transaction < b->transaction ? -1 : 1;
    return 0;
}

/* The order of the sort: total, because `row` is unique. */
static int is_before(const record *a, const record *b) {
    int order = compare_content(a, b);
    return order != 0 ? order < 0 : a->row < b->row;
}

/* Most visitors have a handful of rows. */
static void sort_by_insertion(record *rows, uint32_t n) {
    for (uint32_t i = 1; i < n; i++) {
        record row = rows[i];
        uint32_t at = i;
        for (; at > 0 && is_before(&row, &rows[at - 1]); at--) rows[at] = rows[at - 1];
        rows[at] = row;
    }
}

/* Sort rows [n]; spare [n] is overwritten. The left half moves aside and is merged back: the write
 * position never overtakes the right half. */
static void sort_by_merging(record *rows, record *spare, uint32_t n) {
    if (n <= INSERTION_MAX) {
        sort_by_insertion(rows, n);
        return;
    }
    uint32_t half = n / 2;
    sort_by_merging(rows, spare, half);
    sort_by_merging(rows + half, spare + half, n - half);
    memcpy(spare, rows, half * sizeof *rows);
    uint32_t left = 0;
    uint32_t right = half;
    for (uint32_t i = 0; left < half; i++) {
        int take_right = right < n && is_before(&rows[right], &spare[left]);
        rows[i] = take_right ? rows[right++] : spare[left++];
    }
}

/* Distribute the records of a partition by visitor into `to`; slot[v] ends one past visitor v. */
static void distribute(const build_ctx *b, const partition *part, record *to, uint32_t *slot) {
    const record *from = b->records + part->begin;
    uint32_t mask = ((uint32_t)1 << b->shift) - 1;
    memset(slot, 0, ((uint64_t)mask + 2) * sizeof *slot);
    for (uint32_t i = 0; i < part->size; i++) slot[(from[i].visitor & mask) + 1]++;
    for (uint32_t v = 0; v <= mask; v++) slot[v + 1] += slot[v];
    for (uint32_t i = 0; i < part->size; i++) to[slot[from[i].visitor & mask]++] = from[i];
}

/* Step 4: the sorted records `from` go back to the partition, kept rows first, copies after them.
 * A copy of a copy equals the kept row as well, because equal rows stand together. */
static void squeeze_copies(const build_ctx *b, partition *part, const record *from) {
    record *kept = b->records + part->begin;
    record *copy = kept + part->size;
    part->n_kept = 0;
    part->least = INT64_MAX;
    part->greatest = 0;
    for (uint32_t i = 0; i < part->size; i++) {
        int is_copy = i > 0 && from[i].visitor == from[i - 1].visitor &&
                      compare_content(&from[i], &from[i - 1]) == 0;
        if (is_copy) {
            *--copy = from[i];
            continue;
        }
        if (from[i].timestamp < part->least) part->least = from[i].timestamp;
        if (from[i].timestamp > part->greatest) part->greatest = from[i].timestamp;
        kept[part->n_kept++] = from[i];
    }
}

/* Steps 3 and 4 for one partition, in the scratch of this worker. The partition's own records are
 * free while its sorted copy is worked on, and serve as spare of the merge sort. */
static td_status sort_partition(void *ctx, td_chunk chunk, td_error *err) {
    (void)err;
    build_ctx *b = ctx;
    partition *part = &b->part[chunk.index];
    uint64_t n_visitors = UINT64_C(1) << b->shift;
    record *sorted = b->scratch + (uint64_t)chunk.worker * b->max_size;
    uint32_t *slot = b->visitor_slot + (uint64_t)chunk.worker * (n_visitors + 1);
    distribute(b, part, sorted, slot);
    uint32_t begin = 0;
    for (uint64_t v = 0; v < n_visitors; v++) {
        uint32_t size = slot[v] - begin;
        if (size > 1) sort_by_merging(sorted + begin, b->records + part->begin, size);
        begin = slot[v];
    }
    squeeze_copies(b, part, sorted);
    return TD_OK;
}

/* Step 5. ------------------------------------------------------------------------------------- */

/* Kept records to their final places, raw rows of copies to the list. */
static td_status write_partition(void *ctx, td_chunk chunk, td_error *err) {
    (void)err;
    build_ctx *b = ctx;
    const partition *part = &b->part[chunk.index];
    const record *from = b->records + part->begin;
    td_events *out = b->out;
    for (uint32_t i = 0; i < part->n_kept; i++) {
        uint64_t at = part->first_kept + i;
        out->timestamp[at] = from[i].timestamp;
        out->visitor[at] = from[i].visitor;
        out->item[at] = from[i].item;
        out->kind[at] = (uint8_t)from[i].kind;
        out->transaction[at] = from[i].transaction;
    }
    for (uint32_t i = part->n_kept; i < part->size; i++) {
        b->copy[part->first_copy + i - part->n_kept].key = from[i].row;
    }
    return TD_OK;
}

/* Running sums over the partitions; the number of copies. */
static uint64_t add_up_partitions(build_ctx *b) {
    td_events *out = b->out;
    uint64_t n_copies = 0;
    out->first_timestamp = INT64_MAX;
    for (uint32_t p = 0; p < b->n_parts; p++) {
        partition *part = &b->part[p];
        part->first_kept = out->n;
        part->first_copy = n_copies;
        out->n += part->n_kept;
        n_copies += part->size - part->n_kept;
        if (part->least < out->first_timestamp) out->first_timestamp = part->least;
        if (part->greatest > out->last_timestamp) out->last_timestamp = part->greatest;
    }
    return n_copies;
}

/* Everything the columns held is in the records now: reuse their memory for the result. */
static void take_columns(build_ctx *b, td_raw_events *raw) {
    td_events *out = b->out;
    out->timestamp = raw->timestamp;
    out->transaction = raw->transaction;
    out->kind = raw->kind;
    out->visitor = b->visitor;
    out->item = b->item;
    raw->timestamp = raw->transaction = NULL;
    raw->kind = NULL;
    b->visitor = b->item = NULL;
}

/* Raw rows of the copies, ascending. */
static td_status list_copies(build_ctx *b, uint64_t **duplicate, uint64_t n, td_error *err) {
    td_keyed *scratch = td_mem_array(n, sizeof *scratch, err);
    *duplicate = td_mem_array(n, sizeof **duplicate, err);
    td_status status = TD_ERR_NOMEM;
    if (scratch != NULL && *duplicate != NULL) {
        status = td_radix_sort(b->copy, scratch, n, NULL, err);
        for (uint64_t i = 0; i < n; i++) (*duplicate)[i] = b->copy[i].key;
    }
    td_mem_free(scratch);
    return status;
}

/* Driving. ------------------------------------------------------------------------------------ */

/* Step 1. An id column is given back as soon as it is coded. */
static td_status code_ids(build_ctx *b, td_raw_events *raw, const td_exec *exec, td_error *err) {
    TD_NEW(b->visitor, raw->n, err);
    TD_TRY(td_iddict_build(&b->out->visitors, b->visitor, raw->visitor, raw->n, exec, err));
    td_mem_free(raw->visitor);
    raw->visitor = NULL;
    TD_NEW(b->item, raw->n, err);
    TD_TRY(td_iddict_build(&b->out->items, b->item, raw->item, raw->n, exec, err));
    td_mem_free(raw->item);
    raw->item = NULL;
    return TD_OK;
}

/* Step 2. */
static td_status partition_rows(build_ctx *b, uint64_t n, const td_exec *exec, td_error *err) {
    uint64_t n_chunks = td_par_n_chunks(n, GRAIN);
    plan_partitions(b, b->out->visitors.n);
    TD_NEW(b->slot, n_chunks * b->n_parts, err);
    TD_NEW_ZEROED(b->part, b->n_parts, err);
    TD_TRY(td_par_for(exec, n, GRAIN, count_chunk, b, err));
    place_partitions(b, n_chunks);
    TD_NEW(b->records, n, err);
    return td_par_for(exec, n, GRAIN, move_chunk, b, err);
}

/* Step 3 with a scratch for each worker, as large as the largest partition. */
static td_status sort_rows(build_ctx *b, const td_exec *exec, td_error *err) {
    uint64_t n_workers = (uint64_t)td_exec_threads(exec);
    if (n_workers > b->n_parts) n_workers = b->n_parts;
    TD_NEW(b->scratch, n_workers * b->max_size, err);
    TD_NEW(b->visitor_slot, n_workers * ((UINT64_C(1) << b->shift) + 1), err);
    return td_par_for(exec, b->n_parts, 1, sort_partition, b, err);
}

/* All steps for n >= 1 rows. */
static td_status run_steps(build_ctx *b, uint64_t **duplicate, uint64_t *n_duplicates,
                           td_raw_events *raw, const td_exec *exec, td_error *err) {
    uint64_t n = raw->n;
    TD_TRY(td_exec_progress(exec, "code ids", 0, n, err));
    TD_TRY(code_ids(b, raw, exec, err));
    TD_TRY(td_exec_progress(exec, "sort events", 0, n, err));
    TD_TRY(partition_rows(b, n, exec, err));
    take_columns(b, raw);
    TD_TRY(sort_rows(b, exec, err));
    *n_duplicates = add_up_partitions(b);
    TD_NEW(b->copy, *n_duplicates, err);
    TD_TRY(td_par_for(exec, b->n_parts, 1, write_partition, b, err));
    TD_TRY(list_copies(b, duplicate, *n_duplicates, err));
    return td_exec_progress(exec, "sort events", n, n, err);
}

static void free_scratch(build_ctx *b) {
    td_mem_free(b->visitor);
    td_mem_free(b->item);
    td_mem_free(b->slot);
    td_mem_free(b->records);
    td_mem_free(b->part);
    td_mem_free(b->scratch);
    td_mem_free(b->visitor_slot);
    td_mem_free(b->copy);
}

td_status td_events_build(td_events *out, uint64_t **duplicate, uint64_t *n_duplicates,
                          td_raw_events *raw, const td_exec *exec, td_error *err) {
    memset(out, 0, sizeof *out);
    *duplicate = NULL;
    *n_duplicates = 0;
    build_ctx b = {.raw = raw, .out = out};
    td_status status;
    if (raw->n == 0) {
        take_columns(&b, raw);
        status = TD_OK;
    } else if (raw->n >= UINT32_MAX) {
        status = td_fail(err, TD_ERR_RANGE, "%llu events, the limit is 2^32 - 2",
                         (unsigned long long)raw->n);
    } else {
        status = run_steps(&b, duplicate, n_duplicates, raw, exec, err);
    }
    free_scratch(&b);
    td_raw_events_free(raw);
    if (status == TD_OK) return TD_OK;
    td_events_free(out);
    td_mem_free(*duplicate);
    *duplicate = NULL;
    *n_duplicates = 0;
    return status;
}
