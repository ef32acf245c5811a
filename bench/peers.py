#!/usr/bin/env python3
"""bench/run peers: the same captures through `weir analyze` and through other flow meters of Debian.

Each tool reads a capture that has just been made, one after the other, round after round, and is
measured by what the kernel says of its process: wall and CPU time, largest resident memory. None writes what
it finds to disk but nfpcapd, which cannot do without (into the same temporary folder).
"""
import argparse
import json
import os
import platform
import shutil
import statistics
import subprocess
import sys
import tempfile
import time

FLOWS = 100_000
SLOW = 6  # times the fastest: measured once
NEED_GB = 10  # ndpiReader takes 7 GB for 2 M forged sources

# name -> (what it is, who makes it, with which arguments; PACKETS is replaced)
FLOOD, CAPTURE = "tools/flood/weir-flood", "bench/bench_capture"
CAPTURES = {
    "flows": (
        "100 k flows alive, TCP and a fifth UDP, 64-byte packets both ways: the traffic of bench/run pipeline",
        CAPTURE,
        "--flows 100000 --rate 2000000 --packets PACKETS",
    ),
    "echo": (
        "100 k flows alive of echo requests and replies between 656 hosts, 64 bytes",
        FLOOD,
        "icmp_flood -t 198.18.0.0/24 -S 203.0.113.0/18 -N 400 -a 1 -b 64 -r 1000000 -s 60 -n PACKETS",
    ),
    "mixed": (
        "an office and its Internet, about 100 k flows, first 80 bytes of each packet",
        FLOOD,
        "normal -r 450000 -s 60 -w 80 -n PACKETS",
    ),
    "forged": (
        "SYN of forged sources, each another, to one host",
        FLOOD,
        "syn_flood -f -r 400000 -s 60 -n FORGED",
    ),
}

# name -> (Debian package, command, remark)
TOOLS = {
    "weir": (None, ["WEIR", "analyze", "--quiet", "FILE"], "features, host windows, models, alarms"),
    "softflowd": ("softflowd", ["softflowd", "-d", "-m", "FLOWS", "-r", "FILE"], "room for all flows"),
    "softflowd-8192": ("softflowd", ["softflowd", "-d", "-r", "FILE"], "as packaged: 8,192 flows, the rest cut short"),
    "nfpcapd": ("nfdump", ["nfpcapd", "-r", "FILE", "-w", "FOLDER"], ""),
    "argus": ("argus-server", ["argus", "-r", "FILE", "-w", "/dev/null"], ""),
    "ndpiReader": ("libndpi-bin", ["ndpiReader", "-q", "-i", "FILE"], "protocols by payload"),
    "tshark": ("tshark", ["tshark", "-n", "-q", "-r", "FILE", "-z", "conv,ip"], "full dissection; only with --slow"),
}
NOT_IN_DEBIAN = ["yaf", "zeek", "suricata (backports alone)", "nProbe and Cento (not free)"]


def fail(what):
    sys.exit(f"bench peers: {what}")


def arguments():
    p = argparse.ArgumentParser(prog="bench/run peers", description=__doc__.splitlines()[0])
    p.add_argument("--packets", type=int, default=4_000_000, help="of each capture but the forged one")
    p.add_argument("--forged", type=int, default=2_000_000, help="packets of the forged capture")
    p.add_argument("--captures", default=",".join(CAPTURES), help="of " + ", ".join(CAPTURES))
    p.add_argument("--tools", default="", help="only these of " + ", ".join(TOOLS))
    p.add_argument("--rounds", type=int, default=5, help="each tool runs once in each")
    p.add_argument("--slow", action="store_true", help="tshark too")
    p.add_argument("--weir", default="", help="program to measure in place of this tree's")
    p.add_argument("--json", action="store_true")
    options = p.parse_args()
    for name in options.captures.split(","):
        if name not in CAPTURES:
            fail(f"--captures: {name}: not one of {', '.join(CAPTURES)}")
    for name in filter(None, options.tools.split(",")):
        if name not in TOOLS:
            fail(f"--tools: {name}: not one of {', '.join(TOOLS)}")
    if min(options.packets, options.forged, options.rounds) < 1:
        fail("--packets, --forged, --rounds: at least 1")
    return options


def machine():
    model = "unknown"
    with open("/proc/cpuinfo") as f:
        for line in f:
            if line.startswith("model name"):
                model = line.split(":", 1)[1].strip()
                break
    return {
        "cpu": model,
        "cpus": os.cpu_count(),
        "kernel": platform.release(),
        "load_before": os.getloadavg()[0],
        "memory_available_gb": round(available_gb(), 1),
    }


def available_gb():
    with open("/proc/meminfo") as f:
        for line in f:
            if line.startswith("MemAvailable"):
                return int(line.split()[1]) / (1 << 20)
    return 0


def program(target):
    """Built by bench/run, which tells where."""
    build = os.environ.get("WEIR_BUILD")
    if not build:
        fail("start it as bench/run peers")
    subprocess.run([os.path.join(os.environ["WEIR_BENCH"], "run"), "--build-only", target], check=True)
    return os.path.join(build, target)


def path_of(tool):
    return shutil.which(tool) or shutil.which(tool, path="/usr/sbin:/sbin")


def make_capture(name, options, folder):
    _, maker, words = CAPTURES[name]
    words = words.replace("PACKETS", str(options.packets)).replace("FORGED", str(options.forged))
    path = os.path.join(folder, name + ".pcap")
    to = "--write" if maker == CAPTURE else "-o"
    subprocess.run([program(maker), *words.split(), to, path], check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    with open(path, "rb") as f:  # into the page cache: disks are not compared
        while f.read(1 << 20):
            pass
    return path


def command_of(tool, weir, path, flows, folder):
    words = {"WEIR": weir, "FILE": path, "FLOWS": str(flows), "FOLDER": folder}
    command = [words.get(word, word) for word in TOOLS[tool][1]]
    command[0] = path_of(command[0]) or command[0]
    return command


def run_once(command):
    """@return wall [s], CPU [s], peak memory [bytes]; None where it failed"""
    with open(os.devnull, "r+b") as null:
        start = time.monotonic()
        child = subprocess.Popen(command, stdin=null, stdout=null, stderr=null, start_new_session=True)
        _, status, usage = os.wait4(child.pid, 0)
        wall = time.monotonic() - start
        child.returncode = os.waitstatus_to_exitcode(status)
    if child.returncode != 0:
        return None
    return wall, usage.ru_utime + usage.ru_stime, usage.ru_maxrss * 1024


def measure(tools, weir, path, flows, folder, rounds, say):
    """Interleaved, so that whatever else the machine does hits all alike."""
    runs = {tool: [] for tool in tools}
    for turn in range(rounds):
        for tool in tools:
            done = [r for r in runs[tool] if r is not None]
            fastest = min((r[0] for all_ in runs.values() for r in all_ if r), default=0)
            if turn > 0 and (not done or done[0][0] > SLOW * fastest):
                continue
            scratch = os.path.join(folder, "scratch")
            os.makedirs(scratch, exist_ok=True)
            say(f"\r  round {turn + 1}: {tool} \033[K")
            runs[tool].append(run_once(command_of(tool, weir, path, flows, scratch)))
            shutil.rmtree(scratch)
    say("\r\033[K")
    return runs


def figures(runs, packets):
    results = {}
    for tool, all_ in runs.items():
        good = [r for r in all_ if r is not None]
        if not good:
            results[tool] = {"failed": True}
            continue
        wall, cpu = statistics.median(r[0] for r in good), statistics.median(r[1] for r in good)
        results[tool] = {
            "packets_per_s": round(packets / wall),
            "packets_per_cpu_s": round(packets / cpu),
            "wall_s": round(wall, 3),
            "cpu_s": round(cpu, 3),
            "best_wall_s": round(min(r[0] for r in good), 3),
            "peak_memory_bytes": max(r[2] for r in good),
            "runs": len(good),
        }
    return results


def ratios(results):
    """weir over the fastest of the others, by wall and by CPU time."""
    weir = results.get("weir", {})
    others = {t: r for t, r in results.items() if t != "weir" and not r.get("failed")}
    if not others or not weir or weir.get("failed"):
        return {}
    out = {}
    for name, key in (("ratio", "packets_per_s"), ("cpu_ratio", "packets_per_cpu_s")):
        fastest = max(others, key=lambda t: others[t][key])
        out[name] = round(weir[key] / others[fastest][key], 2)
        out[name + "_to"] = fastest
    return out


def print_capture(name, result):
    print(f"\n{name}: {CAPTURES[name][0]}; {result['packets']:,} packets, {result['bytes'] / 1e6:,.0f} MB\n")
    print(f"  {'':16} {'packets/s':>12} {'by CPU time':>12} {'wall s':>8} {'CPU s':>8} {'memory MB':>10} {'runs':>5}")
    for tool, r in sorted(result["tools"].items(), key=lambda t: -t[1].get("packets_per_s", 0)):
        if r.get("failed"):
            print(f"  {tool:16} failed")
            continue
        print(
            f"  {tool:16} {r['packets_per_s']:12,} {r['packets_per_cpu_s']:12,} {r['wall_s']:8.2f} {r['cpu_s']:8.2f}"
            f" {r['peak_memory_bytes'] / 1e6:10,.0f} {r['runs']:5}"
        )
    if "ratio" in result:
        print(
            f"\n  weir / fastest: {result['ratio']:.2f} ({result['ratio_to']}), by CPU time"
            f" {result['cpu_ratio']:.2f} ({result['cpu_ratio_to']})"
        )


def choose_tools(options):
    wanted = [t for t in options.tools.split(",") if t] or [t for t in TOOLS if t != "tshark" or options.slow]
    there = [t for t in wanted if t == "weir" or path_of(TOOLS[t][1][0])]
    return there, {t: f"not installed: apt-get install {TOOLS[t][0]}" for t in wanted if t not in there}


def packets_of(path, weir):
    out = subprocess.run([weir, "analyze", "--quiet", "--json", path], check=True, capture_output=True, text=True).stdout
    summary = json.loads(out.splitlines()[-1])
    return summary["packets"], summary["flows"]


def main():
    options = arguments()
    weir = options.weir or program("tools/cli/weir")
    tools, missing = choose_tools(options)
    about, results = machine(), {}
    say = (lambda text: print(text, end="", file=sys.stderr, flush=True)) if sys.stderr.isatty() else (lambda text: None)
    with tempfile.TemporaryDirectory(prefix="weir-peers-") as folder:
        for name in options.captures.split(","):
            path = make_capture(name, options, folder)
            packets, flows = packets_of(path, weir)
            here = list(tools)
            if name == "forged" and "ndpiReader" in here and available_gb() < NEED_GB:
                here.remove("ndpiReader")
                missing["ndpiReader"] = f"left out of the forged capture: it needs {NEED_GB} GB of memory"
            room = 1 << max(FLOWS, flows).bit_length()
            runs = measure(here, weir, path, room, folder, options.rounds, say)
            results[name] = {"packets": packets, "flows": flows, "bytes": os.path.getsize(path)}
            results[name]["tools"] = figures(runs, packets)
            results[name].update(ratios(results[name]["tools"]))
            os.unlink(path)
            if not options.json:
                print_capture(name, results[name])
    if options.json:
        settings = vars(options) | {"tools": tools, "left_out": missing, "not_in_debian": NOT_IN_DEBIAN}
        print(json.dumps({"bench": "peers", "machine": about, "settings": settings, "results": results}))
        return
    print("\nMedians of interleaved runs (a tool far slower than the fastest runs once); files in the page cache.")
    for tool in tools:
        if TOOLS[tool][2]:
            print(f"  {tool}: {TOOLS[tool][2]}")
    for tool, why in missing.items():
        print(f"  {tool}: {why}")
    print(f"  not in Debian 12: {'; '.join(NOT_IN_DEBIAN)}")
    print(f"  machine: {about['cpu']}, {about['cpus']} CPUs, Linux {about['kernel']}, load before {about['load_before']:.1f}")


if __name__ == "__main__":
    main()
