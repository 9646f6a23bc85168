/* io/parquet_format.h: numbers of the Parquet format, shared by its writer and its reader. Names as
 * in parquet.thrift of parquet-format 2.10. */
#ifndef TD_IO_PARQUET_FORMAT_H
#define TD_IO_PARQUET_FORMAT_H

#include <stdint.h>

#define TD_PARQUET_MAGIC "PAR1"

enum { /* Type */
       TD_PQ_BOOLEAN = 0,
       TD_PQ_INT32 = 1,
       TD_PQ_INT64 = 2,
       TD_PQ_INT96 = 3,
       TD_PQ_FLOAT = 4,
       TD_PQ_DOUBLE = 5,
       TD_PQ_BYTE_ARRAY = 6,
       TD_PQ_FIXED = 7,
       TD_PQ_N_TYPES
};

enum { /* ConvertedType, the ones with a meaning here */
       TD_PQ_UTF8 = 0,
       TD_PQ_DECIMAL = 5,
       TD_PQ_TIMESTAMP_MILLIS = 9,
       TD_PQ_TIMESTAMP_MICROS = 10,
       TD_PQ_UINT_32 = 13,
       TD_PQ_UINT_64 = 14
};

enum { /* Encoding */
       TD_PQ_PLAIN = 0,
       TD_PQ_PLAIN_DICTIONARY = 2,
       TD_PQ_RLE = 3,
       TD_PQ_RLE_DICTIONARY = 8
};

enum { /* CompressionCodec */
       TD_PQ_UNCOMPRESSED = 0,
       TD_PQ_SNAPPY = 1,
       TD_PQ_GZIP = 2,
       TD_PQ_ZSTD = 6
};

enum { /* PageType */
       TD_PQ_DATA_PAGE = 0,
       TD_PQ_INDEX_PAGE = 1,
       TD_PQ_DICTIONARY_PAGE = 2,
       TD_PQ_DATA_PAGE_V2 = 3
};

enum { TD_PQ_REQUIRED = 0, TD_PQ_OPTIONAL = 1, TD_PQ_REPEATED = 2 }; /* FieldRepetitionType */

enum { /* fields of the structs that both sides touch */
       TD_PQ_FILE_VERSION = 1,
       TD_PQ_FILE_SCHEMA = 2,
       TD_PQ_FILE_NUM_ROWS = 3,
       TD_PQ_FILE_ROW_GROUPS = 4,
       TD_PQ_FILE_KEY_VALUES = 5,
       TD_PQ_FILE_CREATED_BY = 6,
       TD_PQ_FILE_COLUMN_ORDERS = 7,
       TD_PQ_SCHEMA_TYPE = 1,
       TD_PQ_SCHEMA_REPETITION = 3,
       TD_PQ_SCHEMA_NAME = 4,
       TD_PQ_SCHEMA_N_CHILDREN = 5,
       TD_PQ_SCHEMA_CONVERTED = 6,
       TD_PQ_SCHEMA_SCALE = 7,
       TD_PQ_SCHEMA_LOGICAL = 10,
       TD_PQ_GROUP_COLUMNS = 1,
       TD_PQ_GROUP_BYTES = 2,
       TD_PQ_GROUP_NUM_ROWS = 3,
       TD_PQ_CHUNK_META = 3,
       TD_PQ_META_TYPE = 1,
       TD_PQ_META_ENCODINGS = 2,
       TD_PQ_META_PATH = 3,
       TD_PQ_META_CODEC = 4,
       TD_PQ_META_NUM_VALUES = 5,
       TD_PQ_META_UNCOMPRESSED = 6,
       TD_PQ_META_COMPRESSED = 7,
       TD_PQ_META_DATA_OFFSET = 9,
       TD_PQ_META_DICTIONARY_OFFSET = 11,
       TD_PQ_META_STATISTICS = 12,
       TD_PQ_PAGE_TYPE = 1,
       TD_PQ_PAGE_UNCOMPRESSED = 2,
       TD_PQ_PAGE_COMPRESSED = 3,
       TD_PQ_PAGE_CRC = 4,
       TD_PQ_PAGE_DATA = 5,
       TD_PQ_PAGE_DICTIONARY = 7,
       TD_PQ_PAGE_DATA_V2 = 8
};

#endif
