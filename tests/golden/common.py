"""Running weir and weir-flood, and what must be true of every answer."""

import json
import os
import subprocess
import sys

SKIPPED = 77
SANITIZER = ("AddressSanitizer", "LeakSanitizer", "runtime error:")


class Wrong(Exception):
    """The program's answer is not what it must be."""


def need(true, what):
    if not true:
        raise Wrong(what)


def run(command, timeout_s=120):
    """Standard output, standard error and exit code; a crash or a sanitizer's word is wrong."""
    try:
        done = subprocess.run(command, capture_output=True, timeout=timeout_s, check=False)
    except subprocess.TimeoutExpired as late:
        raise Wrong(f"no answer within {timeout_s} s: {' '.join(command)}") from late
    errors = done.stderr.decode(errors="replace")
    need(done.returncode >= 0, f"died of signal {-done.returncode}: {errors[-2000:]}")
    for word in SANITIZER:
        need(word not in errors, errors[-4000:])
    return done.stdout, errors, done.returncode


def check_summary(summary):
    """The packets of a summary add up, exactly."""
    sums = summary["accounting"]
    need(sums["seen"] == summary["packets"], "seen is not packets")
    need(sums["analysed"] == sum(sums["analysed_as"].values()), "analysed does not add up")
    need(sums["seen"] == sums["analysed"] + sums["malformed"], f"seen does not add up: {sums}")
    need(sums["malformed"] == sum(summary["malformed"].values()), "malformed does not add up")
    need(summary["alarms"] == sum(summary["alarms_by_kind"].values()), "alarms do not add up")
    need(summary["bytes"] >= 0 and summary["duration_s"] >= 0, "negative")
    check_protocols(summary)


def check_protocols(summary):
    """Each packet of a flow is of one IP version and of one transport."""
    count = summary["protocols"]
    flows = sum(summary["accounting"]["analysed_as"][k] for k in ("flow_packets", "host_only"))
    need(count["ip4"] + count["ip6"] >= flows, f"more flow packets than IP packets: {count}")
    need(count["ip4"] + count["ip6"] <= flows + summary["accounting"]["malformed"], f"IP: {count}")
    transports = ("tcp", "udp", "icmp", "icmp6", "igmp", "sctp", "esp", "other_ip")
    total = sum(count[name] for name in transports)
    need(flows <= total <= flows + summary["accounting"]["malformed"], f"transports: {count}")
    links = count["arp"] + count["other_link"]
    need(links == summary["accounting"]["analysed_as"]["not_ip"], f"links: {count}")


def analyze(weir, path, *options):
    """Alarms, summary, errors and exit code of `weir analyze --json`, checked for form."""
    out, errors, code = run([weir, "analyze", "--json", *options, path])
    lines = [json.loads(line) for line in out.splitlines()]
    if not lines:
        need(code == 1 and "weir analyze: " in errors, f"no output, exit {code}: {errors}")
        return [], None, errors, code
    need(lines[-1]["type"] == "summary", "the last line is not the summary")
    need(all(line["type"] == "alarm" for line in lines[:-1]), "a line that is no alarm")
    check_summary(lines[-1])
    if "--transitions" not in options:
        need(lines[-1]["alarms"] == len(lines) - 1, "not as many alarms as the summary says")
    return lines[:-1], lines[-1], errors, code


def report(name, failures, passed):
    """The verdict, as an exit code."""
    for failure in failures:
        print(f"FAILED {failure}")
    print(f"{name}: {passed} passed, {len(failures)} failed")
    return 1 if failures else 0


def skip(why):
    """Say so where a reader of the test's log looks."""
    print(f"SKIPPED: {why}")
    sys.exit(SKIPPED)


def workers():
    return os.cpu_count() or 1
