#!/usr/bin/env python3
"""The benchmarks' parts: they run, their JSON has its shape, packets add up, established flows stay.

Usage: bench_test.py BUILD_FOLDER
Needs root for DPDK; without, exit code 77.
"""

import json
import os
import subprocess
import sys
import unittest

BUILD = os.path.abspath(sys.argv.pop())
HERE = os.path.dirname(os.path.abspath(__file__))
RUN = os.path.join(HERE, "..", "..", "bench", "run")
SKIPPED = 77
SECONDS_MAX = 60


def bench(name, *arguments):
    """Runs the program itself: a test builds nothing."""
    command = [os.path.join(BUILD, "bench", "bench_" + name), *arguments]
    return subprocess.run(command, capture_output=True, text=True, timeout=SECONDS_MAX, check=False)


def results_of(case, name, *arguments):
    out = bench(name, "--json", *arguments)
    case.assertEqual(out.returncode, 0, out.stderr)
    case.assertEqual(out.stdout.count("\n"), 1, "one object on one line")
    told = json.loads(out.stdout)
    case.assertEqual(set(told), {"bench", "machine", "settings", "results"})
    case.assertEqual(told["bench"], name)
    for key in ("cpu", "kernel", "tsc_ghz", "core_ghz", "cpus", "flags"):
        case.assertIn(key, told["machine"])
    return told["results"]


def pipeline(case, *arguments):
    return results_of(case, "pipeline", "--seconds", "0.3", "--flows", "10000", "--capacity", "262144", "--trace-mb", "8", *arguments)


class Pipeline(unittest.TestCase):
    def check_sums(self, results):
        total, sums = results["counters_total"], results["sums"]
        self.assertEqual(
            total["rx_packets"], total["flow_packets"] + total["host_only"] + total["not_ip"] + total["malformed"]
        )
        self.assertEqual(total["rx_packets"], sums["sent"])
        self.assertEqual(total["malformed"] + total["not_ip"], 0)
        self.assertTrue(sums["exact"])
        self.assertEqual(sums["mbufs_unclean"], 0)

    def check_rates(self, results):
        self.assertGreater(results["mpps"], 0)
        self.assertGreaterEqual(results["mpps_best"], results["mpps"])
        self.assertAlmostEqual(results["ns_per_packet"] * results["mpps"], 1000, delta=1)
        self.assertGreater(results["counters"]["rx_packets"], 0)
        self.assertGreater(results["memory_ratio"], 0)

    def check_every_packet_is_in_its_record(self, results):
        total, sums = results["counters_total"], results["sums"]
        forged_without_place = total["host_only"]
        self.assertGreaterEqual(sums["sent_established"], sums["record_packets"])
        self.assertLessEqual(sums["sent_established"] - sums["record_packets"], forged_without_place)

    def test_established_flows_of_both_families(self):
        results = pipeline(self, "--ipv6", "0.5", "--records")
        self.check_sums(results)
        self.check_rates(results)
        self.check_every_packet_is_in_its_record(results)
        self.assertEqual(results["flows"]["established"] + results["flows"]["refused_in_warm_up"], 10000)
        self.assertEqual(results["established_kept"], 1)
        protocol = results["counters_total"]
        self.assertGreater(protocol["scores"], 0)

    def test_a_flood_of_forged_sources_pushes_no_established_flow_out(self):
        results = pipeline(self, "--forged-share", "0.9", "--ipv6", "0.5", "--records")
        self.check_sums(results)
        self.check_every_packet_is_in_its_record(results)
        self.assertGreater(results["sums"]["sent_forged"], 10000)
        self.assertEqual(results["established_kept"], 1)
        self.assertEqual(results["flows"]["probed"], 10000)

    def test_flows_end_and_begin(self):
        results = pipeline(self, "--new-per-second", "20000")
        self.check_sums(results)
        self.assertGreater(results["flows"]["begun"], 0)
        self.assertGreater(results["counters_total"]["flows_new"], 10000)
        self.assertEqual(results["flows"]["established_lost"], 0)

    def test_memory_does_not_grow(self):
        memory = pipeline(self, "--forged-share", "1", "--no-reserved")["memory"]
        self.assertIn("ordinary", memory["eal"])
        self.assertLess(memory["rss_after"] - memory["rss_before"], 1 << 20)

    def test_what_it_refuses(self):
        for arguments, word in (
            (["--flows", "ten"], "--flows ten"),
            (["--forged-share", "2"], "--forged-share 2"),
            (["--control", "none"], "--control"),
            (["--cpus", "0"], "--cpus"),
            (["--isa", "mmx"], "mmx"),
            (["--speed"], "--speed"),
        ):
            out = bench("pipeline", *arguments)
            self.assertEqual(out.returncode, 2, arguments)
            self.assertIn(word, out.stderr)


class Others(unittest.TestCase):
    def test_memory(self):
        points = results_of(self, "memory", "--records", "10k,50k", "--seconds", "0.02")["points"]
        self.assertEqual([(p["records"], p["lines"]) for p in points], [(n, l) for n in (10000, 50000) for l in (1, 2, 3, 4)])
        for point in points:
            self.assertGreater(point["ns"], 0)

    def test_parse(self):
        kinds = results_of(self, "parse", "--seconds", "0.005")["kinds"]
        self.assertEqual(kinds[0]["frame"], "IPv4 TCP")
        self.assertEqual(kinds[0]["ratio_to_ip4_tcp"], 1)
        self.assertGreater(len(kinds), 20)


class Alternatives(unittest.TestCase):
    def part(self, name):
        return results_of(self, "alternatives", "--keys", "10000", "--seconds", "0.02", "--only", name)[name]

    def test_keys_made_for_a_crc_collide_under_every_seed_and_spread_under_ours(self):
        told = self.part("collisions")
        by_name = {f["name"].split(",")[0]: f for f in told["functions"]}
        self.assertGreaterEqual(told["keys"], 32768)
        self.assertEqual(by_name["CRC-32C"]["largest_bucket_least"], told["keys"])
        self.assertLessEqual(by_name["multiply and fold"]["largest_bucket_most"], 16)

    def test_two_choices_lose_less_than_one_of_as_many_ways(self):
        lost = {s["name"]: [p["lost"] for p in s["points"]] for s in self.part("load")}
        ours = next(points for name, points in lost.items() if name.endswith("(ours)"))
        for here, one_choice in zip(ours, lost["8 ways, one choice"]):
            self.assertLess(here, one_choice)

    def test_every_key_is_found_in_every_table(self):
        (point,) = self.part("lookup")
        self.assertEqual(point["keys"], 10000)
        for figure in point["figures"]:
            self.assertGreater(figure["ns"], 0, figure["name"])


class Run(unittest.TestCase):
    def test_an_unknown_part_is_told_with_a_list(self):
        out = subprocess.run([RUN, "nonsense"], capture_output=True, text=True, check=False)
        self.assertEqual(out.returncode, 2)
        for word in ("nonsense", "pipeline", "memory", "parse", "report"):
            self.assertIn(word, out.stderr)

    def test_a_report_page_stands_alone(self):
        sys.path.insert(0, os.path.dirname(RUN))
        from reporting import drawings, page  # noqa: E402

        runs = {"memory": json.loads(bench("memory", "--json", "--records", "10k", "--seconds", "0.01").stdout)}
        runs["memory"]["command"] = "bench/run memory <&>"
        runs["peers"] = {"command": "bench/run peers", "failed": "skipped: no <argus>"}
        text = page.page(
            {"when": "now", "revision": "r", "quick": True, "others": [["peers", "Peers"]], "runs": runs}, drawings.DRAWN
        )
        self.assertIn("<svg", text)
        self.assertIn("skipped: no &lt;argus&gt;", text)
        for outside in ("http://", "https://", "<script", "src=", "url("):
            self.assertNotIn(outside, text)


if __name__ == "__main__":
    if os.geteuid() != 0:
        print("SKIP: DPDK needs root")
        sys.exit(SKIPPED)
    unittest.main()
