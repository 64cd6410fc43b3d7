"""Imports one package after the other and says how each went. Runs as a program, in an interpreter of its own.

`python prober.py torch onnx` prints two lines a name: one before, so that a crash can be laid at its door, one after.
"""

import importlib
import json
import sys

MARK = "mobiviz-doctor "  # what packages print by themselves has no such beginning


def main(names):
    for name in names:
        say([name])
        print(MARK, file=sys.stderr, flush=True)  # what comes after it is this package's
        try:
            module = importlib.import_module(name)
            say([name, "", torch_facts(module) if name == "torch" else []])
        except BaseException as error:  # a package may raise SystemExit, too
            words = " ".join(str(error).split())
            say([name, f"{type(error).__name__}: {words[:2000]}", []])


def torch_facts(torch):
    return [torch.__version__, torch.version.cuda, bool(torch.cuda.is_available()), torch.get_num_threads()]


def say(what):
    # The one stream: packages write to stdout as well, so each line starts afresh.
    print("\n" + MARK + json.dumps(what), flush=True)


if __name__ == "__main__":
    main(sys.argv[1:])
