#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Every level of every signature of ours is named by one of its cases (`level` or `levels`), and every one has a silent case.

What is told of a running sensor alone (`_live`, `elsewhere`) no capture can show.

usage: test_signature_levels.py [CORPUS]
"""
import pathlib
import sys


def main():
    import yaml

    wrong = rules = 0
    for path in sorted(pathlib.Path("signatures").rglob("*.yml")):
        for rule in yaml.load_all(path.read_text(), yaml.BaseLoader):
            ours = rule.get("sekimori")
            if not ours or "elsewhere" in ours.get("tests", {}):
                continue
            rules += 1
            fires, silent = ours["tests"].get("fires", []), ours["tests"].get("silent", [])
            branches = [b["level"] for b in ours.get("levels", []) if b["when"] != "_live"]
            named = {c.get("level") for c in fires} | {level for c in fires for level in c.get("levels", [])}
            missing = {rule["level"], *branches} - named if branches else set()
            if missing or not fires or not silent:
                print(f"{path}: {rule['name']}: no case for {', '.join(sorted(missing)) or 'firing or silence'}")
                wrong += 1
    print(f"signature-levels: {rules} rules, {wrong} with a level that no case reaches")
    return 1 if wrong or not rules else 0


if __name__ == "__main__":
    sys.exit(main())
