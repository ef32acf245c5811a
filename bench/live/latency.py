"""From the first packet of a flood to its event, readable in Redis, and where the time goes."""

import json
import random
import threading
import time

from lab import SENSOR, Failed

KINDS = ("syn_flood", "udp_flood", "icmp_flood", "dns_amplification", "ack_flood", "ntp_amplification", "fin_flood",
         "rst_flood", "fragment_flood", "synack_flood")
NORMAL_SHARE = 0.1  # people go on working below the flood
DELAY_S = 0.4  # of that before the flood begins
MISSED_S = 2.0  # then it will not be named any more


class Listener(threading.Thread):
    """Notes when each event of the stream could be read; listen.py reads it."""

    def __init__(self, lab):
        super().__init__(daemon=True)
        self.process = lab.listener_start(f"weir:{{{SENSOR}}}:events")
        self.seen = {}
        self.opened = []
        self.changed = threading.Condition()

    def run(self):
        for line in self.process.stdout:
            read_ns, event = line.split(b" ", 1)
            self._note(json.loads(event), int(read_ns))

    def _note(self, event, read_ns):
        if event.get("state") != "open":
            return
        with self.changed:
            self.opened.append((event["kind"], event.get("target")))
            self.seen.setdefault((event["kind"], event.get("target")), (read_ns, event))
            self.changed.notify_all()

    def wait(self, kind, target, seconds):
        end = time.monotonic() + seconds
        with self.changed:
            while (kind, target) not in self.seen:
                left = end - time.monotonic()
                if left <= 0 or not self.changed.wait(left):
                    return None
            return self.seen[(kind, target)]


def target_of(number):
    return f"2001:db8:f::{number + 16:x}" if number % 2 else f"203.0.113.{number + 16}"


def one(lab, listener, options, number, dice):
    kind, target = KINDS[number // 2 % len(KINDS)], target_of(number)
    sent = lab.flood(kind, "--target", target, "--rate", options.flood_rate, "--normal", NORMAL_SHARE,
                     # Anywhere between two ticks of the sensor.
                     "--delay", f"{DELAY_S + dice.random() * 0.1:.4f}", "--seconds", "1.5", "--seed", number + 1)
    got = listener.wait(kind, target, MISSED_S)
    if got is None:
        return {"kind": kind, "target": target, "named": False}
    read_ns, event = got
    began = sent["attack_began_ns"]
    return {
        "kind": kind,
        "target": target,
        "named": True,
        "ms": (read_ns - began) / 1e6,
        # The packets' own time at which the control core decided: the end of a tick.
        "until_decided_ms": (event["time_ns"] - began) / 1e6,
        "decided_to_readable_ms": (read_ns - event["time_ns"]) / 1e6,
    }


def quantile(values, share):
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]


def spread(values):
    return {"p50": quantile(values, 0.5), "p99": quantile(values, 0.99), "max": max(values), "min": min(values)}


def measure(lab, options):
    weird = lab.weird_start()
    redis = lab.redis()
    listener = Listener(lab)
    listener.start()
    dice = random.Random(options.seed)
    floods = [one(lab, listener, options, number, dice) for number in range(options.floods)]
    stats = redis.call("XREVRANGE", f"weir:{{{SENSOR}}}:stats", "+", "-", "COUNT", "1")
    code = lab.stop(weird)
    named = [flood for flood in floods if flood["named"]]
    wanted = {(flood["kind"], flood["target"]) for flood in floods}
    if not named:
        raise Failed("not one flood was named")
    return {
        "floods": len(floods),
        "named": len(named),
        # sensor_loss is the sensor's word about this machine, not a wrong name.
        "also_named": sorted({f"{kind} {target}" for kind, target in listener.opened
                              if (kind, target) not in wanted and kind != "sensor_loss"}),
        "ms": spread([flood["ms"] for flood in named]),
        "until_decided_ms": spread([flood["until_decided_ms"] for flood in named]),
        "decided_to_readable_ms": spread([flood["decided_to_readable_ms"] for flood in named]),
        "event_delay_us_p50": json.loads(stats[0][1][1])["event_delay_us_p50"],
        "each": floods,
        "weird_exit_code": code,
    }
