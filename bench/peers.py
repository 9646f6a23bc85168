#!/usr/bin/python3
"""bench/peers.py: tundish and its peers on the same sets, in alternating rounds.

Started by compare.sh, whose head explains the options. Order of the work:

  1. systems(): which systems and variants this machine has, with their versions.
  2. For each set, and size: make it if it is not there.
  3. First round of a set: every model with lambda 0 and 1; the better test AUC decides which of
     the two is timed. Variants that change speed only share the decision. --scaling is about
     time alone: lambda 0.
  4. Rounds: every system once, one process each, the order turned by one each round, so that a
     machine that slows down or warms up hits all alike.
  5. With more data seeds: the same models on sets from other seeds, for quality alone.
  6. Tables (peers_tables.py). Each run is written to runs.csv as soon as it is over; --append
     goes on from what stands there.
"""
import argparse
import csv
import json
import os
import subprocess
import sys
import time

import peers_lightgbm
import peers_tables
from make_sets import SETS

HERE = os.path.dirname(os.path.abspath(__file__))
SMALL_ROWS = [7000, 30000, 100000]
SCALING_ROWS = [62500, 125000, 250000, 500000, 1000000, 2000000, 4000000]
RUN_COLUMNS = ['date', 'set', 'rows', 'seed', 'shape', 'trees', 'threads', 'system', 'version',
               'model', 'what', 'lambda', 'round', 'load', 'bin', 'load_and_bin', 'train',
               'predict', 'wall', 'auc', 'log_loss', 'peak_mb', 'load_average', 'error']
# Names of --systems that no machine needs to have: --scaling asks for them by itself.
MAY_BE_MISSING = ('lightgbm', 'lightgbm quantised', 'xgboost')
TEXTS = ['date', 'set', 'shape', 'system', 'version', 'model', 'what', 'error']
WHOLE = ['rows', 'seed', 'trees', 'threads', 'lambda', 'round']


class System:
    """A row of the tables: `run` names its function in peers_run.py; systems with equal `model`
    grow the same trees and share the choice of lambda; `loader` says whose reading of the CSV
    counts as its `load` ('' = it measures its own)."""

    def __init__(self, name, run, **more):
        self.name, self.run = name, run
        self.version = more.get('version', '')
        self.model = more.get('model', name)
        self.extra = more.get('extra', {})
        self.loader = more.get('loader', '')
        self.packages = more.get('packages')


def module_version(module, packages=None):
    """Version of a Python package, '' when it is missing."""
    code = f'import {module}; print({module}.__version__)'
    done = subprocess.run([sys.executable, '-c', code], capture_output=True, text=True,
                          check=False, env=environment(1, packages))
    return done.stdout.strip() if done.returncode == 0 else ''


def lightgbm_systems():
    """Variants of LightGBM that are known to matter for speed."""
    if not peers_lightgbm.library() and not peers_lightgbm.command():
        return []
    version = os.environ.get('LIGHTGBM_VERSION', 'version not told (LIGHTGBM_VERSION)')
    quantised = {'use_quantized_grad': 'true'}
    kinds = [('', 'LightGBM', {}),
             (' row-wise', 'LightGBM', {'force_row_wise': 'true'}),
             (' column-wise', 'LightGBM', {'force_col_wise': 'true'}),
             (' quantised', 'LightGBM quantised', quantised),
             (' quantised, renewed leaves', 'LightGBM quantised, renewed leaves',
              dict(quantised, quant_train_renew_leaf='true'))]
    loader = 'lightgbm' if peers_lightgbm.library() else ''
    found = [System('LightGBM' + kind, 'lightgbm', version=version, model=model, extra=extra,
                    loader=loader) for kind, model, extra in kinds]
    if peers_lightgbm.library() and peers_lightgbm.command():
        found.append(System('LightGBM command', 'lightgbm_command', version=version,
                            model='LightGBM'))
    return found


def systems(tundish):
    """All systems of this machine, tundish first."""
    shown = subprocess.run([tundish, '--version'], capture_output=True, text=True, check=True)
    found = [System('tundish', 'tundish', version=shown.stdout.split()[1])]
    found += lightgbm_systems()
    version = module_version('xgboost')
    if version:
        found.append(System('XGBoost', 'xgboost', version=version, loader='pandas'))
    other = os.environ.get('XGBOOST_PACKAGES')
    if other and module_version('xgboost', other):
        version = module_version('xgboost', other)
        found.append(System(f'XGBoost {version}', 'xgboost', version=version, loader='pandas',
                            packages=other))
    version = module_version('sklearn')
    if version:
        found.append(System('scikit-learn', 'sklearn', version=version, loader='pandas'))
    return found


def environment(threads, packages=None):
    """OpenMP is told the number of threads as well: scikit-learn has no other way to know."""
    env = dict(os.environ, OMP_NUM_THREADS=str(threads))
    if packages:
        env['PYTHONPATH'] = packages
    return env


class Bench:
    """Options, where results go, and all runs so far."""

    def __init__(self, args, found):
        self.args, self.systems, self.runs = args, found, []
        os.makedirs(args.out, exist_ok=True)
        path = f'{args.out}/runs.csv'
        if args.append and os.path.exists(path):
            self.runs = read_runs(path, args.trees)
        self.file = open(path, 'a' if self.runs else 'w', newline='', encoding='utf-8')
        self.writer = csv.DictWriter(self.file, RUN_COLUMNS, extrasaction='ignore')
        if not self.runs:
            self.writer.writeheader()

    def data(self, name, rows, seed):
        """Folder of a set; made when it is not there or has another size."""
        given = self.args.data
        places = [f'{self.args.out}/data/{rows}_{seed}']
        if given:
            places = [f'{given}/{rows}_{seed}'] if seed else [given, f'{given}/{rows}_{seed}']
        for place in places:
            about = read_about(place, name)
            if about and about['rows'] == rows:
                return place, about
        note(f'making {name}, {rows:,} rows, seed {seed}')
        subprocess.run([sys.executable, f'{HERE}/make_sets.py', places[-1], '--sets', name,
                        '--rows', str(rows), '--seed', str(seed)], check=True,
                       stdout=subprocess.DEVNULL)
        return places[-1], read_about(places[-1], name)

    def run(self, system, cell, what='train', lam=0, i_round=0):
        """One process; its result as a row, noted in runs.csv. `cell` says set and shape."""
        folder, about = self.data(cell['set'], cell['rows'], cell['seed'])
        job = {'system': system.run, 'what': what, 'stem': f"{folder}/{cell['set']}",
               'threads': cell['threads'], 'shape': cell['shape'], 'trees': self.args.trees,
               'lambda': lam, 'categorical': about['categorical'], 'extra': system.extra,
               'scratch': f'{self.args.out}/scratch_{os.getpid()}',
               'tundish': self.args.tundish}
        load = os.getloadavg()[0]
        done = subprocess.run([sys.executable, f'{HERE}/peers_run.py', json.dumps(job)],
                              capture_output=True, text=True, check=False,
                              env=environment(cell['threads'], system.packages))
        lines = done.stdout.strip().splitlines()
        result = (json.loads(lines[-1]) if done.returncode == 0 and lines else
                  {'error': done.stderr.strip().replace('\n', ' ')[-300:] or 'killed'})
        row = {**cell, 'date': time.strftime('%Y-%m-%d'), 'system': system.name,
               'version': system.version, 'model': system.model, 'lambda': lam,
               'round': i_round, 'trees': self.args.trees, 'what': what,
               'load_average': round(load, 2), **result}
        self.runs.append(row)
        self.writer.writerow(row)
        self.file.flush()
        tell(row)
        return row

    # ---- lambda, rounds, seeds --------------------------------------------------------------

    def choose(self, cell):
        """{model: lambda of the better test AUC}; these runs are timed as well."""
        chosen = {}
        for system in self.systems:
            if system.model in chosen:
                continue
            for lam in (0, 1):
                if not peers_tables.tries(self.runs, cell, system.model)[lam]:
                    self.run(system, cell, lam=lam)
            chosen[system.model] = peers_tables.chosen_lambda(self.runs, cell, system.model)
        return chosen

    def time_loads(self, cell, i_round):
        """Reading the CSV for systems that train from memory."""
        for loader in sorted({s.loader for s in self.systems if s.loader}):
            system = System('reading by ' + loader, loader)
            if self.n_timed(system, cell, 0) <= i_round:
                self.run(system, cell, what='load', i_round=i_round)

    def rounds(self, name, rows, shape, n_rounds):
        """All timed runs of one set and shape that are not there yet."""
        base = {'set': name, 'rows': rows, 'seed': 0, 'shape': shape}
        threads = sorted(self.args.threads, reverse=True)
        chosen = ({s.model: 0 for s in self.systems} if self.args.scaling else
                  self.choose({**base, 'threads': threads[0]}))
        for i_round in range(n_rounds):
            for n_threads in threads:
                cell = {**base, 'threads': n_threads}
                self.time_loads(cell, i_round)
                turn = i_round % len(self.systems)
                for system in self.systems[turn:] + self.systems[:turn]:
                    lam = chosen[system.model]
                    if self.n_timed(system, cell, lam) <= i_round:
                        self.run(system, cell, lam=lam, i_round=i_round)

    def n_timed(self, system, cell, lam):
        """Runs of a system and cell so far; choose() has made one of some."""
        return len(peers_tables.pick(self.runs, system=system.name, **cell, **{'lambda': lam}))

    def quality(self, name, rows, shape):
        """Both lambdas on the data seeds after 0; the rounds have run those of seed 0."""
        for seed in range(1, self.args.seeds):
            self.choose({'set': name, 'rows': rows, 'seed': seed, 'shape': shape,
                         'threads': max(self.args.threads)})


def read_runs(path, trees):
    """Runs of earlier calls; they must be of the same number of trees."""
    runs = []
    with open(path, newline='', encoding='utf-8') as file:
        for row in csv.DictReader(file):
            runs.append({key: value if key in TEXTS else int(value) if key in WHOLE
                         else float(value) for key, value in row.items() if value})
    if any(run['trees'] != trees for run in runs):
        sys.exit(f'compare.sh: {path} holds runs of another number of trees: take another --out')
    return runs


def read_about(folder, name):
    path = f'{folder}/{name}.json'
    if not os.path.exists(path):
        return None
    with open(path, encoding='ascii') as file:
        return json.load(file)


def note(text):
    print(f"{time.strftime('%H:%M:%S')} {text}", file=sys.stderr, flush=True)


def tell(row):
    if row.get('error'):
        note(f"{row['set']} {row['system']}: {row['error']}")
        return
    stages = ('load', 'load_and_bin', 'bin', 'train', 'predict')
    figures = ' '.join(f'{key} {row[key]:.3f}' for key in stages if key in row)
    quality = f"AUC {row['auc']:.5f} lambda {row['lambda']}" if 'auc' in row else ''
    note(f"{row['set']} {row['rows']:,} {row['shape']} threads {row['threads']} "
         f"round {row['round']} {row['system']}: {figures} {quality}")


def numbers(text):
    return [int(part) for part in text.split(',')]


def parse():
    """The options that compare.sh documents."""
    parser = argparse.ArgumentParser(prog='compare.sh', add_help=False)
    parser.add_argument('--sets', default=None)
    parser.add_argument('--scale', type=float, default=1.0)
    parser.add_argument('--rounds', type=int, default=3)
    parser.add_argument('--threads', type=numbers, default=[1, os.cpu_count() or 1])
    parser.add_argument('--shape', default='leaf255')
    parser.add_argument('--trees', type=int, default=100)
    parser.add_argument('--seeds', type=int, default=1)
    parser.add_argument('--small', action='store_true')
    parser.add_argument('--scaling', action='store_true')
    parser.add_argument('--systems')
    parser.add_argument('--append', action='store_true')
    parser.add_argument('--out', default='build/compare')
    parser.add_argument('--data', default='')
    parser.add_argument('--tundish', default='build/tundish')
    args = parser.parse_args()
    args.sets = (args.sets or ('higgs' if args.scaling else ','.join(SETS))).split(',')
    if args.systems is None and args.scaling:
        args.systems = 'LightGBM;LightGBM quantised;XGBoost'
    args.shapes = args.shape.split(',')
    args.threads = sorted(set(args.threads))
    for name in args.sets:
        if name not in SETS:
            parser.error(f"unknown set '{name}'; known: {', '.join(SETS)}")
    for shape in args.shapes:
        if shape not in ('leaf255', 'depth6'):
            parser.error(f"unknown shape '{shape}'; known: leaf255, depth6")
    if min(args.rounds, args.trees, args.seeds, *args.threads) < 1 or args.scale <= 0:
        parser.error('--rounds, --trees, --seeds, --threads and --scale must be positive')
    return args


def sizes(args, name):
    """Training rows to run a set with."""
    full = SETS[name][1]
    if args.small:
        return SMALL_ROWS
    if args.scaling:
        return [int(rows * args.scale) for rows in SCALING_ROWS]
    return [int(full * args.scale)]


def select(found, text):
    """The systems named in --systems, and tundish; an unknown name ends the program."""
    if text is None:
        return found
    wanted = [part.strip().lower() for part in text.split(';')]
    known = [system.name.lower() for system in found]
    for name in wanted:
        if name not in known and name not in MAY_BE_MISSING:
            sys.exit(f"compare.sh: no system '{name}' here; there are: "
                     + '; '.join(system.name for system in found))
    return [s for s in found if s.name == 'tundish' or s.name.lower() in wanted]


def of_earlier_calls(runs, found):
    """Systems in runs.csv that this machine, or this call's environment, does not have."""
    names = [system.name for system in found]
    for run in runs:
        if run['what'] == 'train' and run['system'] not in names:
            names.append(run['system'])
            loader = '' if run['system'] == 'LightGBM command' else (
                'lightgbm' if run['system'].startswith('LightGBM') else 'pandas')
            found = found + [System(run['system'], '', model=run['model'], loader=loader)]
    return found


def main():
    args = parse()
    found = systems(args.tundish)
    bench = Bench(args, select(found, args.systems))
    found = of_earlier_calls(bench.runs, found)
    for name in args.sets:
        for shape in args.shapes:
            for rows in sizes(args, name):
                bench.rounds(name, rows, shape, args.rounds)
                bench.quality(name, rows, shape)
                peers_tables.write(args, found, bench.runs, bench.data)
    print(peers_tables.write(args, found, bench.runs, bench.data))
    bench.file.close()
    sys.exit(1 if any(run.get('error') for run in bench.runs) else 0)


if __name__ == '__main__':
    main()
