# SPDX-License-Identifier: Apache-2.0
"""What the script tests share: running the program, comparing, failing with a sentence."""
import errno
import json
import os
import subprocess
import sys
import time
import traceback
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
SEKIMORI = os.environ.get("SEKIMORI") or str(ROOT / "build/release/sekimori")
CORPUS = os.environ.get("CORPUS", "")
MODE = os.environ.get("MODE", "release")


def run(*args, stdin=None, env=None, timeout=600):
    """@return (exit status, standard output, standard error) as text"""
    e = dict(os.environ, LC_ALL="C.UTF-8", TZ="UTC", **{"SEKIMORI_OUI": "none", **(env or {})})
    p = subprocess.run([SEKIMORI, *map(str, args)], input=stdin, stdout=subprocess.PIPE, stderr=subprocess.PIPE, cwd=ROOT, env=e,
                       timeout=timeout, check=False)
    return p.returncode, p.stdout.decode("utf-8", "strict"), p.stderr.decode("utf-8", "replace")


def alerts(*args):
    """Lines of a read, parsed; the exit status must be 0."""
    code, out, err = run("read", "--quiet", "--format", "json", *args)
    assert code == 0, f"exit {code}: {err}"
    return [json.loads(line) for line in out.splitlines()]


def open_pipe(fifo, program):
    """A named pipe for writing, once the program reads it: whoever opens it before waits for ever if the program has ended."""
    while True:
        try:
            fd = os.open(fifo, os.O_WRONLY | os.O_NONBLOCK)
            os.set_blocking(fd, True)
            return open(fd, "wb", buffering=0)
        except OSError as e:
            assert e.errno == errno.ENXIO, e
            assert program.poll() is None, f"it ended, exit {program.returncode}, and has not opened {fifo}"
            time.sleep(0.01)  # polling for a state


def main(cases):
    """Run every function whose name begins with test_; a failed assertion is told with its name."""
    failed = ran = 0
    for name, case in sorted(cases.items()):
        if not name.startswith("test_") or not callable(case):
            continue
        ran += 1
        try:
            case()
        except AssertionError as e:
            failed += 1
            print(f"FAILED {name}: {e}")
        except Exception:  # the tests behind it are run all the same
            failed += 1
            print(f"FAILED {name}: {traceback.format_exc()}")
    assert ran, "no test is here"
    sys.exit(1 if failed else 0)
