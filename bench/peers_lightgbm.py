"""bench/peers_lightgbm.py: LightGBM through its C interface, or through its command.

The C interface (lib_lightgbm.so) lets each stage be timed alone, as for every other system:

    bin      LGBM_DatasetCreateFromMat on the float32 matrix, and its labels
    train    LGBM_BoosterCreate + one LGBM_BoosterUpdateOneIter a tree
    predict  LGBM_BoosterPredictForMat on the test matrix
    load     LGBM_DatasetCreateFromFile on the CSV, less `bin`: LightGBM bins while it reads

The command tells less: load and bin are one figure ("Finished loading data in ..."), train goes
from that line of its log to its last "... finished iteration ...", and there is no figure for
predict, because it reads the test file meanwhile.
The library is used when there is one: LIGHTGBM_LIB, or lib_lightgbm.so beside the command."""
import ctypes
import os
import re
import shutil
import subprocess
import time

FLOAT32, ROW_MAJOR, NORMAL = 0, 1, 0


def command():
    """Path of the lightgbm command, or None."""
    return shutil.which(os.environ.get('LIGHTGBM', 'lightgbm'))


def library():
    """Path of lib_lightgbm.so, or None."""
    named = os.environ.get('LIGHTGBM_LIB')
    if named:
        return named if os.path.exists(named) else None
    beside = command() and os.path.join(os.path.dirname(os.path.realpath(command())),
                                        'lib_lightgbm.so')
    return beside if beside and os.path.exists(beside) else None


def parameters(job):
    """Training parameters as LightGBM's text."""
    items = {'objective': 'binary', 'learning_rate': 0.1, 'num_leaves': 255, 'max_bin': 255,
             'min_data_in_leaf': 20, 'min_sum_hessian_in_leaf': 1e-3, 'lambda_l2': job['lambda'],
             'num_threads': job['threads'], 'num_iterations': job['trees'], 'metric': 'none'}
    if job['shape'] == 'depth6':
        items.update(num_leaves=64, max_depth=6)
    if job['categorical']:
        items['categorical_feature'] = ','.join(map(str, job['categorical']))
    items.update(job.get('extra', {}))
    return ' '.join(f'{key}={value}' for key, value in items.items())


class Library:
    """The few calls that are needed; a call that fails raises with LightGBM's own message."""

    def __init__(self):
        self.lib = ctypes.CDLL(library())
        self.lib.LGBM_GetLastError.restype = ctypes.c_char_p

    def call(self, name, *args):
        if getattr(self.lib, name)(*args) != 0:
            raise RuntimeError(f'{name}: {self.lib.LGBM_GetLastError().decode()}')

    def dataset(self, X, y, text):
        handle = ctypes.c_void_p()
        self.call('LGBM_DatasetCreateFromMat', pointer(X), FLOAT32, *X.shape, ROW_MAJOR,
                  text.encode(), None, ctypes.byref(handle))
        self.call('LGBM_DatasetSetField', handle, b'label', pointer(y), len(y), FLOAT32)
        return handle

    def dataset_of_file(self, path, text):
        handle = ctypes.c_void_p()
        self.call('LGBM_DatasetCreateFromFile', path.encode(), text.encode(), None,
                  ctypes.byref(handle))
        self.call('LGBM_DatasetFree', handle)

    def train(self, dataset, text, n_trees):
        handle, is_finished = ctypes.c_void_p(), ctypes.c_int()
        self.call('LGBM_BoosterCreate', dataset, text.encode(), ctypes.byref(handle))
        for _ in range(n_trees):
            self.call('LGBM_BoosterUpdateOneIter', handle, ctypes.byref(is_finished))
            if is_finished.value:
                break
        return handle

    def predict(self, booster, X, out, threads):
        length = ctypes.c_int64()
        self.call('LGBM_BoosterPredictForMat', booster, pointer(X), FLOAT32, *X.shape, ROW_MAJOR,
                  NORMAL, 0, -1, f'num_threads={threads}'.encode(), ctypes.byref(length),
                  pointer(out))


def pointer(array):
    assert array.flags.c_contiguous
    return array.ctypes.data_as(ctypes.c_void_p)


def run_library(job, tools):
    """One run in this process. `tools` has numpy (np), load_part and peak_mb."""
    np, lgb, text = tools.np, Library(), parameters(job) + ' verbosity=-1'
    X, y = tools.load_part(job, 'train')
    t0 = time.perf_counter()
    dataset = lgb.dataset(X, y, text)
    t1 = time.perf_counter()
    booster = lgb.train(dataset, text, job['trees'])
    t2 = time.perf_counter()
    result = {'bin': t1 - t0, 'train': t2 - t1, 'peak_mb': tools.peak_mb()}
    X, y = tools.load_part(job, 'test')
    out = np.empty(len(y))
    t3 = time.perf_counter()
    lgb.predict(booster, X, out, job['threads'])
    result['predict'] = time.perf_counter() - t3
    result.update(tools.quality(y, out))
    return result


def run_load(job):
    """Seconds to read and bin the CSV. Subtract `bin` to have the reading."""
    lgb = Library()
    text = ' '.join([csv_parameters(), parameters(job), 'verbosity=-1'])
    start = time.perf_counter()
    lgb.dataset_of_file(f"{job['stem']}_train.csv", text)
    return {'load_and_bin': time.perf_counter() - start}


def csv_parameters():
    return 'header=true label_column=name:y'


def run_log(args):
    """Run the command; its log as (seconds since start, line), and its peak memory in MB."""
    start, lines = time.perf_counter(), []
    with subprocess.Popen(args, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                          text=True, bufsize=1) as process:
        for line in process.stdout:
            lines.append((time.perf_counter() - start, line.strip()))
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode != 0:
        raise RuntimeError('\n'.join(line for _, line in lines[-5:]))
    return lines, usage.ru_maxrss / 1024


def time_of(lines, words):
    """When the last line with these words came."""
    times = [at for at, line in lines if words in line]
    if not times:
        raise RuntimeError(f"LightGBM's log has no line '{words}'")
    return times[-1]


def run_command(job, tools):
    """One run of the command on the CSV files; numpy is loaded after it, because the peak of a
    child starts at its parent's size."""
    model = job['scratch'] + '.model'
    base = [command(), csv_parameters(), f"num_threads={job['threads']}"]
    lines, peak = run_log(' '.join(base + [f"task=train data={job['stem']}_train.csv",
                                           parameters(job), f'output_model={model}']).split())
    loading = [line for _, line in lines if 'Finished loading data in' in line]
    load = float(re.search(r'in ([0-9.eE+-]+) seconds', loading[-1]).group(1))
    # Set-up after loading ("Finished initializing training") is work of the trainer.
    train = time_of(lines, 'finished iteration') - time_of(lines, 'Finished loading data in')
    out = job['scratch'] + '.txt'
    run_log(' '.join(base + [f"task=predict data={job['stem']}_test.csv input_model={model}",
                             f'output_result={out}']).split())
    _, y = tools.load_part(job, 'test')
    result = {'load': load, 'train': train, 'peak_mb': peak}
    result.update(tools.quality(y, tools.np.loadtxt(out)))
    for path in (model, out):
        os.unlink(path)
    return result
