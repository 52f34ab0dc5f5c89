#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Every signature validates against Sigma's published schemas, and every clause it names exists.

usage: test_signatures_schema.py [CORPUS [FOLDER ...]]     CORPUS: the folder that holds vectors/sigma and controls.json
"""
import json
import os
import pathlib
import sys


def main():
    named = sys.argv[1] if len(sys.argv) > 1 else os.environ.get("CORPUS", "")
    corpus = pathlib.Path(named) if named else None
    folders = [pathlib.Path(f) for f in sys.argv[2:] or ("signatures", "tests/golden/sigma")]
    if corpus is None or not (corpus / "vectors" / "sigma").is_dir():
        print("no corpus with vectors/sigma")
        return 77
    import jsonschema
    import yaml

    class Loader(yaml.SafeLoader):
        """Dates stay text, as in YAML 1.2."""

    Loader.yaml_implicit_resolvers = {
        first: [(tag, regexp) for tag, regexp in rules if tag != "tag:yaml.org,2002:timestamp"]
        for first, rules in yaml.SafeLoader.yaml_implicit_resolvers.items()
    }
    names = {"detection": "sigma-detection-rule-schema", "correlation": "sigma-correlation-rules-schema",
             "filter": "sigma-filters-schema"}
    schema = {}
    for kind, name in names.items():
        loaded = json.loads((corpus / "vectors" / "sigma" / (name + ".json")).read_text())
        loaded["$schema"] = "https://json-schema.org/draft/2020-12/schema"
        schema[kind] = jsonschema.Draft202012Validator(loaded)
    clauses = {c["clause"] for c in json.loads((corpus / "controls.json").read_text())}
    wrong = documents = 0
    for path in sorted(p for folder in folders for p in folder.rglob("*.yml")):
        for document in yaml.load_all(path.read_text(), Loader):
            documents += 1
            kind = next((k for k in ("correlation", "filter") if k in document), "detection")
            for error in schema[kind].iter_errors(document):
                print(f"{path}: {'.'.join(map(str, error.path))}: {error.message}")
                wrong += 1
            for clause in document.get("sekimori", {}).get("clauses", []):
                if clause not in clauses:
                    print(f"{path}: clause {clause} is not in controls.json")
                    wrong += 1
    print(f"signatures-schema: {documents} documents, {wrong} wrong")
    return 1 if wrong or not documents else 0


if __name__ == "__main__":
    sys.exit(main())
