/* io/snapshot_parts.h: the layout of a snapshot, shared by its writer and its reader.
 *
 *     head     magic, byte order, blocks, bytes of the header, checksum of the header
 *     table    offset, bytes, first piece of each block
 *     sums     one checksum for each piece of each block
 *     blocks   each at a multiple of 64 bytes, filled up with zeros
 */
#ifndef TD_IO_SNAPSHOT_PARTS_H
#define TD_IO_SNAPSHOT_PARTS_H

#include <stdint.h>

#define TD_SNAPSHOT_MAGIC "TDSNAP2\n"

enum { TD_SNAPSHOT_PIECE = 1 << 18, TD_SNAPSHOT_ALIGN = 64 };
#define TD_SNAPSHOT_ORDER UINT64_C(0x0102030405060708)

/* Blocks in the order of the file. */
typedef enum td_snapshot_block {
    TD_BLOCK_NUMBERS = 0, /* int64: enum below */
    TD_BLOCK_NAMES,       /* texts, each with its closing 0: see snapshot_write.c */
    TD_BLOCK_TIME,        /* int64 [events] */
    TD_BLOCK_VISITOR,     /* uint32 */
    TD_BLOCK_ITEM,        /* uint32 */
    TD_BLOCK_KIND,        /* uint8 */
    TD_BLOCK_TRANSACTION, /* int64 */
    TD_BLOCK_VISITOR_ID,  /* int64 [visitors] */
    TD_BLOCK_ITEM_ID,     /* int64 [items] */
    TD_BLOCK_EXCLUDED,    /* int64 [excluded][3]: line, length, reason */
    TD_BLOCK_RAW,         /* text of the excluded rows, one after the other */
    TD_BLOCK_BEGIN,       /* uint32 [3 items + 1] */
    TD_BLOCK_ENTRY,       /* int64 [entries][2]: time, value */
    TD_BLOCK_CATEGORY_ID, /* int64 [categories] */
    TD_BLOCK_PARENT,      /* uint32 */
    TD_BLOCK_ROOT,        /* uint32 */
    TD_BLOCK_DEPTH,       /* uint32 */
    TD_BLOCK_FLAGS,       /* uint8 */
    TD_N_BLOCKS
} td_snapshot_block;

enum { TD_N_EVENT_BLOCKS = TD_BLOCK_BEGIN }; /* those before it are read with the events */

enum { /* places in TD_BLOCK_NUMBERS */
       TD_NUMBER_ROWS_READ = 0,
       TD_NUMBER_FIRST,
       TD_NUMBER_LAST,
       TD_NUMBER_HAS_PROPERTIES,
       TD_NUMBER_HAS_TREE,
       TD_NUMBER_DUPLICATES,
       TD_NUMBER_CONFLICTS,
       TD_NUMBER_MISSING_PARENTS,
       TD_NUMBER_CYCLES,
       TD_NUMBER_FILES, /* then of each catalog file: */
       TD_FILE_IS_PRESENT = 0,
       TD_FILE_READ,
       TD_FILE_KEPT,
       TD_FILE_UNUSED,
       TD_FILE_NOT_IN_LOG,
       TD_FILE_FIRST_LINE,
       TD_FILE_FIRST_REASON,
       TD_FILE_PROPERTIES,                       /* [TD_N_PROPERTIES] */
       TD_FILE_REASONS = TD_FILE_PROPERTIES + 3, /* [TD_N_CATALOG_REASONS] */
       TD_FILE_NUMBERS = TD_FILE_REASONS + 7
};

typedef struct td_snapshot_head {
    char magic[8];
    uint64_t order; /* TD_SNAPSHOT_ORDER as this machine writes it */
    uint64_t n_blocks;
    uint64_t header_bytes; /* head, table and sums */
    uint64_t checksum;     /* of the header with 0 in this place */
} td_snapshot_head;

typedef struct td_snapshot_entry {
    uint64_t offset; /* in the file */
    uint64_t bytes;
    uint64_t first_piece; /* index of its first checksum */
} td_snapshot_entry;

/* "events.timestamp", ...: for errors. */
const char *td_snapshot_block_name(td_snapshot_block block);

static inline uint64_t td_snapshot_pieces(uint64_t bytes) {
    return (bytes + TD_SNAPSHOT_PIECE - 1) / TD_SNAPSHOT_PIECE;
}

#endif
