"""weir model explain: contributions sum to the score, members of an ensemble tell theirs, mistakes are named.

    explain_test.py WEIR WEIR_FLOOD
"""

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

WEIR, FLOOD = (str(Path(p).resolve()) for p in sys.argv[1:3])
TOLERANCE = 1e-5  # MODEL_ATTRIBUTION_TOLERANCE, of the larger of 1 and the score
failed = 0


def fail(what):
    global failed
    failed = 1
    print("FAIL:", what)


def weir(*args, status=0):
    run = subprocess.run([WEIR, *map(str, args)], capture_output=True, text=True, check=False)
    if run.returncode != status:
        fail(f"{' '.join(map(str, args))}: status {run.returncode}, not {status}: {run.stderr}")
    return run


def refused(words, *args, status=1):
    run = weir(*args, status=status)
    if words not in run.stderr or run.stderr.count("\n") != 1:
        fail(f'{" ".join(map(str, args))}: no "{words}" in one line: {run.stderr}')


def explain(*args):
    return [json.loads(line) for line in weir("model", "explain", "--json", *args).stdout.splitlines()]


def sums(rows):
    for row in rows:
        total = sum(c["contribution"] for c in row["contributions"])
        difference = row["raw"] - row["raw_ordinary"]
        if abs(total - difference) > TOLERANCE * max(1, abs(row["raw"])):
            fail(f"row {row['row']}: contributions sum to {total}, not {difference}")
        sizes = [abs(c["contribution"]) for c in row["contributions"]]
        if len(sizes) != 36 or sizes != sorted(sizes, reverse=True):
            fail(f"row {row['row']}: contributions are not all there by size: {sizes}")


def models_make():
    subprocess.run(
        [FLOOD, "normal", "-o", "day.pcap", "--seconds", "5", "--seed", "3"],
        check=True, stderr=subprocess.DEVNULL,
    )
    weir("analyze", "--quiet", "day.pcap", "--flows", "day.csv")
    for kind in ("forest", "kitnet", "knn"):
        weir("train", "--kind", kind, "--rows", "flow", "-o", kind + ".weir", "day.csv")
    weir("train", "--kind", "kitnet", "--rows", "flow", "-o", "again.weir", "day.csv")
    weir("train", "--kind", "kitnet", "--rows", "flow", "--seed", 2, "-o", "other.weir", "day.csv")
    if Path("again.weir").read_bytes() != Path("kitnet.weir").read_bytes():
        fail("the same rows and seed gave two KitNETs")
    if Path("other.weir").read_bytes() == Path("kitnet.weir").read_bytes():
        fail("another seed gave the same KitNET")
    weir("train", "--kind", "ensemble", "--member", "forest.weir:2", "--member", "kitnet.weir",
         "--member", "knn.weir:0.5", "--rows", "flow", "-o", "ensemble.weir", "day.csv")


def single_models():
    for kind in ("forest", "kitnet", "knn"):
        rows = explain("--top", 20, kind + ".weir", "day.csv")
        sums(rows)
        raw = [row["raw"] for row in rows]
        if len(raw) != 20 or raw != sorted(raw, reverse=True):
            fail(f"{kind}: not the 20 strangest rows, by score: {raw}")
        if any("members" in row for row in rows):
            fail(f"{kind} has members")


def ensemble():
    info = json.loads(weir("model", "info", "--json", "ensemble.weir").stdout)
    members = [(m["kind"], m["weight"]) for m in info["about"]["members"]]
    if members != [("forest", 2), ("kitnet", 1), ("knn", 0.5)]:
        fail(f"info tells of other members: {members}")
    rows = explain("--top", 10, "ensemble.weir", "day.csv")
    sums(rows)
    for row in rows:
        members = row["members"]
        mean = sum(m["weight"] * m["score"] for m in members) / sum(m["weight"] for m in members)
        if abs(mean - row["raw"]) > TOLERANCE:
            fail(f"row {row['row']}: raw {row['raw']}, the members' mean is {mean}")
        if any(m["strange"] != (m["score"] >= 0.99) for m in members):
            fail(f"row {row['row']}: a vote against its score: {members}")
    text = weir("model", "explain", "--top", 1, "ensemble.weir", "day.pcap").stdout
    for words in ("day.pcap: row ", "an ordinary row ", "all others", "weight 2, score ", " of 3 vote strange"):
        if words not in text:
            fail(f'no "{words}" in: {text}')
    text = weir("model", "info", "ensemble.weir").stdout
    if "kind knn, weight 0.5" not in text:
        fail(f"info does not show the members: {text}")


def mistakes():
    Path("ab.csv").write_text("a,b\n1,2\n2,3\n3,4\n")
    weir("train", "--any", "-o", "ab.weir", "ab.csv")
    refused("say MODEL FILE", "model", "explain", "ab.weir", status=2)
    refused("--top 0: a whole number", "model", "explain", "--top", 0, "ab.weir", "ab.csv", status=2)
    refused("day.csv: header: not a model file", "model", "explain", "day.csv", "day.csv")
    refused("none.csv: No such file", "model", "explain", "ab.weir", "none.csv")
    refused("columns are missing", "model", "explain", "forest.weir", "ab.csv")
    refused("day.pcap: a capture has the features of flows and hosts", "model", "explain", "ab.weir", "day.pcap")
    train = ("train", "--kind", "ensemble", "-o", "no.weir", "--rows", "flow")
    refused("--member", *train, "day.csv", status=2)
    refused("member 1: an ensemble is no member", *train, "--member", "knn.weir", "--member", "ensemble.weir", "day.csv")
    refused("member 0: feature 0", *train, "--member", "ab.weir", "day.csv")
    refused("weight", *train, "--member", "knn.weir:-1", "day.csv")
    refused("weight", *train, "--member", "knn.weir:1e9", "day.csv")
    refused("ab.csv: header", *train, "--member", "ab.csv", "day.csv")
    refused("--group 0", "train", "--kind", "kitnet", "--group", 0, "--any", "-o", "no.weir", "ab.csv", status=2)
    if Path("no.weir").exists():
        fail("a model was left behind")


def main():
    with tempfile.TemporaryDirectory() as folder:
        os.chdir(folder)
        models_make()
        single_models()
        ensemble()
        mistakes()
        os.chdir("/")
    sys.exit(failed)


main()
