#!/usr/bin/env python3
"""What the sensor said of the scenes that were played.

    judge.py TRUTH EVENTS [--json | --labels | --last]

TRUTH has one JSON object a line for each scene as it was played (see scene.sh); EVENTS one for each event, with the
moment at which a reader of Redis had it: {"at": seconds, "event": {...}}. Times are seconds of the wall clock. Where there
were several towns, "town" says whose it is.

An alarm belongs to the scene during which it opened. It is right if its kind is one of the scene's and its target one of
the scene's targets, or a network around or inside of one. An alarm about a source of the attack is about the same attack from
the other side: it is shown and does not count as wrong, nor do the kinds that the scene allows besides, nor what the
sensor says of its own losses and models. Every other alarm is wrong.
"""

import argparse
import csv
import ipaddress
import json
import statistics
import sys

OWN = ("sensor_loss", "flow_model_drift", "host_model_drift")  # of the sensor itself, not of what was played
CLOSE_MS = 15000  # an alarm closes at the latest this long after the end of its attack, or within the scene's own time


def lines(name):
    with open(name, encoding="utf-8") as file:
        for number, line in enumerate(file, 1):
            try:
                yield json.loads(line)
            except ValueError as error:
                sys.exit(f"judge: {name}:{number}: not a JSON object a line ({error})")


def network(text):
    try:
        return ipaddress.ip_network(text, strict=False)
    except ValueError:
        return None


def around(one, other):
    """One of the two holds the other."""
    a, b = network(one), network(other)
    if a is None or b is None or a.version != b.version:
        return False
    return a.subnet_of(b) or b.subnet_of(a)


def alarms_of(events):
    """Each alarm once: in which town, when it opened, as it opened, and when it closed."""
    alarms = {}
    for line in events:
        event = line["event"]
        if event.get("type", "alarm") != "alarm":
            continue
        town = line.get("town", 1)
        alarm = alarms.setdefault((town, event["id"]), {
            "town": town, "opened": line["at"], "closed": None, "kind": event["kind"], "target": event["target"],
            "severity": event["severity"], "words": event["words"]})
        alarm["severity"] = event["severity"]
        if event["state"] == "close":
            alarm["closed"] = line["at"]
            alarm["last_words"] = event["words"]
    return list(alarms.values())


def sort_out(scene, alarms):
    """The alarms of one scene: right ones, others that are welcome, wrong ones."""
    right, other, wrong = [], [], []
    for alarm in alarms:
        named = alarm["kind"] in scene["kind"]
        if named and any(around(alarm["target"], target) for target in scene["target"]):
            right.append(alarm)
        elif alarm["kind"] in OWN or alarm["kind"] in scene["also"]:
            other.append(alarm)
        elif scene["type"] == "attack" and any(around(alarm["target"], source) for source in scene["source"]):
            other.append(alarm)
        else:
            wrong.append(alarm)
    return right, other, wrong


def milliseconds(later, earlier):
    return None if later is None else round((later - earlier) * 1000)


KEPT = ("scene", "run", "type", "about", "kind", "target", "source", "within_ms", "status", "packets")


def judge(scene, alarms):
    verdict = {key: scene[key] for key in KEPT if key in scene}
    if scene["status"] != "played":
        return verdict | {"why": scene["why"], "ok": None}
    mine = [alarm for alarm in alarms if alarm["town"] == scene.get("town", 1) and scene["launched"] <= alarm["opened"] < scene["settled"]]
    right, other, wrong = sort_out(scene, mine)
    problems = []
    verdict |= {"start": scene["start"], "end": scene["end"], "named": None, "named_ms": None, "launched_ms": None,
                "closed_ms": None, "alarms": len(right)}
    if right:
        verdict["named"] = right[0]["kind"]
        verdict["named_target"] = right[0]["target"]
        verdict["named_ms"] = milliseconds(right[0]["opened"], scene["start"])
        verdict["launched_ms"] = milliseconds(right[0]["opened"], scene["launched"])
        if all(alarm["closed"] for alarm in right):
            verdict["closed_ms"] = milliseconds(max(alarm["closed"] for alarm in right), scene["end"])
        if verdict["named_ms"] > scene["within_ms"]:
            problems.append(f"late: {verdict['named_ms']} ms of {scene['within_ms']}")
        if verdict["closed_ms"] is None:
            problems.append("stays open")
        elif verdict["closed_ms"] > scene.get("closes_ms", CLOSE_MS):
            problems.append(f"closes after {verdict['closed_ms'] / 1000:.1f} s")
        if len(right) > max(1, len(scene["target"])):
            problems.append(f"{len(right)} alarms for one attack")
    elif scene["type"] == "attack":
        problems.append("not named")
    if wrong:
        problems.append("wrong: " + ", ".join(sorted({f"{alarm['kind']} {alarm['target']}" for alarm in wrong})))
    return verdict | {"ok": not problems, "problems": problems, "right": right, "other": other, "wrong": wrong}


def cells(verdict):
    if verdict["status"] != "played":
        return [verdict["scene"], " | ".join(verdict["kind"]) or "nothing", verdict["status"].upper(), "", "", verdict["why"]]
    others = sorted({f"{alarm['kind']} {alarm['target']}" for alarm in verdict["other"]})
    notes = verdict["problems"] + (["also: " + ", ".join(others)] if others else [])
    return [verdict["scene"], " | ".join(verdict["kind"]) or "nothing",
            ("ok" if verdict["ok"] else "WRONG") + (f" {verdict['named']}" if verdict["named"] else ""),
            "" if verdict["named_ms"] is None else f"{verdict['named_ms']} ms",
            "" if verdict["closed_ms"] is None else f"{verdict['closed_ms'] / 1000:.1f} s",
            "; ".join(notes)]


HEAD = ["SCENE", "EXPECTED", "NAMED", "AFTER", "CLOSED", "NOTES"]
GROUP_HEAD = ["SCENE", "RUNS", "NAMED", "OK", "AFTER (MEDIAN)", "CLOSED (MEDIAN)", "WRONG ALARMS"]


def group_cells(group):
    after, closed = group["named_ms"], group["closed_ms"]
    return [group["scene"], str(group["runs"]), str(group["named"]), str(group["ok"]), "" if after is None else f"{after} ms",
            "" if closed is None else f"{closed / 1000:.1f} s", str(group["wrong"])]


def table(head, rows):
    rows = [head] + rows
    widths = [max(len(row[at]) for row in rows) for at in range(len(head) - 1)]
    return "\n".join("  ".join([cell.ljust(width) for cell, width in zip(row, widths)] + [row[-1]]).rstrip() for row in rows)


def median(values):
    known = [value for value in values if value is not None]
    return statistics.median_low(known) if known else None


def groups(verdicts):
    """Each scene once, over all its runs that were played."""
    of_scene = {}
    for verdict in verdicts:
        of_scene.setdefault(verdict["scene"], []).append(verdict)
    for name, every in of_scene.items():
        runs = [verdict for verdict in every if verdict["status"] == "played"]
        counters = {counter for verdict in runs for counter in verdict.get("packets", {})}
        yield {
            "scene": name, "type": every[0]["type"], "about": every[0]["about"], "kind": every[0]["kind"],
            "runs": len(runs), "named": sum(verdict["named"] is not None for verdict in runs),
            "ok": sum(verdict["ok"] for verdict in runs),
            "named_ms": median(verdict["named_ms"] for verdict in runs),
            "all_named_ms": [verdict["named_ms"] for verdict in runs],
            "closed_ms": median(verdict["closed_ms"] for verdict in runs),
            "alarms": median(verdict["alarms"] for verdict in runs),
            "wrong": sum(len(verdict["wrong"]) for verdict in runs),
            "packets": {counter: sum(verdict["packets"][counter] for verdict in runs) for counter in sorted(counters)},
        }


def summary(verdicts):
    played = [verdict for verdict in verdicts if verdict["status"] == "played"]
    attacks = [verdict for verdict in played if verdict["type"] == "attack"]
    normal = [verdict for verdict in played if verdict["type"] == "normal"]
    delays = [verdict["named_ms"] for verdict in attacks if verdict["named_ms"] is not None]
    return {
        "attacks": len(attacks), "attacks_named": len(delays), "attacks_ok": sum(verdict["ok"] for verdict in attacks),
        "median_ms": median(delays),
        "normal": len(normal), "normal_ok": sum(verdict["ok"] for verdict in normal),
        "normal_s": round(sum(verdict["end"] - verdict["start"] for verdict in normal), 1),
        "wrong_alarms": sum(len(verdict["wrong"]) for verdict in played),
        "not_run": len(verdicts) - len(played),
    }


LABELS = ["file", "class", "type", "target", "source", "start", "end"]


def labels(scenes, out):
    """The truth as `weir evaluate` reads it, of the captures that were kept."""
    rows = csv.writer(out, lineterminator="\n")
    rows.writerow(LABELS)
    for scene in scenes:
        if scene["status"] != "played":
            continue
        attack = scene["type"] == "attack"
        rows.writerow([scene["file"], "mixed" if attack else "benign", "/".join(scene["kind"]), "|".join(scene["target"]),
                       "|".join(scene["source"]), f"{scene['start']:.6f}", f"{scene['end']:.6f}"])


def sentences(total):
    yield (f"{total['attacks_named']} of {total['attacks']} attacks named"
           + (f", median after {total['median_ms']:.0f} ms" if total["median_ms"] is not None else "")
           + f"; {total['attacks_ok']} with nothing to say against it")
    yield f"{total['normal_ok']} of {total['normal']} normal scenes ({total['normal_s']} s) without an alarm"
    if total["not_run"]:
        yield f"{total['not_run']} scenes NOT RUN"


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("truth")
    parser.add_argument("events")
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--labels", action="store_true", help="the truth as a table for weir evaluate")
    parser.add_argument("--last", action="store_true", help="only the row of the scene that was played last")
    words = parser.parse_args()

    scenes = list(lines(words.truth))
    if words.labels:
        labels(scenes, sys.stdout)
        return
    alarms = alarms_of(lines(words.events))
    verdicts = [judge(scene, alarms) for scene in scenes]
    if words.last:
        print("  ".join(cell for cell in cells(verdicts[-1]) if cell))
        return
    total = summary(verdicts)
    if words.json:
        json.dump({"summary": total, "groups": list(groups(verdicts)), "scenes": verdicts}, sys.stdout, indent=1)
        print()
    else:
        print(table(HEAD, [cells(verdict) for verdict in verdicts]))
        print()
        if any(verdict["run"] > 1 for verdict in verdicts):
            print(table(GROUP_HEAD, [group_cells(group) for group in groups(verdicts)]))
            print()
        print("\n".join(sentences(total)))
    sys.exit(0 if all(verdict["ok"] for verdict in verdicts) else 1)


if __name__ == "__main__":
    main()
