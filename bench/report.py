#!/usr/bin/env python3
"""bench/run report: every part of the benchmarks, as one HTML page and a JSON beside it.

The page needs nothing from outside. A part that fails or is skipped is named with its reason; the others go on.
"""

import argparse
import json
import os
import subprocess
import sys
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, HERE)

from reporting import drawings, page, parts  # noqa: E402

SKIPPED = 77
PART_SECONDS_MAX = 1800
TITLES = {
    "score": "Models, a row",
    "detect": "A tick of the control core",
    "publish": "Events into Redis",
    "distributor": "A core that spreads packets over workers",
    "live": "Live: generator to Redis",
    "peers": "The same capture through others' tools",
}


def options_of(arguments):
    parser = argparse.ArgumentParser(
        prog="bench/run report", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    add = parser.add_argument
    add("--out", default="bench-report.html", help="the page; the JSON lies beside it (bench-report.html)")
    add("--quick", action="store_true", help="short times: shows that all runs, not how fast")
    add("--only", default="", help="parts, separated by commas: pipeline,memory,score ...")
    add("--max-flows", default="0", help="leave out scenarios with more flows; 0: none")
    add("--from", dest="source", help="draw the page of a JSON that was written before")
    add("--json", action="store_true", help="the report's JSON on standard output too")
    return parser.parse_args(arguments)


def exists(name):
    files = [os.path.join(HERE, name + end) for end in (".c", ".py", ".sh", "/main.c", "")]
    return any(os.path.isfile(file) for file in files)


def revision():
    out = subprocess.run(
        ["git", "-C", HERE, "describe", "--always", "--dirty"], capture_output=True, text=True, check=False
    )
    return out.stdout.strip() or "unknown"


def last_line(text):
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    return lines[-1] if lines else "no word of why"


def run_part(arguments):
    command = [os.path.join(HERE, "run"), arguments[0], "--json", *arguments[1:]]
    start = time.monotonic()
    run = {"command": "bench/run " + " ".join(command[1:])}
    try:
        out = subprocess.run(
            command, cwd=os.path.dirname(HERE), capture_output=True, text=True, check=False, timeout=PART_SECONDS_MAX
        )
    except subprocess.TimeoutExpired:
        run["failed"] = f"not done after {PART_SECONDS_MAX} s"
        return run
    run["seconds"] = round(time.monotonic() - start, 1)
    try:
        run.update(json.loads(out.stdout))
    except ValueError:
        run["failed"] = f"exit code {out.returncode}: {last_line(out.stderr or out.stdout)}"
        return run
    if out.returncode == SKIPPED:
        run["failed"] = f"skipped: {last_line(out.stderr)}"
    elif out.returncode != 0:
        run["failed"] = f"exit code {out.returncode}: {last_line(out.stderr)}"
    return run


def measure(options):
    wanted = [name for name in options.only.split(",") if name]
    others = [name for name in parts.OTHERS if exists(name) and (not wanted or name in wanted)]
    known = {"pipeline", *parts.OTHERS}
    unknown = [name for name in wanted if name not in known or not exists(name)]
    if unknown:
        sys.exit(f"bench report: --only {unknown[0]}: no such part; there are {', '.join(sorted(known))}")
    plan = parts.pipeline_runs(options.quick, parts.count_of(options.max_flows)) if not wanted or "pipeline" in wanted else []
    plan += parts.other_runs(options.quick, others)
    runs = {}
    for number, (key, _, arguments) in enumerate(plan, 1):
        print(f"{number}/{len(plan)} {key} ...", file=sys.stderr, flush=True)
        runs[key] = run_part(arguments)
        if "failed" in runs[key]:
            print(f"    {runs[key]['failed']}", file=sys.stderr)
    return {
        "bench": "report",
        "when": time.strftime("%Y-%m-%d %H:%M:%S UTC", time.gmtime()),
        "revision": revision(),
        "quick": options.quick,
        "others": [[name, TITLES[name]] for name in others if name in TITLES],
        "runs": runs,
    }


def main():
    options = options_of(sys.argv[1:])
    beside = os.path.splitext(options.out)[0] + ".json"
    if options.source:
        with open(options.source, encoding="utf-8") as file:
            report = json.load(file)
    else:
        report = measure(options)
        with open(beside, "w", encoding="utf-8") as file:
            json.dump(report, file, indent=1)
            file.write("\n")
    with open(options.out, "w", encoding="utf-8") as file:
        file.write(page.page(report, drawings.DRAWN))
    if options.json:
        machine = next((r["machine"] for r in report["runs"].values() if "machine" in r), {})
        settings = {"quick": report["quick"], "out": options.out}
        json.dump({"bench": "report", "machine": machine, "settings": settings, "results": report["runs"]}, sys.stdout)
        print()
    print(f"{options.out} and {beside}", file=sys.stderr)
    return 1 if any("failed" in run for run in report["runs"].values()) else 0


if __name__ == "__main__":
    sys.exit(main())
