#!/usr/bin/env python3
"""bench/run live: a generator, a port, weird and a real Redis, on one machine.

For each path (memif between two processes; AF_XDP on a veth pair in namespaces of its own):
  ceiling    weir-flood into a loop that only receives
  zero loss  the highest rate at which weird loses nothing, by binary search, and its ratio to the ceiling;
             of every trial: offered = refused + dropped on the way + seen, seen = analysed + each named loss
  latency    from the first packet of a flood to the event readable in Redis, floods on top of normal traffic
Needs root, redis-server, ip, ethtool.
"""

import argparse
import json
import os
import shutil
import subprocess
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "live"))

import latency  # noqa: E402
import zero_loss  # noqa: E402
from lab import PATHS, Failed, Lab  # noqa: E402

TARGETS = ("tools/flood/weir-flood", "src/sensor/weird", "bench/bench_live_rx")
SKIPPED = 77


def options_of(arguments):
    parser = argparse.ArgumentParser(
        prog="bench/run live", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    add = parser.add_argument
    add("--json", action="store_true", help="one JSON object on standard output")
    add("--path", choices=[*PATHS, "all"], default="all")
    add("--only", choices=["rate", "latency", "all"], default="all")
    add("--trial-seconds", type=float, default=2, help="of each load (2; RFC 2544 says 60)")
    add("--resolution", type=float, default=0.02, help="of the search, as a share of the ceiling (0.02)")
    add("--attempts", type=int, default=3, help="a load that loses is tried again, in all so often (3)")
    add("--scene", default="udp_flood", help="of weir-flood (udp_flood)")
    add("--flows", type=int, default=100000, help="0: as the scene has them (100000)")
    add("--size", type=int, default=60, help="bytes of a frame without its checksum; 0: as the scene has it (60)")
    add("--ipv6", type=float, default=0, help="share of IPv6 (0)")
    add("--floods", type=int, default=20, help="for the latency (20)")
    add("--flood-rate", type=int, default=20000, help="packets a second of each (20000)")
    add("--tick-ms", type=int, default=100, help="of weird: pipeline.tick_ms (100)")
    add("--seed", type=int, default=1)
    return parser.parse_args(arguments)


def machine():
    with open("/proc/cpuinfo", encoding="utf-8") as file:
        fields = dict(line.split(":", 1) for line in file if ":" in line)
    cpu = {key.strip(): value.strip() for key, value in fields.items()}
    free = "/sys/kernel/mm/hugepages/hugepages-2048kB/free_hugepages"
    with open(free, encoding="utf-8") as file:
        huge_mb = 2 * int(file.read())
    return {"cpu": cpu.get("model name", "?"), "cpu_family": cpu.get("cpu family", "?"), "cpus": os.cpu_count(),
            "kernel": os.uname().release, "huge_pages_free_mb": huge_mb, "load_before": os.getloadavg()[0]}


def need():
    if os.geteuid() != 0:
        return "not root: namespaces, AF_XDP and huge pages need it"
    for tool in ("redis-server", "ip", "ethtool"):
        if shutil.which(tool) is None:
            return f"there is no {tool}; tools/setup installs it"
    return None


def build():
    folder = os.environ.get("WEIR_BUILD")
    if folder is None:
        raise Failed("run it as bench/run live")
    done = subprocess.run([os.path.join(HERE, "run"), "--build-only", *TARGETS], stdout=sys.stderr, check=False)
    if done.returncode != 0:
        raise Failed("the build failed")
    return folder


def tell(text):
    print(text, file=sys.stderr, flush=True)


def measure(folder, options):
    results = {}
    for path in PATHS if options.path == "all" else [options.path]:
        results[path] = {}
        for what, part in (("rate", zero_loss), ("latency", latency)):
            if options.only not in ("all", what):
                continue
            tell(f"... {path}: {what}")
            with Lab(folder, path, options.tick_ms) as lab:
                results[path][what] = part.measure(lab, options)
    return results


def mpps(packets_per_s):
    return f"{packets_per_s / 1e6:8.3f} Mpps"


def print_rate(path, rate):
    waiting = rate["waiting"]
    print(f"{path:8} ceiling, a loop that only receives     {mpps(rate['bare']['packets_per_s'])}")
    print(f"{'':8} weird, the generator waiting for it     {mpps(waiting['packets_per_s'])}"
          f"   ratio {waiting['packets_per_s'] / rate['bare']['packets_per_s']:.2f}")
    print(f"{'':8} weird, nothing lost                     {mpps(rate['zero_loss_packets_per_s'])}"
          f"   ratio {rate['zero_loss_ratio']:.2f}, to within {mpps(rate['resolution_packets_per_s']).strip()}")
    trials = rate["trials"]
    print(f"{'':8} {len(trials)} trials, {sum(t['offered'] for t in trials)} packets offered, "
          f"accounting {'exact in each' if rate['accounting_exact'] else 'WRONG'}")


def print_latency(path, told):
    print(f"{path:8} first packet -> event in Redis, {told['named']} of {told['floods']} floods named"
          + (f"; also named: {', '.join(told['also_named'])}" if told["also_named"] else ""))
    for key, what in (("ms", "in all"), ("until_decided_ms", "until the tick that decides ends"),
                      ("decided_to_readable_ms", "from there until it can be read")):
        one = told[key]
        print(f"{'':8} {what:36} p50 {one['p50']:7.1f}  p99 {one['p99']:7.1f}  max {one['max']:7.1f} ms")


def print_text(about, settings, results):
    print(f"{about['cpu']} (family {about['cpu_family']}), {about['cpus']} CPUs shared by generator, sensor and Redis, "
          f"Linux {about['kernel']}, load {about['load_before']:.1f}")
    print(f"{settings['scene']}, {settings['size'] or 'own'} bytes, {settings['flows'] or 'own'} flows, "
          f"{settings['ipv6']:.0%} IPv6, {settings['trial_seconds']:g} s a trial, up to {settings['attempts']} attempts; "
          f"floods of {settings['flood_rate']} packets/s on top of 10 % normal traffic; "
          f"ticks of {settings['tick_ms']} ms\n")
    for path, parts in results.items():
        if "rate" in parts:
            print_rate(path, parts["rate"])
        if "latency" in parts:
            print_latency(path, parts["latency"])


def fine(results):
    rates = [parts["rate"] for parts in results.values() if "rate" in parts]
    floods = [parts["latency"] for parts in results.values() if "latency" in parts]
    return all(rate["accounting_exact"] and rate["weird_exit_code"] == 0 for rate in rates) and all(
        told["named"] == told["floods"] and told["weird_exit_code"] == 0 for told in floods)


def main():
    options = options_of(sys.argv[1:])
    missing = need()
    if missing:
        print(f"SKIP: {missing}", file=sys.stderr)
        return SKIPPED
    about, settings = machine(), vars(options)
    try:
        results = measure(build(), options)
    except Failed as why:
        print(f"bench/live: {why}", file=sys.stderr)
        return 1
    if options.json:
        print(json.dumps({"bench": "live", "machine": about, "settings": settings, "results": results}))
    else:
        print_text(about, settings, results)
    return 0 if fine(results) else 1


if __name__ == "__main__":
    sys.exit(main())
