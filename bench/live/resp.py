"""A Redis connection that says when an answer was there: the protocol (RESP2) by hand, no library between."""

import socket
import time


class Redis:
    """One connection over a Unix socket. call() gives the answer; `read_ns` is when its first byte had come."""

    def __init__(self, path):
        self.socket = socket.socket(socket.AF_UNIX)
        self.socket.connect(path)
        self.buffer = b""
        self.read_ns = 0

    def close(self):
        self.socket.close()

    def _more(self, first):
        data = self.socket.recv(1 << 16)
        if first:
            self.read_ns = time.time_ns()
        if not data:
            raise ConnectionError("Redis hung up")
        self.buffer += data

    def _line(self, first=False):
        while b"\r\n" not in self.buffer:
            self._more(first)
            first = False
        line, self.buffer = self.buffer.split(b"\r\n", 1)
        return line

    def _bytes(self, n):
        while len(self.buffer) < n + 2:
            self._more(False)
        data, self.buffer = self.buffer[:n], self.buffer[n + 2:]
        return data

    def _answer(self, first=False):
        line = self._line(first)
        kind, rest = line[:1], line[1:]
        if kind == b"-":
            raise RuntimeError(f"Redis: {rest.decode()}")
        if kind == b":":
            return int(rest)
        if kind == b"$":
            return None if rest == b"-1" else self._bytes(int(rest))
        if kind == b"*":
            return None if rest == b"-1" else [self._answer() for _ in range(int(rest))]
        return rest.decode()

    def call(self, *words, timeout_s=10):
        out = [f"*{len(words)}\r\n".encode()]
        for word in words:
            data = word if isinstance(word, bytes) else str(word).encode()
            out.append(f"${len(data)}\r\n".encode() + data + b"\r\n")
        self.socket.settimeout(timeout_s)
        self.socket.sendall(b"".join(out))
        return self._answer(True)

    def stream_after(self, key, last, wait_ms):
        """Entries of a stream after the id `last`: [(id, {field: value})], [] if none came in time."""
        got = self.call("XREAD", "COUNT", 1000, "BLOCK", int(wait_ms), "STREAMS", key, last,
                        timeout_s=wait_ms / 1000 + 10)
        if not got:
            return []
        return [(entry[0].decode(), dict(zip(entry[1][::2], entry[1][1::2]))) for entry in got[0][1]]
