#!/usr/bin/env python3
"""bench/run detection over a made folder: the JSON has its shape, the page shows all and believes no label.

Usage: detection_test.py WEIR WEIR_FLOOD
"""

import csv
import html.parser
import json
import os
import subprocess
import sys
import tempfile
import unittest

FLOOD, WEIR = os.path.abspath(sys.argv.pop()), os.path.abspath(sys.argv.pop())
ROOT = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..")
SECONDS_MAX = 120
HOSTILE = "<script>alert(1)</script> & syn flood"


class Page(html.parser.HTMLParser):
    """What a browser would run or fetch, and the words."""

    def __init__(self):
        super().__init__()
        self.tags, self.words = [], []

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data):
        self.words.append(data)


def detection(folder, *arguments):
    command = [sys.executable, os.path.join(ROOT, "bench", "detection.py"), *arguments]
    return subprocess.run(command, cwd=folder, env=dict(os.environ, WEIR=WEIR, WEIR_FLOOD=FLOOD, PYTHONDONTWRITEBYTECODE="1"), capture_output=True, text=True,
                          timeout=SECONDS_MAX, check=False)


def make(folder, scene):
    subprocess.run([FLOOD, scene, "-o", os.path.join(folder, scene + ".pcap"), "--rate", "2000", "--seconds", "6"], check=True,
                   capture_output=True)


class Detection(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.scratch = tempfile.TemporaryDirectory(prefix="weir-detection-test-")
        folder = cls.scratch.name
        for scene in ("syn_flood", "normal", "resolver"):
            make(folder, scene)
        with open(os.path.join(folder, "labels.csv"), "w", encoding="utf-8", newline="") as file:
            csv.writer(file).writerows([
                ["file", "class", "type", "exclude"], ["syn_flood.pcap", "attack", HOSTILE, ""],
                ["syn_flood.pcap", "attack", "udp flood", "<b>it is none</b>"], ["normal.pcap", "benign", "", ""],
                ["resolver.pcap", "benign", "", ""],
            ])
        cls.folder = folder
        cls.out = detection(folder, folder, "--json", "--out", "page.html", "--kinds", "forest")

    @classmethod
    def tearDownClass(cls):
        cls.scratch.cleanup()

    def test_one_object_with_all(self):
        self.assertEqual(self.out.returncode, 0, self.out.stderr)
        self.assertEqual(self.out.stdout.count("\n"), 1)
        told = json.loads(self.out.stdout)
        self.assertEqual(set(told), {"bench", "machine", "settings", "results"})
        total = told["results"]["sets"]["captures"]["total"]
        self.assertEqual((total["counted"], total["excluded"], total["right"]), (1, 1, 1))
        self.assertEqual(told["results"]["sets"]["captures"]["quiet"]["files"], 2)
        self.assertEqual(told["results"]["sets"]["captures, laid over ordinary traffic"]["total"]["right"], 1)
        self.assertEqual(list(told["results"]["not_run"]), ["laboratory"])
        trained = [m["name"] for m in told["results"]["models"] if m["name"].startswith("forest")]
        self.assertEqual(sorted(trained), ["forest, flows", "forest, hosts"], told["results"]["not_run"])

    def test_what_scores_promise_is_told_beside_what_was_reached(self):
        promises = {p["name"]: p["check"] for p in json.loads(self.out.stdout)["results"]["promises"]}
        self.assertLessEqual({"shipped, flows", "shipped, hosts", "forest, flows"}, set(promises))
        for check in promises.values():
            self.assertEqual([c["score"] for c in check], [0.5, 0.9, 0.99, 0.999])
            for c in check:
                self.assertAlmostEqual(c["expected"], 1 - c["score"])
                self.assertTrue(0 <= c["observed"] <= 1)
        for c in promises["shipped, flows"]:  # of 18,000 rows: a tenth off, or four deviations
            self.assertLess(abs(c["observed"] - c["expected"]), 0.1 * c["expected"] + 4 * (c["expected"] / 18000) ** 0.5)

    def test_the_page_believes_no_label(self):
        with open(os.path.join(self.folder, "page.html"), encoding="utf-8") as file:
            page = Page()
            page.feed(file.read())
        tags = [tag for tag, _ in page.tags]
        self.assertNotIn("script", tags)
        self.assertNotIn("b", tags)
        self.assertFalse([a for _, a in page.tags if "src" in a or "href" in a or "onload" in a])
        self.assertIn("svg", tags)
        words = " ".join(page.words)
        for wanted in ("<b>it is none</b>", "syn_flood", "ROC", "share that the score promises", "at\u00a00.999 (0.1\u00a0%)", "laboratory", "syn_flood.pcap"):
            self.assertIn(wanted, words)

    def test_the_page_can_be_drawn_again(self):
        again = detection(self.folder, "--from", "page.json", "--out", "again.html")
        self.assertEqual(again.returncode, 0, again.stderr)
        with open(os.path.join(self.folder, "page.html"), encoding="utf-8") as one, \
                open(os.path.join(self.folder, "again.html"), encoding="utf-8") as two:
            self.assertEqual(one.read(), two.read())

    def test_a_folder_without_labels_is_one_line(self):
        out = detection(self.folder, os.path.join(self.folder, "nowhere"), "--out", "x.html")
        self.assertEqual(out.returncode, 1)
        self.assertIn("labels.csv: no such file", out.stdout)
        self.assertNotIn("Traceback", out.stderr)


if __name__ == "__main__":
    unittest.main()
