"""Plots of parts whose results other files define. A part that is not here, or whose shape has changed, gets its
figures as tables."""

from html import escape

from . import page, svg


def or_tables(name, title):
    """A drawing under its title; where the results are not what it knows, tables."""

    def wrap(draw):
        def drawn(results):
            try:
                return f"<h2>{title}</h2>" + draw(results)
            except (KeyError, TypeError, ValueError, IndexError, AttributeError):
                return page.any_section(name, title, results)

        return drawn

    return wrap


def score(results):
    out = []
    for batch in ("1", "16", "64"):
        sets = list(results["models"][0]["ns_per_row"])
        rows = [(m["name"], [m["ns_per_row"].get(s, {}).get(batch) for s in sets]) for m in results["models"]]
        out.append(f"<h3>{batch} row{'s' if batch != '1' else ''} at a time</h3>" + svg.grouped("ns a row", "ns", sets, rows))
    head = ["model", "kind", "features", "same bits from all sets"]
    rows = [(m["name"], m["kind"], m["features"], m["same_bits"]) for m in results["models"]]
    return "".join(out) + page.table(head, rows, (2,))


def publish(results):
    kinds = [key for key, part in results.items() if isinstance(part, dict) and "publisher" in part]
    rows, delays = [], []
    for kind in kinds:
        for who, part in results[kind].items():
            name = f"{who}, {kind}".replace("_", " ")
            if "events_per_s" in part:
                rows.append((name, part["events_per_s"] / 1000, None, None, f"({svg.number(part['ratio'])} ×)"))
            elif "p99_us" in part:
                delays.append((kind.replace("_", " "), [part[q] / 1000 for q in ("p50_us", "p99_us", "max_us")]))
    chart = svg.bars("events a second", "k/s", rows)
    if delays:
        chart += "<h3>From the sensor's queue to Redis' confirmation</h3>"
        chart += svg.grouped("delay", "ms", ["p50", "p99", "max"], delays)
    return chart


def live(results):
    rates, delays, table = [], [], []
    for path, part in results.items():
        rate, latency = part.get("rate"), part.get("latency")
        if rate:
            rates.append((f"{path}: no loss", rate["zero_loss_packets_per_s"] / 1e6, None, None))
            rates.append((f"{path}: only received", rate["bare"]["packets_per_s"] / 1e6, None, None))
            table.append((path, rate["zero_loss_ratio"], len(rate["trials"]), rate["accounting_exact"]))
        if latency:
            delays.append((path, [latency["ms"][q] for q in ("p50", "p99", "max")]))
    out = []
    if rates:
        out.append("<h3>Highest rate without loss</h3>" + svg.bars("rate", "Mpps", rates))
        out.append(page.table(["path", "of the ceiling", "trials", "accounting exact"], table, (1, 2)))
    if delays:
        out.append("<h3>From a flood's first packet to its event in Redis</h3>")
        out.append(svg.grouped("latency", "ms", ["p50", "p99", "max"], delays))
    return "".join(out)


def distributor(results):
    rows = []
    for way in ("receive", "hop", "direct", "rings"):
        part = results[way]
        rows.append((f"{way}: the polling core", part["front"]["ns_per_packet"], None, None))
        rows += [(f"{way}: worker {k}", b["ns_per_packet"], None, None) for k, b in enumerate(part["behind"])]
    single = [(k.replace("_", " "), v) for k, v in results.items() if not isinstance(v, dict)]
    return svg.bars("ns a packet", "ns", rows) + page.table(["", ""], single, (1,))


def peers(results):
    out = []
    for capture, part in results.items():
        tools = {t: r for t, r in part["tools"].items() if not r.get("failed")}
        ordered = sorted(tools, key=lambda t: -tools[t]["packets_per_s"])
        out.append(f"<h3>{escape(capture)}: {svg.number(part['packets'])} packets, {svg.number(part['flows'])} flows</h3>")
        out.append(svg.bars("packets a second", "M/s", [(t, tools[t]["packets_per_s"] / 1e6, None, None) for t in ordered]))
        out.append(
            svg.bars("peak memory", "MB", [(f"{t}, memory", tools[t]["peak_memory_bytes"] / 1e6, None, None) for t in ordered])
        )
        failed = ", ".join(t for t in part["tools"] if t not in tools)
        if "ratio" in part:
            out.append(f"<p>weir / {escape(part['ratio_to'])}: {svg.number(part['ratio'])} ×; by CPU time {svg.number(part['cpu_ratio'])} ×</p>")
        if failed:
            out.append(f"<p class='soft'>Failed: {escape(failed)}</p>")
    return "".join(out)


DRAWN = {
    "score": or_tables("score", "Models, a row")(score),
    "publish": or_tables("publish", "Events into Redis")(publish),
    "live": or_tables("live", "Live: generator to Redis")(live),
    "peers": or_tables("peers", "The same capture through others' tools")(peers),
    "distributor": or_tables("distributor", "A core that spreads packets over workers")(distributor),
}
