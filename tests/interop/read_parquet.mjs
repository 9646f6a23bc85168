// tests/interop/read_parquet.mjs FILE.parquet FILE.csv RUN_ID: two readers of other projects, DuckDB and hyparquet, read
// the Parquet file; every cell has to equal the CSV file of the same table, and the footer has to hold the run's id and
// true statistics. Run from a copy beside node_modules (tests/interop/install.sh). Exit 1 with the first difference.
import { readFileSync } from 'node:fs';
import { DuckDBInstance } from '@duckdb/node-api';
import { asyncBufferFromFile, parquetMetadataAsync, parquetReadObjects } from 'hyparquet';
import { compressors } from 'hyparquet-compressors';
const [parquet, csv, runId] = process.argv.slice(2);

const fail = (what) => { console.error(`${parquet}: ${what}`); process.exit(1); };
const lines = readFileSync(csv, 'utf8').trimEnd().split('\n');
const header = lines[0].split(',');
const wanted = lines.slice(1).map((line) => line.split(','));

// A cell as the CSV writer spells it: missing is empty, flags are 0 or 1, times are milliseconds.
const spell = (value) => {
    if (value === null || value === undefined) return null;
    if (typeof value === 'boolean') return value ? 1 : 0;
    if (value instanceof Date) return value.getTime();
    if (typeof value === 'bigint') return Number(value);
    if (typeof value === 'object' && 'micros' in value) return Number(value.micros / 1000n);
    return value;
};
const compare = (reader, rows) => {
    if (rows.length !== wanted.length) fail(`${reader}: ${rows.length} rows, ${wanted.length} in the CSV`);
    rows.forEach((row, i) => header.forEach((name, c) => {
        const got = spell(row[c]), text = wanted[i][c];
        const same = text === '' ? got === null : typeof got === 'number' ? Object.is(got, Number(text)) || got === Number(text) : got === text;
        if (!same) fail(`${reader}: row ${i}, ${name}: ${got}, the CSV has '${text}'`);
    }));
};

// DuckDB: values, then what it makes of the footer
const db = await (await DuckDBInstance.create(':memory:')).connect();
const result = await db.runAndReadAll(`SELECT * FROM '${parquet}'`);
if (result.columnNames().join() !== header.join()) fail(`DuckDB: columns ${result.columnNames()}`);
compare('DuckDB', result.getRows());
const one = async (sql) => (await db.runAndReadAll(sql)).getRows();
const note = await one(`SELECT decode(value) FROM parquet_kv_metadata('${parquet}') WHERE decode(key) = 'run_id'`);
if (note.length !== 1 || note[0][0] !== runId) fail(`DuckDB: run_id ${note}`);
// statistics let DuckDB answer without reading pages: they have to agree with the pages
const chunks = await one(`SELECT path_in_schema, sum(stats_null_count)::BIGINT, min(compression) FROM parquet_metadata('${parquet}') GROUP BY 1`);
for (const [path, nulls, codec] of chunks) {
    const c = header.indexOf(path);
    const empty = wanted.filter((row) => row[c] === '').length;
    if (Number(nulls) !== empty) fail(`statistics: ${nulls} nulls in ${path}, ${empty} in the CSV`);
    if (codec !== 'ZSTD') fail(`${path} is ${codec}`);
    const column = `"${path}"`;
    const [range] = await one(`SELECT min(${column})::VARCHAR, max(${column})::VARCHAR, min(x)::VARCHAR, max(x)::VARCHAR
        FROM (SELECT ${column}, CASE WHEN random() < 2 THEN ${column} END AS x FROM '${parquet}')`);
    if (range[0] !== range[2] || range[1] !== range[3]) fail(`statistics of ${path}: ${range}`);
}

// hyparquet, in plain JavaScript
const file = await asyncBufferFromFile(parquet);
const metadata = await parquetMetadataAsync(file);
const objects = await parquetReadObjects({ file, compressors });
compare('hyparquet', objects.map((row) => header.map((name) => row[name])));
const found = metadata.key_value_metadata.find((pair) => pair.key === 'run_id');
if (!found || found.value !== runId) fail('hyparquet: no run_id');
console.log(`${parquet}: ${wanted.length} rows, ${header.length} columns equal in DuckDB and hyparquet`);
