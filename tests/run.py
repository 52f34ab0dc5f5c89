#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Run the suite, print one line a failure, and end with `N passed, N failed, N skipped`.

Kinds, found in the tree, never listed by hand:
  unit    build/MODE/tests/unit/*/test_*         cmocka binaries; each of their tests counts
  corpus  build/asan/tests/fuzz/fuzz_*           replay tests/fuzz/corpus/NAME
  script  tests/{golden,oracle,live,check}/test_*.{sh,py}   exit 0 passed, 77 skipped (reason on the last line), else failed
  fuzz    build/fuzz/tests/fuzz/fuzz_*           libFuzzer: FUZZ_TEST_RUNS inputs, each time the same; with FUZZ_SECONDS so long
                                                 and with other inputs each time

Scripts get SEKIMORI (the binary), MODE, CORPUS (may be empty). golden runs with the release, asan and, if it uses
lanes, tsan binaries, the others with asan (oracle, live) or release (check). What takes longest begins first; live tests, which mostly
wait, run one after the other beside the rest.

With CI=true and uid 0 a skipped live test is a failure, unless tests/live/kernel-needs names the kernel feature it needs and the
probe given there fails.

How long each took, and how much of that the processors worked for it: build/test-logs/times.tsv, the dearest first.
"""
import argparse
import concurrent.futures
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
SANITIZER = {
    "ASAN_OPTIONS": "detect_leaks=1:abort_on_error=0:exitcode=99:allocator_may_return_null=1",
    "UBSAN_OPTIONS": "print_stacktrace=1:halt_on_error=1",
    "TSAN_OPTIONS": "halt_on_error=1:exitcode=66:second_deadlock_stack=1",
}
TIMEOUT = 1500
# The higher, the earlier: so that the workers end together. Unit tests, corpora and fuzzers, many and short, come last.
FIRST = {("golden", "tsan"): 4, ("oracle", "asan"): 3, ("golden", "asan"): 2, ("golden", "release"): 1, ("check", "release"): 1, ("live", "asan"): 0}


class Result:
    def __init__(self, name, passed=0, failed=0, skipped=0, note="", log=""):
        self.name, self.passed, self.failed, self.skipped, self.note, self.log = name, passed, failed, skipped, note, log
        self.seconds = self.cpu = 0.0


def environment(mode):
    env = dict(os.environ, **SANITIZER)
    env.update(SEKIMORI=str(ROOT / f"build/{mode}/sekimori"), MODE=mode, LC_ALL="C.UTF-8", TZ="UTC", SEKIMORI_OUI="none")
    env.setdefault("CORPUS", "")
    if env["CORPUS"]:
        env["CORPUS"] = str(Path(env["CORPUS"]).resolve())
    env.pop("SEKIMORI_SIGNATURES", None)
    return env


class Clock(threading.local):
    """Seconds of processor time that this thread's children have used since it was last asked."""
    cpu = 0.0


CLOCK = Clock()


def call(argv, mode):
    """@return (exit status, output). wait4() instead of subprocess.run(): it tells the processor time."""
    if not Path(argv[0]).exists() and not shutil.which(argv[0]):
        return 127, f"{argv[0]} is not built"
    late = threading.Event()
    with tempfile.TemporaryFile() as out:
        p = subprocess.Popen(argv, cwd=ROOT, env=environment(mode), stdin=subprocess.DEVNULL, stdout=out, stderr=subprocess.STDOUT)

        def end(how):
            late.set()
            os.kill(p.pid, how)

        # SIGINT first: a script then takes down its namespaces and what runs in them.
        timers = [threading.Timer(TIMEOUT, end, [signal.SIGINT]), threading.Timer(TIMEOUT + 60, end, [signal.SIGKILL])]
        for t in timers:
            t.start()
        _, status, used = os.wait4(p.pid, 0)
        for t in timers:
            t.cancel()
        p.returncode = os.waitstatus_to_exitcode(status)
        CLOCK.cpu += used.ru_utime + used.ru_stime
        out.seek(0)
        text = out.read().decode("utf-8", "replace")
    return (124, text + f"\nno end after {TIMEOUT} s\n") if late.is_set() else (p.returncode, text)


def timed(fn, *args):
    start, CLOCK.cpu = time.monotonic(), 0.0
    r = fn(*args)
    r.seconds, r.cpu = time.monotonic() - start, CLOCK.cpu
    return r


def unit(mode, binary):
    code, out = call([str(binary)], mode)
    ok = len(re.findall(r"^\[       OK \]", out, re.M))
    bad = len(re.findall(r"^\[  FAILED  \] [^\n]*(?<!test\(s\), listed below:)$", out, re.M))
    bad = len(set(re.findall(r"^\[  FAILED  \] (?!\d+ test\(s\))(\S+)", out, re.M)) | ({"?"} if code and not bad else set()))
    skipped = len(set(re.findall(r"^\[  SKIPPED \] (?!\d+ test\(s\))(\S+)", out, re.M)))
    name = f"unit {mode} {binary.parent.name}/{binary.name}"
    if code == 0 and ok == 0 and skipped == 0:
        return Result(name, failed=1, note="ran no test", log=out)
    return Result(name, ok, bad if code else 0, skipped, log=out if code else "")


def corpus(binary):
    folder = ROOT / "tests/fuzz/corpus" / binary.name.removeprefix("fuzz_")
    name = f"corpus {binary.name}"
    if not folder.is_dir() or not any(folder.iterdir()):
        return Result(name, failed=1, note="no corpus")
    code, out = call([str(binary), str(folder)], "asan")
    return Result(name, passed=int(code == 0), failed=int(code != 0), log=out if code else "")


def fuzz(binary, runs, seconds):
    """Whether a change may land must not hang on luck: the suite gives each target the same inputs on every run and every machine. So
    the seed is fixed, the seed inputs have a fixed order, addresses are not random (comparisons of pointers steer the mutations) and
    inputs are counted, not seconds. `make fuzz` looks for what is new."""
    folder = ROOT / "tests/fuzz/corpus" / binary.name.removeprefix("fuzz_")
    scratch = ROOT / "build/fuzz/found" / binary.name
    scratch.mkdir(parents=True, exist_ok=True)
    argv = [str(binary), "-timeout=60", "-rss_limit_mb=4096", "-max_len=8192", f"-artifact_prefix={scratch}/crash-"]
    if seconds:
        name = f"fuzz {binary.name} {seconds} s"
        code, out = call([*argv, f"-max_total_time={seconds}", str(scratch), str(folder)], "fuzz")
    else:
        name = f"fuzz {binary.name} {runs} runs"
        seeds = scratch.with_suffix(".seeds")
        seeds.write_text(",".join(str(p.relative_to(ROOT)) for p in sorted(folder.iterdir())))
        same = ["setarch", "-R"] if shutil.which("setarch") else []
        code, out = call([*same, *argv, "-seed=1", f"-runs={runs}", f"-seed_inputs=@{seeds}"], "fuzz")
    return Result(name, passed=int(code == 0), failed=int(code != 0), log=out if code else "")


def excused(path):
    """A kernel feature that this test needs and that this kernel does not have, or None."""
    needs = ROOT / "tests/live/kernel-needs"
    for line in needs.read_text().splitlines() if needs.exists() else []:
        if line.startswith("#") or not line.strip():
            continue
        name, feature, probe = line.split("\t")
        if name == path.name and subprocess.run(["sh", "-c", probe], cwd=ROOT, stdout=subprocess.DEVNULL, check=False,
                                                stderr=subprocess.DEVNULL).returncode != 0:
            return feature
    return None


def script(path, mode):
    argv = ["/usr/bin/python3", str(path)] if path.suffix == ".py" else ["sh", str(path)]
    code, out = call(argv, mode)
    name = f"{path.parent.name} {mode} {path.name}"
    if code == 0:
        return Result(name, passed=1)
    if code != 77:
        return Result(name, failed=1, note=f"exit {code}", log=out)
    reason = (out.strip().splitlines() or ["no reason given"])[-1]
    if path.parent.name == "live" and os.environ.get("CI") == "true" and os.geteuid() == 0 and not excused(path):
        return Result(name, failed=1, note=f"skipped in CI as root: {reason}", log=out)
    return Result(name, skipped=1, note=reason)


def main():
    ap = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    ap.add_argument("--only", choices=["unit", "corpus", "script", "fuzz"])
    ap.add_argument("--mode", help="unit tests of this build only")
    ap.add_argument("--match", default="", help="only names that contain this")
    args = ap.parse_args()
    # Tests end programs with SIGINT. Whoever starts us in the background has it ignored, and so would they.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    runs, seconds = int(os.environ.get("FUZZ_TEST_RUNS") or 4000), int(os.environ.get("FUZZ_SECONDS") or 0)
    jobs, alone = [], []

    def add(kind, label, fn, *a, single=False, first=0):
        if (args.only in (None, kind)) and args.match in label:
            (alone if single else jobs).append((first, fn, a))

    for mode in [args.mode] if args.mode else ["release", "asan", "tsan"]:
        for source in sorted((ROOT / "tests/unit").glob("*/test_*.c")):
            b = ROOT / f"build/{mode}" / source.relative_to(ROOT).with_suffix("")
            add("unit", f"{mode} {b}", unit, mode, b)
    for source in sorted((ROOT / "tests/fuzz").glob("fuzz_*.c")):
        b = ROOT / "build/asan" / source.relative_to(ROOT).with_suffix("")
        add("corpus", str(b), corpus, b)
    modes = {"golden": ["release", "asan", "tsan"], "oracle": ["asan"], "live": ["asan"], "check": ["release"]}
    for folder, ms in modes.items():
        for p in sorted((ROOT / "tests" / folder).glob("test_*")):
            if p.suffix in (".sh", ".py"):
                for m in ms:
                    if m == "tsan" and "lanes" not in p.read_text():
                        continue  # one thread alone: the thread sanitizer has nothing to look at
                    # live tests own namespaces, cgroups and time: one after the other
                    add("script", f"{m} {p}", script, p, m, single=folder == "live", first=FIRST[folder, m])
    for source in sorted((ROOT / "tests/fuzz").glob("fuzz_*.c")):
        b = ROOT / "build/fuzz" / source.relative_to(ROOT).with_suffix("")
        add("fuzz", str(b), fuzz, b, runs, seconds)

    logs = ROOT / "build/test-logs"
    logs.mkdir(parents=True, exist_ok=True)
    total = Result("all")
    results = []
    jobs.sort(key=lambda j: -j[0])
    with concurrent.futures.ThreadPoolExecutor(2) as pool, concurrent.futures.ThreadPoolExecutor(1) as third:
        begun = [third.submit(timed, fn, *a) for _, fn, a in alone] + [pool.submit(timed, fn, *a) for _, fn, a in jobs]
        for f in concurrent.futures.as_completed(begun):
            results.append(report(f.result(), logs))
    rows = [f"{r.seconds:.1f}\t{r.cpu:.1f}\t{r.name}" for r in sorted(results, key=lambda r: -r.seconds)]
    (logs / "times.tsv").write_text("\n".join(["seconds\tcpu\ttest", *rows]) + "\n")
    for r in results:
        total.passed, total.failed, total.skipped = total.passed + r.passed, total.failed + r.failed, total.skipped + r.skipped
    if total.passed + total.failed == 0:
        print("nothing was run")
        total.failed = 1
    print(f"{total.passed} passed, {total.failed} failed, {total.skipped} skipped")
    return 1 if total.failed else 0


def report(r, logs):
    if r.failed:
        (logs / (re.sub(r"[^A-Za-z0-9_.-]", "_", r.name) + ".log")).write_text(r.log)
        print(f"FAILED {r.name} {r.note}")
        print("\n".join("    " + line for line in r.log.splitlines()[-40:]))
    elif r.skipped:
        print(f"skipped {r.name}: {r.note or 'see its output'}")
    else:
        print(f"ok {r.name}")
    sys.stdout.flush()
    return r


if __name__ == "__main__":
    sys.exit(main())
