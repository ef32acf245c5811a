"""The laboratory of bench/live: a private Redis, weird, weir-flood, and what lies between them.

What is started here bears our process's number and is ended by close(), and nothing else is.
"""

import json
import os
import subprocess
import sys
import tempfile
import time

from resp import Redis

SENSOR = "live"

# The worker has a CPU to itself; generator, control, publisher and Redis share the rest.
CPUS = sorted(os.sched_getaffinity(0))
WORKER_CPU, OTHER_CPUS = CPUS[-1], CPUS[:-1] or CPUS


def first_in_line():
    """In the child: a session, and so a scheduling group (autogroup) of its own that comes before others'.

    The kernel shares a CPU by session first: without this a machine that others use as well decides what is lost.
    """
    os.setsid()
    try:
        with open("/proc/self/autogroup", "w", encoding="ascii") as group:
            group.write("-20")
    except OSError:
        pass  # a kernel without: nice(1) alone counts there


def on(cpus, command):
    return ["taskset", "-c", ",".join(map(str, cpus)), *command]


class Failed(Exception):
    """The laboratory does not work; the text is for people."""


def wait_for(seconds, what, fact):
    end = time.monotonic() + seconds
    while not fact():
        if time.monotonic() > end:
            raise Failed(what() if callable(what) else what)
        time.sleep(0.02)


class Memif:
    """Shared memory between the two processes: the port of a virtual machine's switch."""

    name = "memif"
    descriptors = 4096

    def __init__(self, folder):
        self.socket = f"{folder}/memif.sock"

    def device(self, role, number):
        return f"net_memif{number},role={role},socket={self.socket},socket-abstract=no,rsize=14,bsize=2048"

    def port(self):
        return {"vdev": self.device("server", 0)}

    def generator(self):
        return [], self.device("client", 1)

    def receiver(self):
        return [], self.device("server", 0)

    def dropped(self):
        return 0  # a full ring refuses: the generator counts it

    def close(self):
        pass


class AfXdp:
    """A veth pair between two namespaces; AF_XDP at the receiver's end, and at the generator's."""

    name = "af_xdp"
    descriptors = 4096

    def __init__(self, _folder):
        self.ends = [f"wlive{os.getpid()}{end}" for end in "ab"]
        self.made = []
        try:
            for end in self.ends:
                self._ip("netns", "add", end)
                self.made.append(end)
            self._ip("link", "add", "gen0", "netns", self.ends[0], "type", "veth",
                     "peer", "name", "mon0", "netns", self.ends[1])
            for end, interface in zip(self.ends, ("gen0", "mon0")):
                self._quiet(end, interface)
        except Failed:
            self.close()
            raise

    @staticmethod
    def _ip(*words):
        done = subprocess.run(["ip", *words], capture_output=True, text=True, check=False)
        if done.returncode != 0:
            raise Failed(f"ip {' '.join(words)}: {done.stderr.strip()}")
        return done.stdout

    def _quiet(self, end, interface):  # it carries nothing of its own
        inside = ["ip", "netns", "exec", end]
        subprocess.run([*inside, "sysctl", "-qw", f"net.ipv6.conf.{interface}.disable_ipv6=1"], check=False)
        subprocess.run([*inside, "ethtool", "-K", interface, "gro", "off", "gso", "off", "tso", "off", "tx", "off"],
                       capture_output=True, check=False)
        self._ip("-n", end, "link", "set", interface, "up")

    def port(self):
        return {"interface": "mon0", "driver": "af_xdp", "take_over": True}

    def generator(self):
        return ["ip", "netns", "exec", self.ends[0]], "net_af_xdp0,iface=gen0,busy_budget=0"

    def receiver(self):
        return ["ip", "netns", "exec", self.ends[1]], "net_af_xdp0,iface=mon0,busy_budget=0"

    def dropped(self):
        """Packets that left the generator and did not reach the receiver's driver."""
        links = json.loads(self._ip("-j", "-s", "-n", self.ends[0], "link", "show", "gen0"))
        return links[0]["stats64"]["tx"]["dropped"]

    def close(self):
        for end in self.made:
            subprocess.run(["ip", "netns", "del", end], capture_output=True, check=False)
        self.made = []


PATHS = {path.name: path for path in (Memif, AfXdp)}


class Lab:
    """One path with everything around it."""

    def __init__(self, build, path, tick_ms):
        self.build = build
        self.tick_ms = tick_ms
        self.folder = tempfile.mkdtemp(prefix="weir-live.")
        self.processes = []
        self.path = None
        try:
            self.path = PATHS[path](self.folder)
            self._redis_start()
        except BaseException:
            self.close()
            raise

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def program(self, name):
        return os.path.join(self.build, name)

    def start(self, command, log):
        out = open(os.path.join(self.folder, log), "wb")
        process = subprocess.Popen(command, stdout=out, stderr=subprocess.STDOUT, preexec_fn=first_in_line)
        process.log = out.name
        out.close()
        self.processes.append(process)
        return process

    def stop(self, process):
        process.terminate()
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        self.processes.remove(process)
        return process.returncode

    def words_of(self, process):
        with open(process.log, encoding="utf-8", errors="replace") as log:
            return log.read()

    def close(self):
        for process in reversed(list(self.processes)):
            self.stop(process)
        if self.path:
            self.path.close()
        subprocess.run(["rm", "-rf", self.folder], check=False)

    def _redis_start(self):
        self.redis_socket = f"{self.folder}/redis.sock"
        process = self.start(on(OTHER_CPUS, ["redis-server", "--port", "0", "--unixsocket", self.redis_socket, "--save", "",
                              "--appendonly", "no", "--dir", self.folder]), "redis.log")
        wait_for(10, lambda: f"redis-server did not start: {self.words_of(process)[-300:]}",
                 lambda: os.path.exists(self.redis_socket))

    def redis(self):
        return Redis(self.redis_socket)

    def listener_start(self, key):
        """listen.py, its lines on a pipe."""
        here = os.path.dirname(os.path.abspath(__file__))
        command = on(OTHER_CPUS, [sys.executable, os.path.join(here, "listen.py"), self.redis_socket, key])
        process = subprocess.Popen(command, stdout=subprocess.PIPE, preexec_fn=first_in_line)
        self.processes.append(process)
        return process

    def weird_start(self):
        state = f"{self.folder}/state"
        os.makedirs(state, exist_ok=True)
        with open(f"{self.folder}/weird.json", "w", encoding="utf-8") as file:
            json.dump({"sensor": {"name": SENSOR, "state_folder": state},
                       "ports": [dict(self.path.port(), descriptors=self.path.descriptors)],
                       "pipeline": {"tick_ms": self.tick_ms},
                       "cores": {"control": OTHER_CPUS[0], "workers": [WORKER_CPU]},
                       "publish": {"redis": {"socket": self.redis_socket},
                                   "spool": {"folder": f"{self.folder}/spool"}}}, file)
        os.makedirs(f"{self.folder}/spool", exist_ok=True)
        prefix, _ = self.path.receiver()
        weird = self.start([*prefix, self.program("src/sensor/weird"), "-c", f"{self.folder}/weird.json"], "weird.log")

        def up():
            if weird.poll() is not None:
                raise Failed(f"weird ended: {self.words_of(weird)[-500:]}")
            return f"sensor {SENSOR} runs" in self.words_of(weird)

        wait_for(30, lambda: f"weird did not start: {self.words_of(weird)[-500:]}", up)
        return weird

    def receiver_start(self, seconds):
        """The bare loop in weird's place."""
        prefix, device = self.path.receiver()
        rx = self.start([*prefix, *on([WORKER_CPU], [self.program("bench/bench_live_rx"), device, str(seconds)])],
                        "rx.log")

        def up():
            if rx.poll() is not None:
                raise Failed(f"bench_live_rx ended: {self.words_of(rx)[-500:]}")
            return "ready" in self.words_of(rx)

        wait_for(30, "bench_live_rx did not start", up)
        return rx

    def flood(self, *words, timeout_s=120):
        """weir-flood to its end. @return its summary"""
        prefix, device = self.path.generator()
        flood = [self.program("tools/flood/weir-flood"), *map(str, words), "-D", device, "--json"]
        command = [*prefix, *on(OTHER_CPUS[-1:], flood)]
        done = subprocess.run(command, capture_output=True, text=True, timeout=timeout_s, check=False,
                              preexec_fn=first_in_line)
        if done.returncode != 0:
            raise Failed(f"{' '.join(command)}: {done.stderr.strip()[-500:]}")
        return json.loads(done.stdout)
