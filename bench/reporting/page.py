"""One HTML page of all runs: no resource from outside, readable in light and dark."""

import json
from html import escape

from . import svg
from .parts import PIPELINE, shows, value_at
from .svg import number

STYLE = """
:root { color-scheme: light dark; --ground: #ffffff; --ink: #1c2126; --soft: #59636e; --rule: #d9dee3; --panel: #f6f8fa;
  --c1: #1f6fb2; --c2: #d9822b; --c3: #1a8f6e; --c4: #a2559c; --c5: #8a6d1f; --c6: #5b8fd0; --c7: #b5503c; --c8: #6b7480;
  --good: #1a7f4b; --bad: #b3261e; --mark: #b3261e; --goal: #1a7f4b; }
@media (prefers-color-scheme: dark) { :root { --ground: #14181c; --ink: #e6eaee; --soft: #9aa5b1; --rule: #313a43;
  --panel: #1c2228; --c1: #5aa9e6; --c2: #f0a35e; --c3: #4cc29d; --c4: #cf8ccb; --c5: #cdb25c; --c6: #9cc3f5; --c7: #e58a78;
  --c8: #a4adb8; --good: #57c98a; --bad: #ff8a80; --mark: #ff8a80; --goal: #57c98a; } }
* { box-sizing: border-box; }
body { margin: 0 auto; max-width: 60rem; padding: 2rem 1.25rem 4rem; background: var(--ground); color: var(--ink);
  font: 15px/1.5 system-ui, "DejaVu Sans", sans-serif; }
h1 { font-size: 1.7rem; margin: 0 0 .3rem; } h2 { font-size: 1.2rem; margin: 2.6rem 0 .4rem; }
h3 { font-size: 1rem; margin: 1.6rem 0 .3rem; } p { margin: .4rem 0; max-width: 46rem; } .soft { color: var(--soft); }
table { border-collapse: collapse; width: 100%; margin: .6rem 0; font-size: .9rem; font-variant-numeric: tabular-nums; }
th { text-align: left; font-weight: 600; color: var(--soft); } th.n, td.n { text-align: right; } td.n { white-space: nowrap; }
th, td { padding: .25rem .6rem; border-bottom: 1px solid var(--rule); vertical-align: top; }
.wide { overflow-x: auto; } td:first-child { min-width: 9rem; } .good, .bad, td .soft { white-space: nowrap; } .good { color: var(--good); } .bad { color: var(--bad); } code { font-size: .88em; }
svg { width: 100%; height: auto; display: block; margin: .4rem 0; } svg text { font: 13px system-ui, "DejaVu Sans", sans-serif; }
svg .t { fill: var(--ink); } svg .v { fill: var(--ink); font-variant-numeric: tabular-nums; } svg .a { fill: var(--soft); font-size: 12px; }
svg .grid { stroke: var(--rule); } svg .must { stroke: var(--mark); stroke-width: 2; }
svg .aim { stroke: var(--goal); stroke-width: 2; stroke-dasharray: 4 3; }
""" + "".join(
    f"svg .s{i} {{ fill: var(--c{i}); }} .legend .k{i} {{ background: var(--c{i}); }}\n" for i in range(1, 9)
) + """
.legend { display: flex; flex-wrap: wrap; gap: .2rem 1.1rem; font-size: .85rem; color: var(--soft); margin: .5rem 0 0; }
.legend i { display: inline-block; width: .8rem; height: .8rem; border-radius: 2px; margin-right: .4rem; vertical-align: -1px; }
.legend i.line { width: 1.1rem; height: 0; border-radius: 0; border-top: 2px solid; vertical-align: 4px; background: none; }
.legend i.must { border-color: var(--mark); } .legend i.aim { border-color: var(--goal); border-top-style: dashed; }
details { margin: .6rem 0; } summary { cursor: pointer; color: var(--soft); }
pre { overflow-x: auto; background: var(--panel); padding: .8rem; font-size: .8rem; }
"""


def table(head, rows, numbers=()):
    """numbers: columns that stand to the right"""
    out = ['<div class="wide"><table><tr>']
    out += [f'<th class="n">{escape(h)}</th>' if i in numbers else f"<th>{escape(h)}</th>" for i, h in enumerate(head)]
    out.append("</tr>")
    for row in rows:
        cells = [
            f'<td class="n">{cell(c)}</td>' if i in numbers else f"<td>{cell(c)}</td>" for i, c in enumerate(row)
        ]
        out.append("<tr>" + "".join(cells) + "</tr>")
    return "".join(out) + "</table></div>"


def cell(value):
    if isinstance(value, Raw):
        return value
    if isinstance(value, bool) or value is None or isinstance(value, str):
        return escape({True: "yes", False: "no", None: "–"}.get(value, value) if not isinstance(value, str) else value)
    if isinstance(value, (int, float)):
        return number(value)
    return escape(json.dumps(value))


class Raw(str):
    """HTML already."""


def verdict(measured, must, aim, more):
    if measured is None:
        return Raw('<span class="soft">not measured</span>')
    better = (lambda a, b: a >= b) if more else (lambda a, b: a <= b)
    if better(measured, aim):
        return Raw('<span class="good">aim reached</span>')
    if better(measured, must):
        return Raw('<span class="good">must reached</span>')
    return Raw('<span class="bad">below must</span>')


def shows_section(runs):
    rows = [
        (what, f"{number(m)} {unit}" if m is not None else None, must, aim, verdict(m, must, aim, more), note)
        for what, m, must, aim, unit, more, note in shows(runs)
    ]
    return "<h2>Wanted and measured</h2>" + table(["what", "measured", "must", "aim", "", ""], rows, (1, 2, 3))


def machine_section(runs):
    machine = next((r["machine"] for r in runs.values() if "machine" in r), {})
    rows = [(k.replace("_", " "), " ".join(v) if isinstance(v, list) else v) for k, v in machine.items()]
    loads = [r["machine"].get("load_before") for r in runs.values() if "machine" in r]
    loads = [load for load in loads if isinstance(load, (int, float))]
    if loads:
        rows.append(("load before the parts, least and most", f"{number(min(loads))} – {number(max(loads))}"))
    return "<h2>Machine</h2>" + table(["", ""], rows)


def pipeline_of(runs):
    """[(title, must, aim, results or None)] in the table's order, of what was run."""
    out = []
    for title, _, must, aim in PIPELINE:
        run = runs.get(f"pipeline: {title}")
        if run is not None:
            out.append((title, must, aim, run.get("results")))
    return out


def stages_of(results):
    """{stage: ns} where this build told them."""
    stages = results.get("stages") if results else None
    if isinstance(stages, list):
        return {s["stage"]: s["ns"] for s in stages}
    return stages or {}


def stage_section(scenarios):
    profiled = [(title, stages_of(results)) for title, _, _, results in scenarios if stages_of(results)]
    if not profiled:
        return '<p class="soft">This build tells no stages; what the port takes stands in the table.</p>'
    names = list(dict.fromkeys(name for _, stages in profiled for name in stages))[:8]
    rows = [(title, [stages.get(name, 0) for name in names]) for title, stages in profiled]
    head = ["scenario, ns a packet", *names]
    return (
        "<h3>Where the time goes</h3>"
        + svg.stacked("ns a packet by stage", "ns", names, rows)
        + table(head, [(title, *values) for title, values in rows], range(1, len(head)))
    )


def pipeline_section(runs):
    scenarios = pipeline_of(runs)
    if not scenarios:
        return ""
    chart = svg.bars(
        "Mpps by scenario", "Mpps", [(t, value_at(r, "mpps"), must, aim) for t, must, aim, r in scenarios]
    )
    columns = [
        ("Mpps", "mpps"), ("best", "mpps_best"), ("ns", "ns_per_packet"), ("TSC cycles", "tsc_cycles_per_packet"),
        ("port ns", "port.rx_and_free_ns"), ("memory ns", "memory_limit.after_ns"), ("ratio", "memory_ratio"),
        ("fill", "flows.fill"), ("kept", "established_kept"), ("rows scored", "counters.scores"),
    ]
    rows = [(t, *[value_at(r, path) for _, path in columns]) for t, _, _, r in scenarios]
    return (
        "<h2>Pipeline: one worker's burst path</h2>"
        '<p class="soft">Median of slices of half a second, all workers together; 64-byte frames out of an in-memory port.</p>'
        + chart
        + table(["scenario"] + [name for name, _ in columns], rows, range(1, len(columns) + 1))
        + stage_section(scenarios)
        + losses(scenarios)
    )


def losses(scenarios):
    names = [
        "host_only", "flows_evicted_single", "flows_evicted_idle", "flows_refused", "flows_skipped", "scores_dropped",
        "findings_lost", "windows_merged", "hosts_refused", "sources_refused", "prefixes_refused",
    ]
    used = [n for n in names if any(value_at(r, "counters." + n) for _, _, _, r in scenarios)]
    if not used:
        return ""
    rows = [
        (t, value_at(r, "counters.rx_packets"), *[value_at(r, "counters." + n) for n in used])
        for t, _, _, r in scenarios
    ]
    return "<h3>What was given up, in the measured time</h3>" + table(
        ["scenario", "packets"] + [n.replace("_", " ") for n in used], rows, range(1, len(used) + 2)
    )


def memory_section(runs):
    points = (runs.get("memory", {}).get("results") or {}).get("points")
    if not points:
        return ""
    counts = list(dict.fromkeys(p["records"] for p in points))
    lines = sorted({p["lines"] for p in points})
    at = {(p["records"], p["lines"]): p["ns"] for p in points}
    rows = [(f"{number(n)} records", [at.get((n, line)) for line in lines]) for n in counts]
    return (
        "<h2>Memory: the limit</h2><p class=\"soft\">Random updates of records in huge pages, prefetched a batch ahead.</p>"
        + svg.grouped("ns a record", "ns", [f"{n} line{'s' if n > 1 else ''}" for n in lines], rows)
    )


def parse_section(runs):
    kinds = (runs.get("parse", {}).get("results") or {}).get("kinds")
    if not kinds:
        return ""
    rows = [(k["frame"], k["ns"], None, None, f"({number(k['ratio_to_ip4_tcp'])} ×)") for k in kinds]
    return "<h2>Parser, by kind of frame</h2>" + svg.bars("ns a packet", "ns", rows)


def flatten(data, prefix=""):
    """(name, value) of every single value; lists are left to tables."""
    for key, value in data.items():
        name = f"{prefix}{key}".replace("_", " ")
        if isinstance(value, dict):
            yield from flatten(value, name + ": ")
        elif not isinstance(value, list):
            yield name, value
        elif value and not isinstance(value[0], dict):
            yield name, ", ".join(number(v) if isinstance(v, (int, float)) else str(v) for v in value[:24])


def lists_of(data, prefix=""):
    for key, value in data.items():
        name = f"{prefix}{key}".replace("_", " ")
        if isinstance(value, dict):
            yield from lists_of(value, name + ": ")
        elif isinstance(value, list) and value and isinstance(value[0], dict):
            yield name, value


def is_number(value):
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def list_table(rows):
    head = list(dict.fromkeys(k for row in rows for k, v in row.items() if not isinstance(v, (dict, list))))
    numbers = [i for i, h in enumerate(head) if all(is_number(r.get(h)) or r.get(h) is None for r in rows)]
    return table([h.replace("_", " ") for h in head], [[r.get(h) for h in head] for r in rows], numbers)


def any_section(name, title, results):
    """Every figure of a part, where nobody has drawn it more finely."""
    out = [f"<h2>{escape(title)}</h2>"]
    for heading, rows in lists_of(results):
        out.append(f"<h3>{escape(heading)}</h3>{list_table(rows)}")
    rest = list(flatten(results))
    if rest:
        out.append(table(["", ""], rest, (1,)))
    return "".join(out)


def failures(runs):
    rows = [(key, run["failed"]) for key, run in runs.items() if "failed" in run]
    return "<h2>What did not run</h2>" + table(["part", "why"], rows) if rows else ""


def settings_section(runs):
    rows = [(key, Raw(f"<code>{escape(run['command'])}</code>"), run.get("seconds")) for key, run in runs.items()]
    return (
        "<h2>How it was run</h2>" + table(["part", "command", "s"], rows, (2,))
        + '<p class="soft">All figures, with settings and machine, are in the JSON beside this page.</p>'
    )


def page(report, drawn):
    """@param drawn  {part: function of its results giving HTML}, for parts beyond those known here"""
    runs = report["runs"]
    body = [
        "<h1>Weir: measured</h1>",
        f'<p class="soft">{escape(report["when"])}, revision {escape(report["revision"])}'
        f'{" – a quick look: times too short for figures" if report["quick"] else ""}</p>',
        shows_section(runs), pipeline_section(runs), memory_section(runs), parse_section(runs),
    ]
    for name, title in report["others"]:
        results = runs.get(name, {}).get("results")
        if results:
            body.append(drawn[name](results) if name in drawn else any_section(name, title, results))
    body += [failures(runs), machine_section(runs), settings_section(runs)]
    return (
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1"><title>Weir: measured</title>'
        f"<style>{STYLE}</style></head><body>" + "\n".join(body) + "</body></html>\n"
    )
