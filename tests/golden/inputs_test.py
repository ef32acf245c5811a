#!/usr/bin/env python3
"""What weir analyze makes of tables: CSV of its own, of CICFlowMeter, of others; --scores and --report.

inputs_test.py WEIR WEIR-FLOOD
"""

import base64
import csv
import gzip
import io
import json
import os
import re
import subprocess
import sys
import tempfile
from html.parser import HTMLParser

from common import Wrong, analyze, need, report, run

# The same columns in the names of each generation of CICFlowMeter: 4, 3 (blanks in front), corrected, Python.
CIC = [
    ("Src IP", " Source IP", "Src IP", "src_ip"),
    ("Src Port", " Source Port", "Src Port", "src_port"),
    ("Dst IP", " Destination IP", "Dst IP", "dst_ip"),
    ("Dst Port", " Destination Port", "Dst Port", "dst_port"),
    ("Protocol", " Protocol", "Protocol", "protocol"),
    ("Timestamp", " Timestamp", "Timestamp", "timestamp"),
    ("Flow Duration", " Flow Duration", "Flow Duration", "flow_duration"),
    ("Tot Fwd Pkts", " Total Fwd Packets", "Total Fwd Packet", "tot_fwd_pkts"),
    ("Tot Bwd Pkts", " Total Backward Packets", "Total Bwd packets", "tot_bwd_pkts"),
    ("TotLen Fwd Pkts", "Total Length of Fwd Packets", "Total Length of Fwd Packet", "totlen_fwd_pkts"),
    ("TotLen Bwd Pkts", " Total Length of Bwd Packets", "Total Length of Bwd Packet", "totlen_bwd_pkts"),
    ("Flow Pkts/s", " Flow Packets/s", "Flow Packets/s", "flow_pkts_s"),
    ("Flow IAT Mean", " Flow IAT Mean", "Flow IAT Mean", "flow_iat_mean"),
    ("Flow IAT Std", " Flow IAT Std", "Flow IAT Std", "flow_iat_std"),
    ("Flow IAT Max", " Flow IAT Max", "Flow IAT Max", "flow_iat_max"),
    ("Flow IAT Min", " Flow IAT Min", "Flow IAT Min", "flow_iat_min"),
    ("Pkt Len Min", " Min Packet Length", "Packet Length Min", "pkt_len_min"),
    ("Pkt Len Max", " Max Packet Length", "Packet Length Max", "pkt_len_max"),
    ("Pkt Len Std", " Packet Length Std", "Packet Length Std", "pkt_len_std"),
    ("Fwd Header Len", " Fwd Header Length", "Fwd Header Length", "fwd_header_len"),
    ("Bwd Header Len", " Bwd Header Length", "Bwd Header Length", "bwd_header_len"),
    ("SYN Flag Cnt", " SYN Flag Count", "SYN Flag Count", "syn_flag_cnt"),
    ("ACK Flag Cnt", " ACK Flag Count", "ACK Flag Count", "ack_flag_cnt"),
    ("Label", " Label", "Label", "label"),
]
GENERIC = [
    "bytes_transferred",
    "packet_count",
    "connection_duration",
    "retransmission_rate",
    "bytes_per_packet",
    "packets_per_second",
]
HOSTILE = '<script>alert(1)</script>"><img src=x onerror=alert(2)>&\'\x1b[2J'


class World:
    def __init__(self, weir, flood, folder):
        self.weir, self.flood, self.folder = weir, flood, folder
        self.made = {}

    def path(self, name):
        return os.path.join(self.folder, name)

    def write(self, name, text):
        with open(self.path(name), "wb") as f:
            f.write(text if isinstance(text, bytes) else text.encode())
        return self.path(name)

    def scene(self, name, *options):
        """A capture of a scene, made once."""
        key = "-".join((name, *options)).replace("--", "")
        if key not in self.made:
            path = self.path(key + ".pcap")
            _, errors, code = run([self.flood, name, "-o", path, *options])
            need(code == 0, f"weir-flood: {errors}")
            self.made[key] = path
        return self.made[key]

    def flows(self):
        """The flows of an ordinary day as dictionaries, and their file."""
        path = self.path("day.csv")
        if not os.path.exists(path):
            analyze(self.weir, self.scene("normal", "--seconds", "20"), "--flows", path)
        with open(path, newline="", encoding="utf-8") as f:
            return list(csv.DictReader(f)), path

    def lines(self, path, *options, code=0):
        out, errors, got = run([self.weir, "analyze", "--json", *options, path])
        need(got == code, f"{path}: exit {got}, not {code}: {errors}")
        return [json.loads(line) for line in out.splitlines()], errors

    def refused(self, path, words, *options, code=1):
        """One line of error that holds these words."""
        _, errors, got = run([self.weir, "analyze", *options, path])
        need(got == code, f"{path}: exit {got}, not {code}: {errors}")
        need(words in errors, f"{path}: no {words!r} in: {errors}")
        need(errors.count("\n") == 1, f"{path}: more than one line: {errors}")
        need("\x1b" not in errors, "an escape sequence on standard error")


def text_of(rows, names, **options):
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n", **options)
    writer.writerow(names)
    writer.writerows(rows)
    return out.getvalue()


def scores_of(world, path, *options):
    world.lines(path, "--scores", world.path("scores.csv"), *options)
    with open(world.path("scores.csv"), newline="", encoding="utf-8") as f:
        return list(csv.DictReader(f))


def test_own_rows(world):
    """Our own table gives the scores that the capture gave."""
    flows, path = world.flows()
    lines, _ = world.lines(path)
    need(lines[0]["type"] == "mapping" and lines[0]["format"] == "flows", lines[0])
    last = lines[-1]
    need(last["rows"] == len(flows), "not as many rows")
    need(last["rows"] == last["scored"] + last["too_short"] + last["unusable"], f"no sum: {last}")
    need(not last["features"]["assumed"] and not last["features"]["derived"], "all is told")
    scored = [float(f["score"]) for f in flows if f["score"]]
    got = [float(s["flow_score"]) for s in scores_of(world, path) if s["flow_score"]]
    need(len(scored) == len(got) > 50, f"{len(got)} scores, not {len(scored)}")
    need(all(abs(a - b) < 1e-4 for a, b in zip(scored, got)), "other scores than the capture's")
    hosts = world.path("hosts.csv")
    analyze(world.weir, world.scene("syn_flood", "--seconds", "3"), "--hosts", hosts)
    lines, _ = world.lines(hosts)
    need(lines[0]["format"] == "hosts" and lines[-1]["scored"] == lines[-1]["rows"] > 0, lines[-1])


def cic_rows(flows, unit):
    """Flows as CICFlowMeter would write them."""
    for f in flows:
        n = float(f["packets"])
        fwd, rev = float(f["fwd_packets"]), float(f["rev_packets"])
        six = 40 if ":" in f["src"] else 20
        head = [
            float(f["fwd_bytes"]) - float(f["fwd_payload"]) - fwd * (14 + six),
            float(f["rev_bytes"]) - float(f["rev_payload"]) - rev * (14 + six),
        ]
        each = sum(head) / n + 14 + six
        duration = float(f["duration"]) * unit
        yield [
            f["src"], f["sport"], f["dst"], f["dport"], f["proto"], f["first_s"], duration,
            fwd, rev, f["fwd_payload"], f["rev_payload"],
            n / float(f["duration"]) if float(f["duration"]) > 0 else "Infinity",
            float(f["gap_mean"]) * unit, float(f["gap_dev"]) * unit,
            float(f["gap_max"]) * unit, float(f["gap_min"]) * unit,
            max(0, float(f["size_min"]) - each), float(f["size_max"]) - each, f["size_dev"],
            head[0], head[1],
            round(float(f["syn_share"]) * n), round(float(f["ack_share"]) * n), "BENIGN",
        ]  # fmt: skip


def test_cic(world):
    """Each generation of names gives the same scores, and what is told comes out as it went in."""
    flows, _ = world.flows()
    seen = []
    for generation in range(4):
        unit = 1 if generation == 3 else 1e6  # the Python program writes seconds
        text = text_of(cic_rows(flows, unit), [c[generation] for c in CIC])
        path = world.write(f"cic{generation}.csv", text.replace("\n", "\r\n") if generation == 1 else text)
        lines, _ = world.lines(path)
        need(lines[0]["format"] == "cicflowmeter", lines[0])
        need(lines[0]["unused"] == [CIC[-1][generation].strip()], f"unused: {lines[0]['unused']}")
        need(lines[0]["columns"][CIC[7][generation].strip()] == "packets forward", lines[0])
        need("duration" in lines[-1]["features"]["told"], lines[-1])
        need("entropy" in lines[-1]["features"]["assumed"], lines[-1])
        seen.append([s["flow_score"] for s in scores_of(world, path)])
    need(sum(1 for s in seen[0] if s) > 50, "few scores")
    need(seen[0] == seen[1] == seen[2], "generations differ")
    near = [abs(float(a) - float(b)) < 0.02 for a, b in zip(seen[0], seen[3]) if a]
    need(all(near), "seconds are not taken as such")
    # A model of two of its columns, blanks in front or not.
    two = "flow_duration,total_fwd_packets"
    model = world.path("two.weir")
    _, errors, code = run([world.weir, "train", "--features", two, "-o", model, world.path("cic1.csv")])
    need(code == 0, errors)
    need(world.lines(world.path("cic1.csv"), "--model", model)[0][-1]["own_columns"], "another model")
    # The strangest are much the same as those of the whole row.
    need_like([f["score"] for f in flows], seen[0])


def need_like(whole, partial):
    """Ranks of the scores with all features and of those without the ones that cannot be told."""
    pairs = [(float(a), float(b)) for a, b in zip(whole, partial) if a and b]
    by_whole = sorted(range(len(pairs)), key=lambda i: pairs[i][0])
    by_part = sorted(range(len(pairs)), key=lambda i: pairs[i][1])
    n = len(pairs)
    place = {i: k for k, i in enumerate(by_part)}
    d = sum((k - place[i]) ** 2 for k, i in enumerate(by_whole))
    rho = 1 - 6 * d / (n * (n * n - 1))
    need(rho > 0.8, f"rank correlation {rho:.3f} of {n} flows")


def generic_rows(flows):
    for f in flows:
        n, seconds = float(f["packets"]), float(f["duration"])
        size = float(f["fwd_bytes"]) + float(f["rev_bytes"])
        rate = n / max(seconds, 1e-3)
        yield [size, n, seconds, f["retransmit_share"], size / n, rate, {"6": "TCP", "17": "udp"}.get(f["proto"], "")]


def test_generic(world):
    """Six figures are enough to be scored, and a model of these very columns is used as it is."""
    flows, _ = world.flows()
    path = world.write("generic.csv", text_of(generic_rows(flows), [*GENERIC, "protocol"]))
    lines, _ = world.lines(path)
    need(lines[0]["format"] == "generic" and not lines[0]["unused"], lines[0])
    need(lines[-1]["scored"] > 50 and not lines[-1]["own_columns"], lines[-1])
    need("retransmit_share" in lines[-1]["features"]["told"], lines[-1])
    need("fwd_packets" in lines[-1]["features"]["assumed"], lines[-1])
    need(lines[-1]["assumed"] == len(lines[-1]["features"]["assumed"]) > 20, lines[-1])
    need("promise no share of normal traffic" in lines[-1]["doubt"], lines[-1])
    out, errors, code = run([world.weir, "analyze", path])
    out = out.decode()
    need(code == 0 and "are taken from an ordinary flow" in out, out + errors)
    # What it says to do instead is what works.
    better = next(line.split(None, 1)[1] for line in out.splitlines() if line.startswith("  better "))
    need(better.startswith("weir train --features " + ",".join(GENERIC) + " -o own.weir"), better)
    model = world.path("own.weir")
    _, errors, code = run([world.weir, "train", "--features", ",".join(GENERIC), "-o", model, path])
    need(code == 0, errors)
    lines, _ = world.lines(path, "--model", model)
    need(lines[-1]["assumed"] == 0 and lines[-1]["doubt"] is None, lines[-1])
    need(lines[-1]["own_columns"] and lines[-1]["scored"] == len(flows), lines[-1])
    for i, name in enumerate(GENERIC):
        rest = [c for c in [*GENERIC, "protocol"] if c != name]
        world.refused(world.write("less.csv", ",".join(rest) + "\n"), f"columns are missing: {name}")
        other = [r[:i] + r[i + 1 :] for r in generic_rows(flows)]
        cut = world.write("cut.csv", text_of(other, rest))
        world.refused(cut, f"columns are missing: {name}", "--format", "generic")
    day = world.flows()[1]
    world.refused(day, "no columns for its features: bytes_transferred", "--model", model)


def test_places(world):
    """A mistake is named with its line and column; what was before it is reported."""
    head = ",".join(GENERIC) + "\n"
    good = "1000,10,1,0,100,10\n"
    for text, words in (
        (head + good + "1,2,3\n", "bad.csv:3:3: the line ends here, 6 columns"),
        (head + good + good.strip() + ",7\n", "bad.csv:3:7: more fields than the 6"),
        (head + good + "1000,ten,1,0,100,10\n", 'bad.csv:3:2: packet_count: "ten" is not'),
        (head + '"1000,10\n', "bad.csv:2:1: a quote is not closed"),
        (head + '"10\n00",10,1,0,1,1\n', "bad.csv:2:1: bytes_transferred"),
        (head + good + "1\x00,2\n", "bad.csv:3:1: a zero byte"),
        (head + "9" * (1 << 20) + "9\n", "bad.csv:2:1: more than 1048576 bytes"),
        (",".join(["x"] * 5000) + "\n", "more than 4096 columns"),
        ("one,two\n1,2\n", "neither a capture nor CSV with columns that are known (one, two)"),
        ("just some words\n", "neither a capture nor CSV"),
        (head.encode("utf-16"), "is UTF-16"),
        (head + good + "1000,10,1,0,100,\x1b[2Jx\n", "bad.csv:3:6: packets_per_second"),
    ):
        world.refused(world.write("bad.csv", text), words)
    lines, _ = world.lines(world.write("bad.csv", head + good * 5 + "1,2\n"), code=1)
    need(lines[-1]["rows"] == 5 and not lines[-1]["complete"], lines[-1])
    world.refused(world.path("none.csv"), "No such file")
    world.refused(world.path("bad.csv"), "--format table: flows, hosts", "--format", "table", code=2)


def test_odd_but_fine(world):
    """Mark, line ends, quotes, empty and infinite figures, repeated header, another separator, packed."""
    head = ",".join(GENERIC) + "\n"
    good = "1000,10,1,0,100,10\n"
    for text, rows, unusable in (
        ("\ufeff" + head + good, 1, 0),
        ((head + good + good).replace("\n", "\r\n"), 2, 0),
        (head + "\n\n" + good + "\n", 1, 0),
        (head + '"1000","10","1","0","100","10"\n', 1, 0),
        (head + "1000,10,1,0,100,10", 1, 0),
        (head + "1000,,1,0,100,10\n" + good, 2, 1),
        (head + "1000,NaN,1,0,100,10\nInfinity,10,1,0,1,1\n1000,10,-1,0,1,1\n" + good, 4, 3),
        (head + "1000,10,1,,,\n" + good, 2, 0),
        (head + "1000,10,0,0,100,Infinity\n", 1, 0),
        (head + "1000,0,0,0,0,0\n", 1, 1),
        (head + good + head + good, 3, 1),
        ((head + good).replace(",", ";"), 1, 0),
        ((head + good).replace(",", "\t"), 1, 0),
        (head, 0, 0),
    ):
        lines, _ = world.lines(world.write("odd.csv", text))
        need(lines[-1]["rows"] == rows and lines[-1]["unusable"] == unusable, f"{text!r}: {lines[-1]}")
    packed = world.write("odd.csv.gz", gzip.compress((head + good).encode()))
    need(world.lines(packed)[0][-1]["rows"] == 1, "packed")
    done = subprocess.run(
        [world.weir, "analyze", "--json", "-"], input=(head + good).encode(), capture_output=True, check=False
    )
    need(done.returncode == 0 and json.loads(done.stdout.splitlines()[-1])["rows"] == 1, done.stderr)


def test_bounded(world):
    """Ten times the rows, the same memory."""
    head = ",".join(GENERIC) + "\n"
    need_kb = []
    for rows in (20000, 200000):
        path = world.write("long.csv", head + "1000,10,1,0,100,10\n" * rows)
        code = f"import resource,subprocess,sys; r=subprocess.run({[world.weir, 'analyze', '--quiet', path]!r}, stdout=subprocess.DEVNULL).returncode; print(r, resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)"
        out, _, _ = run([sys.executable, "-c", code])
        status, kb = out.split()
        need(status == b"0", out)
        need_kb.append(int(kb))
    need(need_kb[1] < need_kb[0] * 1.2 + 4096, f"memory grows with the file: {need_kb} KB")


def check_scores(world, path, attack=None):
    """Every packet once, in order; as many with a flow's score as scored flows have packets."""
    flows_csv = world.path("f.csv")
    alarms, summary, errors, code = analyze(world.weir, path, "--flows", flows_csv, "--scores", world.path("s.csv"))
    need(code == 0, errors)
    with open(world.path("s.csv"), newline="", encoding="utf-8") as f:
        scores = list(csv.DictReader(f))
    with open(flows_csv, newline="", encoding="utf-8") as f:
        flows = list(csv.DictReader(f))
    need([int(s["packet"]) for s in scores] == list(range(1, summary["packets"] + 1)), "packets")
    long = [f for f in flows if float(f["packets"]) >= 4]
    want = sum(int(float(f["packets"])) for f in long)
    got = sum(1 for s in scores if s["flow_score"])
    need(want == got, f"{got} packets with a score of a flow, not {want}")
    finals, all_scores = {f["score"] for f in long}, {s["flow_score"] for s in scores}
    need(finals <= all_scores, "a flow's last score is on no packet")
    ids = {s["alarm"] for s in scores if s["alarm"]}
    need(ids <= {a["id"] for a in alarms}, "an alarm that there is not")
    if attack is not None:
        got = sum(1 for s in scores if s["alarm"])
        need(abs(got - attack) <= 0.02 * attack, f"{got} packets of {attack} belong to the alarm")
        need(sum(1 for s in scores if s["host_score"]) > attack / 2, "few scores of hosts")
    return scores


def test_scores(world):
    check_scores(world, world.scene("normal", "--seconds", "10"))
    mixed = ("--normal", "0.1", "--delay", "3", "--seconds", "8", "--rate", "5000")
    check_scores(world, world.scene("syn_flood", *mixed), 25000)
    check_scores(world, world.scene("dns_amplification", "--ipv6", *mixed), 25000)
    world.refused("-", "standard input cannot be", "--scores", world.path("s.csv"), code=2)
    with open(world.scene("normal", "--seconds", "10"), "rb") as f:
        done = subprocess.run(
            [world.weir, "analyze", "--scores", world.path("s.csv"), "/dev/stdin"],
            stdin=subprocess.Popen(["cat"], stdin=f, stdout=subprocess.PIPE).stdout,
            capture_output=True, timeout=60, check=False,
        )  # fmt: skip
    need(done.returncode == 1 and b"is no plain file" in done.stderr, f"a pipe: {done.stderr}")


def test_scores_odd(world):
    """Packets that are not IP, cut, or whose clock goes back have their line."""
    with open(world.scene("normal", "--seconds", "5"), "rb") as f:
        data = f.read()
    at, records = 24, []
    while at < len(data):
        n = int.from_bytes(data[at + 8 : at + 12], "little")
        records.append(data[at : at + 16 + n])
        at += 16 + n
    arp = records[0][:16] + b"\xff" * 12 + b"\x08\x06" + records[0][30:]
    cut = records[1][:8] + (20).to_bytes(4, "little") * 2 + records[1][16:36]
    records = [*records[:50], arp, cut, *records[50:400], *records[:300], *records[400:]]
    path = world.write("odd.pcap", data[:24] + b"".join(records))
    scores = check_scores(world, path)
    need(not any(scores[i][k] for i in (50, 51) for k in ("flow_score", "host_score", "alarm")), "ARP has a score")


class Page(HTMLParser):
    """What a browser would see: elements, attributes, text."""

    def __init__(self):
        super().__init__()
        self.tags, self.attributes, self.words, self.links = set(), set(), [], []

    def handle_starttag(self, tag, attrs):
        self.tags.add(tag)
        self.attributes |= {name for name, _ in attrs}
        if tag == "a":
            self.links += [value for name, value in attrs if name == "href"]

    def handle_data(self, data):
        self.words.append(data)


def page_of(world, *paths):
    path = world.path("page.html")
    _, errors, code = run([world.weir, "analyze", "--quiet", "--report", path, *paths])
    need(code in (0, 1), errors)
    with open(path, encoding="utf-8") as f:  # fails where it is not UTF-8
        text = f.read()
    page = Page()
    page.feed(text)
    allowed = {"html", "head", "meta", "title", "style", "body", "h1", "h2", "h3", "h4", "p", "section", "div", "table",
        "tr", "th", "td", "svg", "line", "text", "path", "rect", "circle", "a", "span", "strong", "details", "summary"}  # fmt: skip
    need(page.tags <= allowed, f"elements: {page.tags - allowed}")
    need(not [a for a in page.attributes if a.startswith("on")], f"attributes: {page.attributes}")
    need("\x1b" not in text, "an escape sequence in the page")
    return page, text


def test_page(world):
    """Totals, drawings, alarms with words and advice, and the raw values to take away."""
    attack = world.scene("syn_flood", "--normal", "0.1", "--delay", "3", "--seconds", "8", "--rate", "5000")
    flows_path = world.path("all.csv")
    alarms, _, _, _ = analyze(world.weir, attack, "--flows", flows_path)
    page, text = page_of(world, attack)
    words = "".join(page.words)
    for alarm in alarms:
        need(alarm["words"] in words and alarm["mitigation"] in words, "words or advice are missing")
        need(alarm["target"] in words and alarm["id"] in words, "target or id are missing")
        need(all(e["name"] in words for e in alarm["evidence"]), "evidence is missing")
    need(text.count("<svg ") == 3, "timeline, scatter and distribution")
    need(len(page.links) == 1 and page.links[0].startswith("data:text/csv;base64,"), page.links)
    rows = base64.b64decode(page.links[0].split(",", 1)[1], validate=True).decode().splitlines()
    with open(flows_path, encoding="utf-8") as f:
        every = f.read().splitlines()
    need(rows[0] == every[0] and set(rows) <= set(every), "not the rows of --flows")
    need(len(rows) - 1 == min(4000, len(every) - 1), f"{len(rows)} rows")
    if len(every) > 4001:
        need(re.search(r"4,000 strangest of [0-9,]+ flows", words), "the bound is not told")
    need(page_of(world, attack)[1] == text, "not the same page twice")


def test_page_hostile(world):
    """What a file says stays text."""
    names = [*GENERIC, HOSTILE, "a" * 300, "\u202eevil"]
    rows = [[1000, 10, 1, 0, 100, 10, HOSTILE, "</style><svg onload=alert(3)>", "x"]] * 5
    path = world.write("<img src=x onerror=alert(4)>.csv", text_of(rows, names))
    page, _ = page_of(world, path)
    need("<script>alert(1)" in "".join(page.words), "the name of the column is not shown")
    out, errors, _ = run([world.weir, "analyze", path])
    need(b"\x1b" not in out and "\x1b" not in errors, "an escape sequence on the terminal")
    lines, _ = world.lines(path)
    need(len(lines[0]["unused"]) == 3, lines[0])
    head = "No.,Time,Source,Destination,Protocol,Length,Info\n"
    hostile = ",".join('"' + s.replace('"', '""') + '"' for s in (HOSTILE, "</title><script>x</script>"))
    packets = world.write("p.csv", head + f'1,0.5,{hostile},{hostile.split(",", maxsplit=1)[0]},60,"{"<b>" * 1000}"\n' * 20)
    page_of(world, packets)
    need(world.lines(packets)[0][-1]["packets"] == 20, "rows of a packet list")


def main():
    weir, flood = os.path.abspath(sys.argv[1]), os.path.abspath(sys.argv[2])
    failures, passed = [], 0
    with tempfile.TemporaryDirectory() as folder:
        world = World(weir, flood, folder)
        for name, test in sorted(globals().items()):
            if not name.startswith("test_"):
                continue
            try:
                test(world)
                passed += 1
            except Wrong as wrong:
                failures.append(f"{name}: {wrong}")
    return report("inputs", failures, passed)


if __name__ == "__main__":
    sys.exit(main())
