// bench/engine.mjs TUNDISH SHOP [ROUNDS [THREADS]]: key figures from events.csv by tundish and by DuckDB, in turns, from
// the same file in the same run. Run from a copy beside node_modules: bench/engine.sh does.
//
// DuckDB gets what its manual advises: the types of the columns, one SQL statement, all threads. Both read, clean, drop
// exact copies, sort, cut sessions at 30 minutes, make funnel rows and count. The figures have to agree, or it fails.
// tundish is timed as a process from start to end, DuckDB inside an open database; the flags by item, which tundish makes
// as well, are not asked of DuckDB.
import { spawnSync } from 'node:child_process';
import { readFileSync, mkdtempSync, statSync } from 'node:fs';
import { DuckDBInstance } from '@duckdb/node-api';
const [tundish, shop, rounds = '5', threads = '2'] = process.argv.slice(2);
const log = `${shop}/events.csv`;

const sql = `
WITH raw AS (
    SELECT DISTINCT timestamp, visitorid, itemid, transactionid,
        CASE event WHEN 'view' THEN 0 WHEN 'addtocart' THEN 1 WHEN 'transaction' THEN 2 END AS kind
    FROM read_csv('${log}', header = true, columns = {'timestamp': 'BIGINT', 'visitorid': 'BIGINT',
        'event': 'VARCHAR', 'itemid': 'BIGINT', 'transactionid': 'BIGINT'})),
clean AS (
    SELECT * FROM raw
    WHERE kind IS NOT NULL AND timestamp BETWEEN 0 AND 253402300799999 AND (kind = 2) = (transactionid IS NOT NULL)),
cut AS (
    SELECT *, timestamp - lag(timestamp, 1, -10000000) OVER in_order > 1800000 AS is_first FROM clean
    WINDOW in_order AS (PARTITION BY visitorid ORDER BY timestamp, kind, itemid, transactionid)),
numbered AS (
    SELECT *, sum(is_first::INT) OVER (PARTITION BY visitorid ORDER BY timestamp, kind, itemid, transactionid
        ROWS UNBOUNDED PRECEDING) AS session FROM cut),
funnel AS (
    SELECT visitorid, session, count(*) AS n,
        count(*) FILTER (kind = 0) AS views, count(*) FILTER (kind = 1) AS carts, count(*) FILTER (kind = 2) AS buys,
        min(timestamp) FILTER (kind = 0) AS first_view, min(timestamp) FILTER (kind = 1) AS first_cart,
        min(timestamp) FILTER (kind = 2) AS first_buy
    FROM numbered GROUP BY visitorid, session)
SELECT count(*) AS sessions, count(DISTINCT visitorid) AS visitors, sum(views) AS events_view,
    sum(carts) AS events_addtocart, sum(buys) AS events_transaction,
    (SELECT count(DISTINCT transactionid) FROM clean) AS orders,
    count(*) FILTER (n = 1) AS bounce_rate, count(*) FILTER (first_view <= first_cart) AS view_to_cart,
    count(*) FILTER (first_cart <= first_buy) AS cart_to_purchase, count(*) FILTER (buys > 0) AS session_conversion,
    count(*) FILTER (carts > 0 AND buys = 0) AS cart_abandonment,
    count(DISTINCT visitorid) FILTER (buys > 0) AS visitor_conversion,
    quantile_disc(first_cart - first_view, 0.5) FILTER (first_view <= first_cart) AS to_cart,
    quantile_disc(first_buy - first_cart, 0.5) FILTER (first_cart <= first_buy) AS to_purchase
FROM funnel`;

const db = await (await DuckDBInstance.create(':memory:', { threads })).connect();
const scratch = mkdtempSync('/tmp/engine-');
const byTundish = () => {
    const start = performance.now();
    const run = spawnSync(tundish, ['kpi', shop, '--threads', threads, '--json', `${scratch}/kpi.json`, '--quiet']);
    if (run.status !== 0) throw new Error(String(run.stderr));
    return [(performance.now() - start) / 1000, JSON.parse(readFileSync(`${scratch}/kpi.json`, 'utf8'))];
};
const byDuckdb = async () => {
    const start = performance.now();
    const [row] = (await db.runAndReadAll(sql)).getRowObjects();
    return [(performance.now() - start) / 1000, row];
};

const seconds = { tundish: [], DuckDB: [] };
let kpi, row;
for (let round = 0; round < Number(rounds); round++) {
    let s;
    [s, kpi] = byTundish();
    seconds.tundish.push(s);
    [s, row] = await byDuckdb();
    seconds.DuckDB.push(s);
}
for (const [name, value] of Object.entries(row)) {
    const mine = name === 'to_cart' ? kpi.durations.time_to_cart.p50 : name === 'to_purchase' ? kpi.durations.time_to_purchase.p50
        : (kpi.kpis[name] ?? { numerator: kpi.counts[name] }).numerator;
    if (BigInt(mine) !== BigInt(value)) { console.error(`${name}: tundish ${mine}, DuckDB ${value}`); process.exit(1); }
}
const median = (list) => [...list].sort((a, b) => a - b)[Math.floor(list.length / 2)];
const megabytes = statSync(log).size / 1e6;
const version = (await db.runAndReadAll('SELECT version()')).getRows()[0][0];
console.log(`${log}: ${megabytes.toFixed(1)} MB, ${kpi.counts.rows_read} rows, ${threads} threads, median of ${rounds} rounds; ${Object.keys(row).length} figures equal`);
for (const [name, list] of Object.entries(seconds))
    console.log(`  ${name.padEnd(14)} ${median(list).toFixed(3)} s  ${(megabytes / median(list)).toFixed(0)} MB/s   (${list.map((x) => x.toFixed(2)).join(' ')})`);
console.log(`  DuckDB ${version} takes ${(median(seconds.DuckDB) / median(seconds.tundish)).toFixed(1)} times as long`);
const stages = kpi.timings;
for (const stage of ['read', 'sessions', 'figures'])
    console.log(`  stage ${stage.padEnd(9)} ${stages[stage].toFixed(3)} s  ${stages[stage + '_mb_per_s'].toFixed(0)} MB/s`);
