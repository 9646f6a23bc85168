"""bench/peers_tables.py: runs -> medians -> Markdown tables and CSV.

A run is a dict: set, rows, seed, shape, threads, system, model, what, lambda, round,
seconds of the stages, auc, log_loss, peak_mb, load_average, perhaps error. Shown seconds are
medians over the rounds of the runs with the chosen lambda on data seed 0.

    ratio of a stage = seconds of the system / seconds of tundish       above 1: tundish is faster

Quality over data seeds: d_s = AUC of tundish - AUC of the peer on seed s, each at the lambda with
the better mean; mean(d) and its standard error sd(d) / sqrt(seeds). Equal quality is met when
mean(d) >= -(0.0005 + 2 standard errors)."""
import csv
import os
import statistics
import time

STAGES = ('load', 'bin', 'train', 'predict')
ALLOWED_LOSS = 0.0005
SHAPES = {'leaf255': '255 leaves, leaf-wise', 'depth6': 'depth 6, depth-wise'}


# ---- machine line ---------------------------------------------------------------------------

def cpu_model():
    with open('/proc/cpuinfo', encoding='utf-8') as file:
        for line in file:
            if line.startswith(('model name', 'Model')):
                return line.split(':', 1)[1].strip()
    return os.uname().machine


def machine_lines(systems, runs):
    """What was run where and when: CPU, cores, threads, memory, systems with their versions."""
    pages = os.sysconf('SC_PHYS_PAGES') * os.sysconf('SC_PAGE_SIZE')
    cores = len(os.sched_getaffinity(0))
    threads = ' and '.join(str(n) for n in sorted({run['threads'] for run in runs}))
    n_rounds = 1 + max(run['round'] for run in runs)
    days = sorted({run['date'] for run in runs})
    versions = {}
    for run in runs:
        if run.get('version') and run['what'] == 'train':
            versions.setdefault(run['system'].split()[0], []).append(run['version'])
    when = " to ".join(sorted({days[0], days[-1]}))
    lines = [f'{cpu_model()}, {cores} cores, {pages / 2 ** 30:.0f} GiB memory; runs with '
             f'{threads} thread(s), {n_rounds} round(s); {when}',
             ', '.join(f'{name} {" and ".join(dict.fromkeys(of))}'
                       for name, of in versions.items())]
    ran = {system.name.split()[0] for system in systems if pick(runs, system=system.name)}
    for name in ('LightGBM', 'XGBoost', 'scikit-learn'):
        if name not in ran:
            lines.append(f'{name}: not run')
    return lines


# ---- medians --------------------------------------------------------------------------------

def median(runs, key):
    """Median of a figure over the runs that have it, or None."""
    values = [run[key] for run in runs if run.get(key) is not None]
    return statistics.median(values) if values else None


def pick(runs, **wanted):
    """Runs without error whose columns have the wanted values."""
    return [run for run in runs
            if not run.get('error') and all(run[key] == value for key, value in wanted.items())]


def tries(runs, cell, model):
    """{lambda: runs of a model on a set}, with any number of threads."""
    keys = ('set', 'rows', 'seed', 'shape')
    here = pick(runs, what='train', model=model, **{key: cell[key] for key in keys})
    return {lam: [run for run in here if run['lambda'] == lam] for lam in (0, 1)}


def chosen_lambda(runs, cell, model):
    """The lambda with the better test AUC in its first run; 0 when they are equal."""
    first = {lam: tried[0]['auc'] if tried else -1
             for lam, tried in tries(runs, cell, model).items()}
    return max(first, key=first.get)


def load_seconds(system, runs, medians):
    """Its own, or that of its loader; LightGBM's reader bins as well, which is taken off."""
    if not system.loader:
        return medians['load']
    reading = pick(runs, what='load', system='reading by ' + system.loader)
    if system.loader == 'pandas':
        return median(reading, 'load')
    both = median(reading, 'load_and_bin')
    return None if both is None or medians['bin'] is None else max(both - medians['bin'], 0)


def summarise(runs, systems):
    """One dict for each set, shape, threads and system, in the order of the runs."""
    rows = []
    cells = dict.fromkeys((r['set'], r['rows'], r['shape'], r['threads'])
                          for r in runs if r['seed'] == 0)
    for name, n_rows, shape, threads in cells:
        here = pick(runs, set=name, rows=n_rows, shape=shape, threads=threads, seed=0)
        cell, tundish = {'set': name, 'rows': n_rows, 'seed': 0, 'shape': shape}, None
        for system in systems:
            lam = chosen_lambda(runs, cell, system.model)
            own = pick(here, what='train', system=system.name, **{'lambda': lam})
            if not own:
                continue
            row = {key: median(own, key) for key in (*STAGES, 'auc', 'log_loss', 'peak_mb')}
            row['load'] = load_seconds(system, here, row)
            row.update(set=name, rows=n_rows, shape=shape, threads=threads, system=system.name,
                       **{'lambda': own[0]['lambda'], 'runs': len(own)})
            if system.name == 'tundish':
                tundish = row
            for stage in STAGES:
                row[stage + '_ratio'] = ratio(row[stage], tundish and tundish[stage])
            rows.append(row)
    return rows


def ratio(value, base):
    return value / base if value is not None and base else None


# ---- tables ---------------------------------------------------------------------------------

def show(value, form):
    return '' if value is None else format(value, form)


def seconds(value):
    """Three digits that matter, for a millisecond as for a minute."""
    if value is None:
        return ''
    return f'{value:.1f}' if value >= 10 else f'{value:.2f}' if value >= 1 else f'{value:.3f}'


def markdown(head, body):
    """A Markdown table with columns of equal width; text left, figures right."""
    cells = [head] + body
    width = [max(len(row[i]) for row in cells) for i in range(len(head))]
    is_text = [i == 0 for i in range(len(head))]
    lines = ['| ' + ' | '.join(c.ljust(w) if t else c.rjust(w)
                               for c, w, t in zip(row, width, is_text)) + ' |' for row in cells]
    rule = '|' + '|'.join('-' * (w + 2) if t else '-' * (w + 1) + ':'
                          for w, t in zip(width, is_text)) + '|'
    return '\n'.join([lines[0], rule] + lines[1:])


def set_tables(summary, about_of):
    """One table a set, size and shape: all systems, all numbers of threads."""
    parts = []
    for name, n_rows, shape in dict.fromkeys((r['set'], r['rows'], r['shape']) for r in summary):
        about = about_of(name, n_rows)
        body = []
        for r in summary:
            if (r['set'], r['rows'], r['shape']) == (name, n_rows, shape):
                body.append([r['system'], str(r['threads']), str(r['lambda'])]
                            + [seconds(r[stage]) for stage in STAGES]
                            + [show(r[stage + '_ratio'], '.2f') for stage in STAGES[1:]]
                            + [show(r['auc'], '.5f'), show(r['log_loss'], '.5f'),
                               show(r['peak_mb'], '.0f')])
        parts.append(
            f"**{name}**: {n_rows:,} × {about['columns']}, {SHAPES[shape]}. True probabilities: "
            f"AUC {about['oracle_auc']:.5f}, log-loss {about['oracle_logloss']:.5f}.\n\n"
            + markdown(['system', 'threads', 'λ', 'load s', 'bin s', 'train s', 'predict s',
                        'bin ×', 'train ×', 'predict ×', 'AUC', 'log-loss', 'peak MB'], body))
    return parts


def best_models(runs, systems):
    """{model: (lambda, AUC by seed)} of one set and shape, each at the lambda with the better mean;
    models that lack a seed are left out."""
    seeds = sorted({r['seed'] for r in runs})
    best = {}
    for model in dict.fromkeys(system.model for system in systems):
        for lam in (0, 1):
            own = [pick(runs, what='train', model=model, seed=s, **{'lambda': lam})[:1]
                   for s in seeds]
            if not all(own):
                continue
            scores = [run[0]['auc'] for run in own]
            if model not in best or statistics.mean(scores) > statistics.mean(best[model][1]):
                best[model] = (lam, scores)
    return best


def paired(ours, theirs):
    """Mean difference, its standard error, and whether it is above the loss that is allowed."""
    d = [a - b for a, b in zip(ours, theirs)]
    mean, error = statistics.mean(d), statistics.stdev(d) / len(d) ** .5
    return mean, error, mean >= -(ALLOWED_LOSS + 2 * error)


def quality_rows(best):
    rows = []
    for model, (lam, scores) in best.items():
        row = [model, str(lam), f'{statistics.mean(scores):.5f}', '', '', '']
        if model != 'tundish' and 'tundish' in best:
            mean, error, is_held = paired(best['tundish'][1], scores)
            row[3:] = [f'{mean:+.5f}', f'{error:.5f}', 'yes' if is_held else 'NO']
        rows.append(row)
    return rows


def best_peer_row(name, shape, best):
    """tundish against the peer with the highest mean AUC; None where one of them is missing."""
    peers = {model: scores for model, (_, scores) in best.items() if model != 'tundish'}
    if 'tundish' not in best or not peers:
        return None
    peer = max(peers, key=lambda model: statistics.mean(peers[model]))
    ours = best['tundish'][1]
    mean, error, is_held = paired(ours, peers[peer])
    return [f'{name}, {SHAPES[shape]}', peer, f'{statistics.mean(ours):.5f}',
            f'{statistics.mean(peers[peer]):.5f}', f'{mean:+.5f}', f'{error:.5f}',
            f'{ALLOWED_LOSS + 2 * error:.5f}', 'yes' if is_held else 'NO']


def quality_tables(runs, systems):
    """Mean AUC over data seeds: the best peer of every set in one table, then all peers set by
    set; nothing with one seed."""
    parts, summary = [], []
    for name, n_rows, shape in dict.fromkeys((r['set'], r['rows'], r['shape'])
                                             for r in runs if r['seed'] > 0):
        here = [r for r in runs if (r['set'], r['rows'], r['shape']) == (name, n_rows, shape)]
        n_seeds = len({r['seed'] for r in here})
        best = best_models(here, systems)
        summary.append(best_peer_row(name, shape, best))
        parts.append(f'**{name}**, quality over {n_seeds} data seeds: {n_rows:,} rows, '
                     f'{SHAPES[shape]}\n\n'
                     + markdown(['model', 'λ', 'mean AUC', 'tundish less it', 'standard error',
                                 'equal'], quality_rows(best)))
    summary = [row for row in summary if row]
    if summary:
        parts.insert(0, 'Mean test AUC over data seeds, beside the best peer; `allowed` is 0.0005 + '
                     '2 standard errors of the paired difference\n\n'
                     + markdown(['set, shape', 'best peer', 'tundish', 'best peer\'s',
                                 'difference', 'standard error', 'allowed', 'held'], summary))
    return parts


def scaling_tables(summary):
    """Training seconds by rows, and the gain of threads at each number of rows."""
    names = list(dict.fromkeys(r['system'] for r in summary))
    at = {(r['set'], r['shape'], r['rows'], r['threads'], r['system']): r for r in summary}
    parts = []
    for name, shape in dict.fromkeys((r['set'], r['shape']) for r in summary):
        own = [r for r in summary if (r['set'], r['shape']) == (name, shape)]
        rows = sorted({r['rows'] for r in own})
        threads = sorted({r['threads'] for r in own})

        def train(n, t, system):
            return at.get((name, shape, n, t, system), {}).get('train')
        body = [[f'{n:,}', str(t)] + [seconds(train(n, t, s)) for s in names]
                + [show(ratio(train(n, t, s), train(n, t, 'tundish')), '.2f') for s in names[1:]]
                for t in threads for n in rows]
        parts.append(f'**{name}**, {SHAPES[shape]}: training seconds by rows\n\n' + markdown(
            ['rows', 'threads'] + names + [s + ' ×' for s in names[1:]], body))
        body = [[f'{n:,}', f'{t}'] + [show(ratio(train(n, threads[0], s), train(n, t, s)), '.2f')
                                      for s in names] for n in rows for t in threads[1:]]
        if body:
            parts.append(f'**{name}**, {SHAPES[shape]}: times faster than with {threads[0]} '
                         'thread\n\n' + markdown(['rows', 'threads'] + names, body))
    return parts


def load_line(runs):
    """What else the machine did; above half a core it spoils the figures."""
    loads = [run['load_average'] for run in runs]
    if not loads:
        return ''
    warning = '' if loads[0] < 0.5 else '; the machine was BUSY when the first run began'
    return f'Load average before a run: first {loads[0]:.2f}, median ' \
           f'{statistics.median(loads):.2f}{warning}.'


def write(args, systems, runs, data):
    """tables.md and summary.csv in args.out; returns the Markdown."""
    summary = summarise(runs, systems)
    parts = ['\n'.join(machine_lines(systems, runs))]
    if args.scaling:
        parts += scaling_tables(summary)
    else:
        parts += set_tables(summary, lambda name, rows: data(name, rows, 0)[1])
    parts += quality_tables(runs, systems)
    failed = dict.fromkeys(f"{r['set']} {r['system']}: {r['error']}" for r in runs
                           if r.get('error'))
    parts += ['Failed runs:\n' + '\n'.join(f'* {line}' for line in failed)] if failed else []
    parts.append(load_line(runs))
    text = '\n\n'.join(parts) + '\n'
    with open(f'{args.out}/tables.md', 'w', encoding='utf-8') as file:
        file.write(text)
    columns = ['set', 'rows', 'shape', 'threads', 'system', 'lambda', 'runs', *STAGES,
               *(stage + '_ratio' for stage in STAGES), 'auc', 'log_loss', 'peak_mb']
    with open(f'{args.out}/summary.csv', 'w', newline='', encoding='utf-8') as file:
        writer = csv.DictWriter(file, columns)
        writer.writeheader()
        writer.writerows(summary)
    return text
