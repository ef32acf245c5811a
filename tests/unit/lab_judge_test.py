"""The laboratory's judge: alarms and the truth in, verdicts out."""

import csv
import io
import json
import os
import subprocess
import sys
import tempfile
import unittest

JUDGE = sys.argv.pop(1)
SERVER, ATTACKER = "10.99.0.2", "10.99.0.66"


def scene(**other):
    return {"scene": "one", "run": 1, "file": "one.pcap", "type": "attack", "about": "a flood", "kind": ["syn_flood"],
            "also": [], "target": [SERVER], "source": [ATTACKER], "within_ms": 1000, "seed": 1, "status": "played",
            "launched": 100.0, "start": 100.1, "end": 104.0, "settled": 110.0} | other


def normal(**other):
    return scene(type="normal", kind=[], target=[], source=["10.99.0.1"], **other)


def alarm(opened=100.4, closed=107.0, kind="syn_flood", target=SERVER, number="1"):
    event = {"type": "alarm", "id": number, "kind": kind, "target": target, "severity": "high", "words": "much"}
    lines = [{"at": opened, "event": event | {"state": "open"}}]
    if closed is not None:
        lines.append({"at": closed, "event": event | {"state": "close"}})
    return lines


class Judge(unittest.TestCase):
    def run_judge(self, scenes, events, *options):
        with tempfile.TemporaryDirectory() as folder:
            names = []
            for name, lines in (("truth", scenes), ("events", events)):
                names.append(os.path.join(folder, name))
                with open(names[-1], "w", encoding="utf-8") as file:
                    file.writelines(json.dumps(line) + "\n" for line in lines)
            return subprocess.run([sys.executable, JUDGE, *options, *names], capture_output=True, text=True, check=False)

    def verdict(self, scenes, events):
        done = self.run_judge(scenes, events, "--json")
        said = json.loads(done.stdout)
        self.assertEqual(done.returncode, 0 if all(one["ok"] for one in said["scenes"]) else 1)
        return said

    def one(self, scenes, events):
        return self.verdict([scenes], events)["scenes"][0]

    def test_what_is_named_in_time_on_the_right_target_is_well(self):
        got = self.one(scene(), alarm())
        self.assertTrue(got["ok"], got)
        self.assertEqual((got["named"], got["named_ms"], got["launched_ms"], got["closed_ms"]), ("syn_flood", 300, 400, 3000))

    def test_of_two_towns_each_has_its_own_alarms(self):
        scenes = [scene(town=1), scene(town=2, scene="two")]
        other = [line | {"town": 2} for line in alarm(opened=100.5, number="1")]
        got = self.verdict(scenes, [line | {"town": 1} for line in alarm(kind="udp_flood")] + other)["scenes"]
        self.assertEqual([one["named"] for one in got], [None, "syn_flood"])
        self.assertEqual([len(one["wrong"]) for one in got], [1, 0])

    def test_each_fault_is_told(self):
        cases = [
            ("nothing came", scene(), [], "not named"),
            ("another kind", scene(), alarm(kind="unknown"), f"wrong: unknown {SERVER}"),
            ("another target", scene(), alarm(target="10.99.0.9"), "wrong: syn_flood 10.99.0.9"),
            ("too late", scene(), alarm(opened=101.2), "late: 1100 ms of 1000"),
            ("it stays open", scene(), alarm(closed=None), "stays open"),
            ("it closes too late", scene(settled=130.0), alarm(closed=119.5), "closes after 15.5 s"),
            ("twice", scene(), alarm() + alarm(opened=102.0, number="2"), "2 alarms for one attack"),
            ("a wrong one beside the right one", scene(), alarm() + alarm(kind="udp_flood", number="2"),
             f"wrong: udp_flood {SERVER}"),
            ("an ordinary day", normal(), alarm(), f"wrong: syn_flood {SERVER}"),
            ("before the scene", scene(), alarm(opened=99.9), "not named"),
            ("after it", scene(), alarm(opened=110.1), "not named"),
            ("the other family", scene(), alarm(target="2001:db8::2"), "wrong: syn_flood 2001:db8::2"),
        ]
        for what, truth, events, problem in cases:
            with self.subTest(what):
                got = self.one(truth, events)
                self.assertFalse(got["ok"])
                self.assertIn(problem, got["problems"])

    def test_what_is_welcome_besides(self):
        cases = [
            ("about the attacker", scene(), alarm(kind="vertical_scan", target=ATTACKER, number="2")),
            ("a kind that the scene allows", scene(also=["unknown"]), alarm(kind="unknown", number="2")),
            ("the sensor about itself", scene(), alarm(kind="sensor_loss", target="0.0.0.0", number="2")),
        ]
        for what, truth, events in cases:
            with self.subTest(what):
                got = self.one(truth, alarm() + events)
                self.assertTrue(got["ok"], got)
                self.assertEqual(len(got["other"]), 1)

    def test_an_ordinary_day_has_no_welcome_alarms_of_its_people(self):
        self.assertFalse(self.one(normal(), alarm(target="10.99.0.1"))["ok"])

    def test_a_network_may_stand_for_its_hosts_and_a_host_for_its_network(self):
        self.assertTrue(self.one(scene(target=["10.99.2.0/24"]), alarm(target="10.99.2.7"))["ok"])
        self.assertTrue(self.one(scene(), alarm(target="10.99.0.0/24"))["ok"])
        self.assertFalse(self.one(scene(target=["10.99.2.0/24"]), alarm(target="10.99.3.7"))["ok"])

    def test_what_was_not_played_is_not_well(self):
        for status in "not run", "failed":
            got = self.verdict([{key: value for key, value in scene(status=status, why="no tool").items()
                                 if key not in ("launched", "start", "end", "settled")}], [])
            self.assertEqual((got["summary"]["not_run"], got["summary"]["attacks"]), (1, 0))
            self.assertIsNone(got["scenes"][0]["ok"])

    def test_runs_are_summed_up(self):
        events, scenes = [], []
        for run, delay in enumerate((0.3, 0.9, 0.5), 1):
            at = 100.0 * run
            scenes.append(scene(run=run, launched=at, start=at, end=at + 4, settled=at + 9, packets={"seen": 10}))
            events += alarm(opened=at + delay, closed=at + 7, number=str(run))
        got = self.verdict(scenes, events)["groups"][0]
        self.assertEqual((got["runs"], got["named"], got["ok"], got["named_ms"], got["alarms"]), (3, 3, 3, 500, 1))
        self.assertEqual(got["packets"], {"seen": 30})

    def test_labels_are_a_table(self):
        done = self.run_judge([scene(target=[SERVER, "10.99.2.0/24"]), normal(file="two.pcap")], [], "--labels")
        rows = list(csv.DictReader(io.StringIO(done.stdout)))
        self.assertEqual(rows[0], {"file": "one.pcap", "class": "mixed", "type": "syn_flood", "target": f"{SERVER}|10.99.2.0/24",
                                   "source": ATTACKER, "start": "100.100000", "end": "104.000000"})
        self.assertEqual((rows[1]["class"], rows[1]["type"]), ("benign", ""))

    def test_a_spoiled_file_is_one_line(self):
        with tempfile.NamedTemporaryFile("w", suffix=".json") as file:
            file.write("{}\nnonsense\n")
            file.flush()
            done = subprocess.run([sys.executable, JUDGE, file.name, file.name], capture_output=True, text=True, check=False)
        self.assertNotEqual(done.returncode, 0)
        self.assertRegex(done.stderr, r"^judge: .*:\d+: [^\n]+\n$")


unittest.main()
