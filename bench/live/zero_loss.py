"""The rate at which nothing is lost (RFC 2544, 26.1), by binary search, each trial's packets accounted for."""

import json
import time

from lab import SENSOR, Failed

KEPT = ("seen", "analysed")  # all else in the accounting is a loss by its name
REACHED = 0.98  # of the rate that was asked for: less, and the trial says nothing of the sensor
LEAST = 0.001  # of the ceiling: there the search gives up
QUIET_S = 8  # for the last packets to be counted


def accounting(entry):
    return json.loads(next(iter(entry.values())))["accounting"]


class Counters:
    """What weird says in its statistics, one entry a second."""

    def __init__(self, redis):
        self.redis = redis
        self.key = f"weir:{{{SENSOR}}}:stats"
        self.last = "0"

    def now(self):
        """The accounting once it stands still: two entries with the same count of packets."""
        end = time.monotonic() + QUIET_S
        before = None
        self.last = "$"
        while time.monotonic() < end:
            for stamp, entry in self.redis.stream_after(self.key, self.last, 2500):
                self.last = stamp
                sums = accounting(entry)
                if before is not None and sums["seen"] == before["seen"]:
                    return sums
                before = sums
        raise Failed("weird's statistics do not stand still")


def traffic(options, rate):
    words = [options.scene, "--fast", "--seconds", options.trial_seconds, "--seed", options.seed,
             "--rate", rate if isinstance(rate, str) else f"{rate:.0f}"]
    if options.flows:
        words += ["--flows", options.flows]
    if options.ipv6:
        words += ["--ipv6-share", options.ipv6]
    if options.size:
        words += ["--size", options.size]
    return words


def trial(lab, counters, options, rate, drop=True):
    """One load. Every packet that was offered is refused, dropped on the way, lost by name, or analysed."""
    before, dropped = counters.now(), lab.path.dropped()
    sent = lab.flood(*traffic(options, rate), *(["--drop"] if drop else []))
    after, dropped = counters.now(), lab.path.dropped() - dropped
    delta = {name: after[name] - before[name] for name in after}
    named = {name: n for name, n in delta.items() if name not in KEPT}
    lost = dict(named)
    lost["refused"] = sent["refused"]
    lost["dropped_on_the_way"] = dropped
    return {
        "wanted_packets_per_s": rate if not isinstance(rate, str) else None,
        "packets_per_s": sent["packets_per_s"],
        "offered": sent["offered"],
        "sent": sent["sent"],
        "seen": delta["seen"],
        "analysed": delta["analysed"],
        "lost": lost,
        "lost_all": sum(lost.values()),
        # What nobody counted: it must be nothing.
        "unexplained": sent["offered"] - sent["refused"] - dropped - delta["seen"],
        "unnamed": delta["seen"] - delta["analysed"] - sum(named.values()),
        "reached": isinstance(rate, str) or sent["packets_per_s"] >= REACHED * rate,
    }


def passed(result):
    return result["lost_all"] == 0 and result["unexplained"] == 0 and result["unnamed"] == 0 and result["reached"]


def best_of(attempts, run):
    """On a machine that others use too, a trial may be hit by them: the first without loss counts."""
    results = []
    for _ in range(attempts):
        results.append(run())
        if passed(results[-1]):
            break
    return results


def search(lab, counters, options, ceiling):
    """@return the highest rate without loss, and all trials"""
    low, high = 0.0, ceiling
    trials = []
    while high - low > options.resolution * ceiling or (low == 0 and high > LEAST * ceiling):
        rate = high if not trials else (low + high) / 2
        results = best_of(options.attempts, lambda: trial(lab, counters, options, rate))
        trials += results
        if passed(results[-1]):
            low = rate
            if rate == high:
                break
        else:
            high = rate
    return low, trials


def bare_ceiling(lab, options):
    """Generator -> a loop that only receives, the generator waiting when it is full."""
    rx = lab.receiver_start(options.trial_seconds + 10)
    sent = lab.flood(*traffic(options, "max"))
    rx.wait(30)
    got = json.loads(lab.words_of(rx).splitlines()[-1])
    lab.stop(rx)
    return {"packets_per_s": got["packets"] / got["seconds"] if got["seconds"] > 0 else 0.0,
            "sent": sent["sent"], "received": got["packets"]}


def measure(lab, options):
    bare = bare_ceiling(lab, options)
    weird = lab.weird_start()
    redis = lab.redis()
    counters = Counters(redis)
    # The first packets meet empty tables and cold caches: not counted.
    trial(lab, counters, options, 10000)
    waiting = trial(lab, counters, options, "max", drop=False)
    rate, trials = search(lab, counters, options, bare["packets_per_s"])
    redis.close()
    code = lab.stop(weird)
    every = [waiting, *trials]
    return {
        "zero_loss_packets_per_s": rate,
        "zero_loss_ratio": rate / bare["packets_per_s"] if bare["packets_per_s"] else 0.0,
        "resolution_packets_per_s": options.resolution * bare["packets_per_s"],
        "bare": bare,
        "waiting": waiting,
        "trials": trials,
        "accounting_exact": all(t["unexplained"] == 0 and t["unnamed"] == 0 for t in every),
        "weird_exit_code": code,
    }
