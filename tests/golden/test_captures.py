#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""captures/make.py makes the shipped bytes; tshark reads every capture of ours and counts the same packets."""
import json
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))
from lib import ROOT, main, run


def test_make_py_makes_the_same_bytes():
    with tempfile.TemporaryDirectory() as tmp:
        subprocess.run(["/usr/bin/python3", ROOT / "captures/make.py", tmp], check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        made = sorted(Path(tmp).iterdir())
        assert made, "nothing was made"
        for path in made:
            shipped = ROOT / "captures" / path.name
            assert shipped.exists(), f"{path.name} is not shipped"
            assert shipped.read_bytes() == path.read_bytes(), f"{path.name} differs from what make.py makes"
        names = {p.name for p in made}
        for p in (ROOT / "captures").glob("*.pcap*"):
            assert p.name in names, f"{p.name} is made by nothing"


def test_every_capture_has_a_row():
    text = (ROOT / "captures/README.md").read_text()
    for p in (ROOT / "captures").glob("*.pcap*"):
        stem = p.stem.replace("smtp-spf-", "") if p.stem.startswith("smtp-spf-") else p.stem
        assert stem in text, f"{p.name} has no row in captures/README.md"


def test_tshark_reads_them():
    assert shutil.which("tshark"), "tshark is not installed"
    for p in sorted((ROOT / "captures").glob("**/*.pcap*")):
        t = subprocess.run(["tshark", "-n", "-r", p, "-T", "fields", "-e", "frame.number"], stdout=subprocess.PIPE, stderr=subprocess.PIPE, check=False)
        assert t.returncode == 0, f"{p.name}: tshark: {t.stderr.decode()}"
        code, out, err = run("read", "--count", p.relative_to(ROOT))
        assert code == 0, err
        assert json.loads(out)["packets"] == len(t.stdout.split()), f"{p.name}: packets"


if __name__ == "__main__":
    if os.environ.get("MODE", "release") != "release":
        print("nothing here depends on the build: done with the release build")
        sys.exit(0)
    main(globals())
