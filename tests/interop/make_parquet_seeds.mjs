// tests/interop/make_parquet_seeds.mjs: small Parquet files of other writers, the seeds of
// tests/fuzz/fuzz_parquet_read.c and the foreign files of tests/unit/test_io_parquet.c. The same six
// rows each time; DuckDB and arrow-rs (parquet-wasm, as pyarrow and polars write) differ in pages,
// encodings and compression. Run once by hand:
//
//     npm install --prefix DIR @duckdb/node-api@1.5.6-r.1 parquet-wasm@0.7.2 apache-arrow@21
//     NODE_PATH=DIR/node_modules node tests/interop/make_parquet_seeds.mjs tests/fuzz/seeds/fuzz_parquet_read
import { createRequire } from 'node:module';
import { writeFileSync } from 'node:fs';
const require = createRequire(process.env.NODE_PATH + '/');
const { DuckDBInstance } = require('@duckdb/node-api');
const arrow = require('apache-arrow');
const wasm = require('parquet-wasm');
const out = process.argv[2];

const rows = `SELECT * FROM (VALUES
    (1::INTEGER, 9007199254740993::BIGINT, 0.1::DOUBLE, make_timestamp_ms(1430622004384), 'view', true, 12.50::DECIMAL(9,2)),
    (NULL, 2, NULL, make_timestamp_ms(0), 'Grüße', false, -0.01),
    (-3, NULL, -1e300, NULL, NULL, NULL, NULL),
    (1, -4, 3, make_timestamp_ms(1), '', true, 0),
    (1, 5, 3, make_timestamp_ms(2), 'view', true, 1),
    (2147483647, 6, 3, make_timestamp_ms(3), 'view', true, 99999.99))
    t(i32, i64, f64, time, text, flag, money)`;
const db = await (await DuckDBInstance.create(':memory:')).connect();
await db.run(`COPY (${rows}) TO '${out}/duckdb' (FORMAT parquet)`);
await db.run(`COPY (${rows}) TO '${out}/duckdb_plain' (FORMAT parquet, COMPRESSION uncompressed, DICTIONARY_SIZE_LIMIT 1)`);
await db.run(`COPY (SELECT 7 + i AS n, {'a': i, 'b': 'x'} AS pair, [i, i] AS list FROM range(2) t(i))
              TO '${out}/duckdb_nested' (FORMAT parquet, COMPRESSION zstd)`);

const vector = (values, type) => arrow.vectorFromArray(values, type);
const table = new arrow.Table({
    i32: vector([1, null, -3, 1, 1, 2147483647], new arrow.Int32()),
    i64: vector([9007199254740993n, 2n, null, -4n, 5n, 6n], new arrow.Int64()),
    f64: vector([0.1, null, -1e300, 3, 3, 3], new arrow.Float64()),
    time: vector([1430622004384, 0, null, 1, 2, 3], new arrow.TimestampMillisecond()),
    text: vector(['view', 'Grüße', null, '', 'view', 'view'], new arrow.Utf8()),
    flag: vector([true, false, null, true, true, true], new arrow.Bool()),
    money: vector([12.5, -0.01, null, 0, 1, 99999.99], new arrow.Float64()),
});
const write = (name, set) => {
    const batch = wasm.Table.fromIPCStream(arrow.tableToIPC(table, 'stream'));
    const properties = set(new wasm.WriterPropertiesBuilder()).build();
    writeFileSync(`${out}/${name}`, wasm.writeParquet(batch, properties));
};
write('arrow_snappy', (b) => b.setCompression(wasm.Compression.SNAPPY));
write('arrow_v2_gzip', (b) => b.setCompression(wasm.Compression.GZIP).setWriterVersion(wasm.WriterVersion.V2));
write('arrow_v2_zstd', (b) => b.setCompression(wasm.Compression.ZSTD).setWriterVersion(wasm.WriterVersion.V2).setMaxRowGroupSize(4));
