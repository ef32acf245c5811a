"""What the report runs, and what is wanted of it.

A figure is a path into a part's results; where it is a ratio, a function of all runs. must and aim are of one worker
core, 64-byte frames, on the class of machine that README.md names.
"""

PIPELINE = [
    # name, arguments, must [Mpps], aim [Mpps]
    ("100 k flows", ["--flows", "100k"], 25, 37.2),
    ("1 M flows", ["--flows", "1M"], 18, 37.2),
    ("10 M flows, 1 M new a second", ["--flows", "10M", "--new-per-second", "1M"], 12, 20),
    ("forged SYN, 100 k flows kept", ["--flows", "100k", "--forged-share", "1"], 12, 20),
    ("100 k flows, IPv6", ["--flows", "100k", "--ipv6", "1"], None, None),
    ("forged SYN, IPv6", ["--flows", "100k", "--forged-share", "1", "--ipv6", "1"], None, None),
    ("100 k flows, half forged", ["--flows", "100k", "--forged-share", "0.5"], None, None),
    ("100 k flows, detector on", ["--flows", "100k", "--control", "detect"], None, None),
    ("100 k flows, no model", ["--flows", "100k", "--no-score"], None, None),
    ("1 M flows, two workers", ["--flows", "1M", "--workers", "2"], None, None),
]

# Measured times: of a real report, and of a quick look that only shows that everything runs.
SECONDS = {"pipeline": "5", "forged": "30", "parse": "0.12", "memory": "0.5"}
SECONDS_QUICK = {"pipeline": "0.5", "forged": "0.5", "parse": "0.02", "memory": "0.1"}

# What makes the other parts short.
QUICK = {
    "memory": ["--records", "100k,1M"],
    "score": ["--seconds", "0.02"],
    "detect": ["--ticks", "12", "--hosts", "1000"],
    "publish": ["--events", "3000", "--rounds", "1", "--delay-seconds", "0.5"],
    "distributor": ["--rounds", "1", "--seconds", "0.3"],
    "live": ["--trial-seconds", "1", "--resolution", "0.2", "--attempts", "1", "--floods", "3"],
    "peers": ["--packets", "100000", "--forged", "50000", "--rounds", "1"],
}

OTHERS = ["memory", "parse", "score", "detect", "publish", "distributor", "live", "peers"]


def pipeline_runs(quick, max_flows):
    """[(key, title, arguments)] of the pipeline's scenarios, most flows left out where asked."""
    seconds = SECONDS_QUICK if quick else SECONDS
    runs = []
    for title, arguments, _, _ in PIPELINE:
        flows = count_of(arguments[arguments.index("--flows") + 1])
        if max_flows and flows > max_flows:
            continue
        forged = "--forged-share" in arguments
        time = seconds["forged" if forged else "pipeline"]
        runs.append((f"pipeline: {title}", title, ["pipeline", *arguments, "--seconds", time]))
    return runs


def count_of(text):
    return int(text[:-1]) * {"k": 1000, "M": 1000000}[text[-1]] if text[-1] in "kM" else int(text)


def other_runs(quick, names):
    seconds = SECONDS_QUICK if quick else SECONDS
    runs = []
    for name in names:
        arguments = [name]
        if quick and name in seconds:
            arguments += ["--seconds", seconds[name]]
        if quick:
            arguments += QUICK.get(name, [])
        runs.append((name, name, arguments))
    return runs


def value_at(data, path):
    """results of a run by "a.b.c"; None where there is none."""
    for step in path.split("."):
        if not isinstance(data, dict) or step not in data:
            return None
        data = data[step]
    return data if isinstance(data, (int, float)) and not isinstance(data, bool) else None


def shows(runs):
    """[(what, measured, must, aim, unit, more is better, note)] out of {key: {"results": ...}}"""

    def of(title, path):
        run = runs.get(f"pipeline: {title}")
        return value_at(run.get("results") if run else None, path)

    def ratio(over, under):
        a, b = of(over, "mpps"), of(under, "mpps")
        return a / b if a and b else None

    rows = []
    for title, _, must, aim in PIPELINE:
        if must is not None:
            rows.append((title, of(title, "mpps"), must, aim, "Mpps", True, best_note(of(title, "mpps_best"))))
    rows += [
        ("1 M flows: memory_ratio", of("1 M flows", "memory_ratio"), 3.5, 1.7, "×", False, ""),
        (
            "10 M flows: established flows kept",
            percent(of("10 M flows, 1 M new a second", "established_kept")),
            100,
            100,
            "%",
            True,
            "",
        ),
        (
            "forged SYN: established flows kept",
            percent(of("forged SYN, 100 k flows kept", "established_kept")),
            100,
            100,
            "%",
            True,
            "",
        ),
        (
            "forged SYN: memory after / before",
            growth(of("forged SYN, 100 k flows kept", "memory.rss_after"), of("forged SYN, 100 k flows kept", "memory.rss_before")),
            1.001,
            1.0,
            "×",
            False,
            "flat",
        ),
        ("IPv6 / IPv4", ratio("100 k flows, IPv6", "100 k flows"), 0.8, 0.95, "×", True, ""),
        ("two workers / one", ratio("1 M flows, two workers", "1 M flows"), 1.8, 1.95, "×", True, cores_note(runs)),
    ]
    return rows + other_shows(runs)


def best_note(best):
    return "" if best is None else f"best slice {best:.1f}"


def percent(share):
    return None if share is None else 100 * share


def growth(after, before):
    return after / before if after and before else None


def cores_note(runs):
    for run in runs.values():
        cpus = run.get("machine", {}).get("cpus")
        if cpus is not None and cpus < 3:
            return f"{cpus} CPUs: control shares one with a worker"
    return ""


def other_shows(runs):
    """Of parts whose results other files define, by their paths; a part that was not run has no row."""
    table = [
        ("forest, batch 16: µs a row", "score", "forest_us_batch_16", 0.8, 0.4, "µs", False),
        ("publish / redis-benchmark", "publish", "memory_only.publisher.ratio", 0.7, 0.95, "×", True),
        ("publish / redis-benchmark, each event its own alarm", "publish", "memory_only.distinct.ratio", 0.7, 0.95, "×", True),
        ("weir analyze / fastest peer, 100 k flows", "peers", "flows.ratio", 3, 8, "×", True),
        ("weir analyze / fastest peer, forged SYN", "peers", "forged.ratio", 3, 8, "×", True),
    ]
    rows = []
    for what, part, path, must, aim, unit, more in table:
        if part in runs:
            rows.append((what, value_at(runs[part].get("results"), path), must, aim, unit, more, ""))
    for path, results in (runs.get("live", {}).get("results") or {}).items():
        rows.append((f"packet to event in Redis, p99, {path}", value_at(results, "latency.ms.p99"), 250, 120, "ms", False, ""))
    return rows
