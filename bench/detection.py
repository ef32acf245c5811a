#!/usr/bin/env python3
"""bench/run detection [OPTION...] [DIR]: how often alarms tell the truth.

Plays labelled captures, and with --lab the laboratory's scenes, and compares the alarms with the truth: which attacks
are detected, named right, aimed right, how soon; false alarms an hour of quiet traffic; ROC, AUC and calibration of each
model. `weir evaluate` does the comparison; this runs it over all that there is and draws the page.

DIR is a folder with a labels.csv; by default ../shared/captures beside the project, with what detection/captures.csv
tells of it besides. The page and a JSON of all figures are written side by side.
"""

import argparse
import json
import os
import re
import subprocess
import sys
import tempfile
import time
from html import escape

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(HERE)
sys.path.insert(0, HERE)

from reporting import lines, modelling, page, svg  # noqa: E402
from reporting.page import Raw, table  # noqa: E402

SKIPPED = 77
LAB_SECONDS_MAX = 3600
GROUP_SHIPPED = "Shipped models, on flows and hosts of the captures"
GROUP_LAB = "Shipped models, on flows and hosts of the laboratory: nothing of it was trained on"
GROUP_LABELLED = "Shipped models, on packets and flows that somebody labelled one by one"
GROUP_TRAINED = "{}: trained on every second quiet capture, judged on the others and on attacks"
GROUP_TABLE = "CICFlowMeter's flows (CICIDS2017, improved): trained on half of the quiet ones"
SET_OVER = "captures, laid over ordinary traffic"
OVER = ["--seconds", "120", "--rate", "400"]  # of weir-flood's normal day
FOUND = os.path.join(ROOT, "..", "shared", "captures")


class Failed(Exception):
    """One line: what could not be done."""


def options_of(arguments):
    parser = argparse.ArgumentParser(
        prog="bench/run detection", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    add = parser.add_argument
    add("dir", nargs="?", help="folder of captures")
    add("--labels", action="append", default=[], help="labels of DIR (DIR/labels.csv); may be given more than once")
    add("--model", action="append", default=[], help="score with this model too: its curves beside the shipped ones'")
    add("--kinds", default=",".join(modelling.KINDS), help="kinds of models to train and compare, none: \"\" (%(default)s)")
    add("--lab", nargs="?", const="all", help="play these scenes of the laboratory as well (all); needs root and its tools")
    add("--lab-option", action="append", default=[], help="passed on to tools/lab play")
    add("--recorded", help="a folder that tools/lab --record wrote before, instead of --lab")
    add("--config", help="a weir.json to take thresholds and networks from")
    add("--out", default="bench-detection.html", help="the page; the JSON lies beside it (bench-detection.html)")
    add("--from", dest="source", help="draw the page of a JSON that was written before")
    add("--json", action="store_true", help="the JSON on standard output too")
    return parser.parse_args(arguments)


def build(target="tools/cli/weir", given="WEIR"):
    if os.environ.get(given):  # one that was built before
        return os.environ[given]
    subprocess.run([os.environ["WEIR_BENCH"] + "/run", "--build-only", target], check=True)
    return os.path.join(os.environ["WEIR_BUILD"], target)


def evaluate(weir, options, folder, labels, *more):
    command = [weir, "evaluate", "--json", "--quiet", folder, *more]
    for file in labels:
        command += ["--labels", file]
    if options.config:
        command += ["--config", options.config]
    start = time.monotonic()
    out = subprocess.run(command, capture_output=True, text=True, check=False)
    try:
        result = json.loads(out.stdout)
    except ValueError:
        raise Failed(f"exit code {out.returncode}: {modelling.last_line(out.stderr)}") from None
    result["seconds"] = round(time.monotonic() - start, 1)
    return result


def captures_of(options):
    """[(title, folder, labels)] of found captures, or the reason why there are none."""
    folder = options.dir or FOUND
    labels = options.labels or [os.path.join(folder, "labels.csv")]
    if not os.path.exists(labels[0]):
        if options.dir or options.labels:
            raise Failed(f"{labels[0]}: no such file: name the labels with --labels")
        return None
    if not options.dir and not options.labels:
        labels.append(os.path.join(HERE, "detection", "captures.csv"))
    return os.path.normpath(folder), labels


def play_lab(options, folder):
    """The sensor's own verdicts, live, as tools/lab tells them; the packets are kept in the folder."""
    command = [os.path.join(ROOT, "tools", "lab"), "play", "--json", "--record", folder, *options.lab_option, *options.lab.split(",")]
    out = subprocess.run(command, capture_output=True, text=True, check=False, timeout=LAB_SECONDS_MAX)
    try:
        return json.loads(out.stdout)
    except ValueError:
        raise Failed(f"tools/lab: exit code {out.returncode}: {modelling.last_line(out.stderr)}") from None


def lab_part(weir, options, report):
    if options.recorded:
        lab_judge(weir, options, options.recorded, report)
        return
    with tempfile.TemporaryDirectory(prefix="weir-detection-") as folder:
        report["live"] = play_lab(options, folder)
        lab_judge(weir, options, folder, report)


def lab_judge(weir, options, folder, report):
    result = evaluate(weir, options, folder, [folder + "/labels.csv"])
    report["sets"]["laboratory"] = result
    curves(report, GROUP_LAB, "shipped", result["models"])


def curves(report, group, name, models):
    report["models"] += [dict(m, name=f"{name}, {m['rows']}", group=group) for m in models]


def promise(report, name, check):
    if check:
        report["promises"].append({"name": name, "check": check})


def given_models(weir, options, found, report):
    """The curves of other models, on the same rows."""
    for model in options.model:
        name = os.path.splitext(os.path.basename(model))[0]
        curves(report, GROUP_SHIPPED, name, evaluate(weir, options, *found, "--model", model)["models"])


def trained_models(weir, options, found, report):
    """Each kind, of flows and of hosts, trained on every second quiet capture and judged on the others."""
    folder, labels = found
    with tempfile.TemporaryDirectory(prefix="weir-detection-") as scratch:
        chosen, left_out = modelling.halves(labels, scratch)
        captures = modelling.readable(weir, folder, chosen)
        for kind in filter(None, options.kinds.split(",")):
            files = []
            for rows in ("flow", "host"):
                files.append(os.path.join(scratch, f"{kind}-{rows}.weir"))
                failed, check = modelling.train(weir, ["--rows", rows, "--kind", kind, "-o", files[-1], "--rows-per-file",
                                                       str(modelling.ROWS_PER_FILE), *captures])
                promise(report, f"{kind}, {rows}s", check)
                if failed:
                    report["not_run"][f"{kind} of {rows}s"] = failed
                    files.pop()
            if files:
                more = [argument for file in files for argument in ("--model", file)]
                for model in evaluate(weir, options, folder, [*labels, left_out], *more)["models"]:
                    curves(report, GROUP_TRAINED.format(model["rows"].capitalize()), kind, [model])


def table_models(weir, options, folder, report):
    """Each kind on a table of flows that somebody labelled."""
    with tempfile.TemporaryDirectory(prefix="weir-detection-") as scratch:
        train, judge, features = modelling.cic_tables(folder, scratch)
        for kind in filter(None, options.kinds.split(",")):
            file = os.path.join(scratch, kind + ".weir")
            failed, _ = modelling.train(weir, ["--features", ",".join(features), "--kind", kind, "-o", file, train])
            if failed:
                report["not_run"][f"{kind} of CIC flows"] = failed
                continue
            curves(report, GROUP_TABLE, kind, [evaluate_rows(weir, judge, "Label", "BENIGN", "--model", file)])


def evaluate_rows(weir, table_file, label, normal, *more):
    command = [weir, "evaluate", "--json", "--rows", table_file, "--label", label, "--normal", normal, *more]
    out = subprocess.run(command, capture_output=True, text=True, check=False)
    if out.returncode != 0:
        raise Failed(modelling.last_line(out.stderr))
    return json.loads(out.stdout)


def shipped_on(weir, name, file, sorts, report):
    """The shipped models' scores of a file's packets or rows, each of which somebody labelled."""
    with tempfile.TemporaryDirectory(prefix="weir-detection-") as scratch:
        try:
            joined = modelling.scored(weir, file, sorts, scratch)
        except (ValueError, IndexError) as failed:
            raise Failed(f"{file}: {failed}") from None
        for column in ("flow_score", "host_score"):
            result = evaluate_rows(weir, joined, "sort", "normal", "--score", column)
            if result["auc"] is not None:
                curves(report, GROUP_LABELLED, f"{name}, {column.replace('_', ' ')}", [result])


def over_part(weir, options, found, report):
    """The same attacks, laid over an ordinary day."""
    with tempfile.TemporaryDirectory(prefix="weir-detection-") as scratch:
        quiet = os.path.join(scratch, "normal.pcap")
        command = [build("tools/flood/weir-flood", "WEIR_FLOOD"), "normal", "-o", quiet, *OVER]
        subprocess.run(command, check=True, capture_output=True)
        report["sets"][SET_OVER] = evaluate(weir, options, *found, "--over", quiet)


def labelled_part(weir, folder, report):
    """Packets and flows that come with a label each."""
    packets, flows = (os.path.join(folder, "_flows", name) for name in ("modbus_packet_labels", "cicids2017_improved"))
    if os.path.isdir(packets):
        captures = [os.path.join(at, name) for at, _, names in os.walk(folder) for name in names]
        for capture, sorts in modelling.packet_labels(packets, captures):
            shipped_on(weir, "packets of Modbus", capture, sorts, report)
    if os.path.isdir(flows):
        with tempfile.TemporaryDirectory(prefix="weir-detection-") as scratch:
            shipped_on(weir, "flows of CICFlowMeter", *modelling.cic_rows(flows, scratch), report)


def attempt(report, what, function, *arguments):
    try:
        function(*arguments)
    except (Failed, subprocess.SubprocessError) as failed:
        report["not_run"][what] = str(failed)


def captures_part(weir, options, report):
    found = captures_of(options)
    if found is None:
        raise Failed(f"skipped: {FOUND} is absent: found captures are not part of the project")
    result = evaluate(weir, options, *found)
    report["sets"]["captures"] = result
    curves(report, GROUP_SHIPPED, "shipped", result["models"])
    for rows in ("flow", "host"):
        promise(report, f"shipped, {rows}s", modelling.shipped_check(weir, os.path.join(ROOT, "conf", "models", rows + ".weir")))
    given_models(weir, options, found, report)
    attempt(report, SET_OVER, over_part, weir, options, found, report)
    attempt(report, "labelled packets and flows", labelled_part, weir, found[0], report)
    attempt(report, "trained models", trained_models, weir, options, found, report)
    flows = os.path.join(found[0], "_flows", "cicids2017_improved")
    if os.path.isdir(flows):
        attempt(report, "models of CIC flows", table_models, weir, options, flows, report)


def revision():
    out = subprocess.run(
        ["git", "-C", HERE, "describe", "--always", "--dirty"], capture_output=True, text=True, check=False
    )
    return out.stdout.strip() or "unknown"


def machine():
    about = {"cpu": "unknown", "cpus": os.cpu_count(), "kernel": os.uname().release, "load_before": os.getloadavg()[0]}
    with open("/proc/cpuinfo", encoding="utf-8") as file:
        models = [line.split(":", 1)[1].strip() for line in file if line.startswith("model name")]
    return dict(about, cpu=models[0]) if models else about


def measure(options):
    weir = build()
    report = {
        "when": time.strftime("%Y-%m-%d %H:%M:%S UTC", time.gmtime()),
        "revision": revision(),
        "sets": {},
        "models": [],
        "promises": [],
        "not_run": {},
    }
    attempt(report, "captures", captures_part, weir, options, report)
    if options.lab or options.recorded:
        attempt(report, "laboratory", lab_part, weir, options, report)
    else:
        report["not_run"]["laboratory"] = "not asked for: --lab plays it, --recorded FOLDER takes what was recorded"
    return report


# The page.

STYLE = page.STYLE + """
.verdicts svg .s1 { fill: var(--good); } .verdicts svg .s2 { fill: var(--c2); } .verdicts svg .s3 { fill: var(--bad); }
.verdicts .legend .k1 { background: var(--good); } .verdicts .legend .k2 { background: var(--c2); }
.verdicts .legend .k3 { background: var(--bad); } .pair { display: flex; flex-wrap: wrap; gap: 1rem; } .pair div { flex: 1 1 24rem; }
"""

KIND_HEAD = ["attack", "counted", "detected", "right name", "right target", "right", "of it low", "median s", "most s", "alarms", "excluded"]
KIND_KEYS = ["attack", "counted", "detected", "right_name", "right_target", "right", "right_but_low", "delay_median_s", "delay_max_s",
             "alarms_per_attack", "excluded"]


def share(part, whole):
    return f"{part} of {whole} ({100 * part / whole:.1f} %)" if whole else "none"


def summary_rows(result):
    total, quiet = result["total"], result["quiet"]
    rows = [("attacks named right on the right target", share(total["right"], total["counted"])),
            ("attacks detected at all", share(total["detected"], total["counted"]))]
    if quiet["files"]:
        rows += [("quiet files without an alarm above low", share(quiet["without_alarm_above_low"], quiet["files"])),
                 ("quiet files without any alarm", share(quiet["without_alarm"], quiet["files"])),
                 ("false alarms an hour of quiet traffic", f"{svg.number(quiet['alarms_per_hour'])} in {svg.number(quiet['hours'])} hours"),
                 ("of them above low", svg.number(quiet["alarms_above_low_per_hour"]))]
    return rows


def kinds_chart(result):
    rows = []
    for kind in result["kinds"]:
        if kind["counted"]:
            missed = kind["counted"] - kind["detected"]
            rows.append((kind["attack"], [kind["right"], kind["detected"] - kind["right"], missed]))
    if not rows:
        return ""
    return f'<div class="verdicts">{svg.stacked("attacks by kind", "attacks", ["right", "seen, but not right", "missed"], rows)}</div>'


def alarm_words(alarm):
    if not alarm:
        return "none"
    port = f":{alarm['port']}" if alarm.get("port") is not None else ""
    return f"{alarm['kind']} on {alarm['target']}{port}, {alarm['severity']}"


def not_right_table(result):
    rows = [(a["verdict"], a["attack"], a["file"], a["packets"], alarm_words(a["alarm"]), a["wanted"].replace("|", ", "))
            for a in result["attacks"] if a["verdict"] not in ("right", "excluded")]
    if not rows:
        return "<p>Every attack that counts is right.</p>"
    return table(["verdict", "attack", "file", "packets", "alarm", "right would be"], rows, (3,))


def right_table(result):
    rows = [(a["attack"], a["file"], alarm_words(a["alarm"]), a["delay_s"], a["alarms"]) for a in result["attacks"] if a["verdict"] == "right"]
    return "<details><summary>Those that are right</summary>" + table(["attack", "file", "alarm", "delay s", "alarms"], rows, (3, 4)) + "</details>"


def excluded_table(result):
    groups = {}
    for a in result["attacks"]:
        if a["verdict"] == "excluded":
            reason = re.sub(r"\d+ are", "some are", a["excluded"])
            groups.setdefault((reason, a["attack"]), []).append(a["file"])
    rows = [(reason, attack, len(files), Raw("<details><summary>files</summary>" + "<br>".join(map(escape, files)) + "</details>"))
            for (reason, attack), files in sorted(groups.items())]
    if result["parser_rows"]:
        rows.append(("the label's class is parser: nothing is asked of it", "-", result["parser_rows"], ""))
    return table(["why it is not counted", "attack", "how many", ""], rows, (2,))


def beside_table(result):
    rows = [(a["class"], a["file"], alarm_words(a), a["words"]) for a in result["beside"]]
    return table(["file is", "file", "alarm", "its words"], rows) if rows else "<p>None.</p>"


def loose_table(result):
    notes = sorted({(a["attack"], a["wanted"].replace("|", ", "), a["loose"]) for a in result["attacks"] if a["loose"]})
    return table(["attack", "any of these is right", "because"], notes) if notes else ""


def set_section(title, result):
    kinds = [[kind[key] for key in KIND_KEYS] for kind in [*result["kinds"], result["total"]]]
    parts = [
        f"<h2>{escape(title)}</h2>", table(["", ""], summary_rows(result), (1,)), kinds_chart(result),
        table(KIND_HEAD, kinds, range(1, len(KIND_HEAD))),
        "<h3>Not right</h3>", not_right_table(result), right_table(result),
        "<h3>Alarms on quiet files, and beside the attacks of others</h3>", beside_table(result),
        "<h3>Not counted, and why</h3>", excluded_table(result),
        "<h3>Where a label is loose</h3>", loose_table(result),
    ]
    if result["failed"]:
        rows = [(f["file"], f["why"]) for f in result["failed"]]
        parts.append("<h3>Files that could not be read, or not to their ends</h3>" + table(["file", "why"], rows))
    return "".join(parts)


def percent(share_of_one):
    return "–" if share_of_one is None else f"{100 * share_of_one:.2f} %"


PROMISED = (0.5, 0.9, 0.99, 0.999)
PROMISE_HEAD = [f"at\u00a0{score:g} ({100 * (1 - score):.3g}\u00a0%)" for score in PROMISED]


def promises_section(promises):
    """What training itself says: files it left out in turn, or rows, by a calibration that they are not in."""
    rows = [(p["name"], *[percent({c["score"]: c["observed"] for c in p["check"]}.get(score)) for score in PROMISED]) for p in promises]
    return (
        "<h3>What scores promise, and what was left out</h3><p class='soft'>As <code>weir train</code> reports it: the share of normal rows that reach "
        "a score, and in brackets the share that it promises; of files that were left out in turn.</p>" + table(["model", *PROMISE_HEAD], rows, range(1, 5))
    ) if promises else ""


def group_section(title, models):
    named = [(m["name"], m) for m in models]
    rows = [(name, "–" if m["auc"] is None else f"{m['auc']:.3f}", m["quiet_rows"], m["attack_rows"], *[percent(dict(map(tuple, m["calibration"])).get(s)) for s in PROMISED])
            for name, m in named]
    return (
        f"<h3>{escape(title)}</h3>"
        + table(["model", "AUC", "quiet rows", "attack rows", *PROMISE_HEAD], rows, range(1, 8))
        + '<div class="pair"><div>' + lines.roc(named) + "</div><div>" + lines.calibration(named) + "</div></div>"
    )


def live_section(live):
    """The same scenes as the sensor judged them while they were played: times until a reader of Redis had the alarm."""
    total = live["summary"]
    rows = [("attacks named", share(total["attacks_named"], total["attacks"])),
            ("median time until a reader of Redis knows, ms", total["median_ms"]),
            ("normal scenes without an alarm", share(total["normal_ok"], total["normal"])),
            ("seconds of normal scenes", total["normal_s"]), ("scenes that were not run", total["not_run"])]
    scenes = [(g["scene"], g["about"], ", ".join(g["kind"]), share(g["named"], g["runs"]), g["named_ms"], g["closed_ms"], g["alarms"], g["wrong"])
              for g in live["groups"]]
    return (
        "<h2>The laboratory, live</h2>" + table(["", ""], rows, (1,))
        + table(["scene", "", "kind", "named", "after ms", "closed after ms", "alarms", "wrong ones"], scenes, range(4, 8))
    )


def groups_of(models):
    return list(dict.fromkeys(m["group"] for m in models))


def models_section(models, promises):
    if not models:
        return ""
    return (
        "<h2>Models</h2><p>Rows of quiet files against rows of the attacks' own hosts and flows. A model sees one row; an alarm rests on more.</p>"
        "<p class='soft'>Left: ROC. Right: calibration, the share of quiet rows at or above a score against the share that the score promises; "
        "above the diagonal quiet traffic scores higher than promised. At the lower edge are shares below one in 10,000. The shipped models have the quiet "
        "captures, but not the attacks, among what they were trained on; what was left out, and the laboratory, they have not seen.</p>"
        + promises_section(promises)
        + "".join(group_section(group, [m for m in models if m["group"] == group]) for group in groups_of(models))
    )


def draw(report):
    not_run = table(["part", "why"], sorted(report["not_run"].items())) if report["not_run"] else ""
    body = [
        "<h1>Weir: alarms and the truth</h1>",
        f'<p class="soft">{escape(report["when"])}, revision {escape(report["revision"])}</p>',
        *[set_section(f"The {name}", result) for name, result in report["sets"].items()],
        live_section(report["live"]) if "live" in report else "",
        models_section(report["models"], report.get("promises", [])),
        "<h2>What did not run</h2>" + not_run if not_run else "",
    ]
    return (
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1"><title>Weir: alarms and the truth</title>'
        f"<style>{STYLE}</style></head><body>" + "\n".join(body) + "</body></html>\n"
    )


# Standard output.

def print_kinds(result):
    widths = [24] + [10] * 10
    cut = [head[:9] if i else head for i, head in enumerate(KIND_HEAD)]
    for cells in [cut, *[[kind[key] for key in KIND_KEYS] for kind in [*result["kinds"], result["total"]]]]:
        shown = [cell if isinstance(cell, str) else svg.number(cell) for cell in cells]
        print("".join(f"{cell:<{w}}" if i == 0 else f"{cell:>{w}}" for i, (cell, w) in enumerate(zip(shown, widths))))


def print_report(report):
    for name, result in report["sets"].items():
        print(f"The {name}:\n")
        print_kinds(result)
        print()
        for what, words in summary_rows(result):
            print(f"  {what:<44}{words}")
        print()
    if "live" in report:
        total = report["live"]["summary"]
        print(f"  The laboratory, live: {share(total['attacks_named'], total['attacks'])} attacks named, "
              f"{share(total['normal_ok'], total['normal'])} normal scenes without an alarm\n")
    for group in groups_of(report["models"]):
        print(f"  {group}:")
        for model in (m for m in report["models"] if m["group"] == group):
            print(f"    {model['name']:<42}AUC {model['auc'] if model['auc'] is None else round(model['auc'], 3)}")
    for name, why in report["not_run"].items():
        print(f"  {name}: NOT RUN: {why}")


def main():
    options = options_of(sys.argv[1:])
    beside = os.path.splitext(options.out)[0] + ".json"
    if options.source:
        with open(options.source, encoding="utf-8") as file:
            report = json.load(file)["results"]
    else:
        try:
            report = measure(options)
        except Failed as failed:
            sys.exit(f"bench detection: {failed}")
        with open(beside, "w", encoding="utf-8") as file:
            json.dump({"bench": "detection", "machine": machine(), "settings": vars(options), "results": report}, file, indent=1)
            file.write("\n")
    with open(options.out, "w", encoding="utf-8") as file:
        file.write(draw(report))
    if options.json:
        print(json.dumps({"bench": "detection", "machine": machine(), "settings": vars(options), "results": report}))
    else:
        print_report(report)
    print(f"{options.out} and {beside}", file=sys.stderr)
    if not report["sets"]:
        return SKIPPED if any(why.startswith("skipped") for why in report["not_run"].values()) else 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
