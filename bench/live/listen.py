"""listen.py SOCKET KEY: each new entry of a stream, with the moment at which it could be read. Ends with its input.

A process of its own, so that it can come first on its CPU: who reads late measures himself.
"""

import sys

from resp import Redis

WAIT_MS = 60000


def main():
    redis, key, last = Redis(sys.argv[1]), sys.argv[2], "0"
    while True:
        for stamp, entry in redis.stream_after(key, last, WAIT_MS):
            last = stamp
            print(redis.read_ns, entry[b"event"].decode(), flush=True)


if __name__ == "__main__":
    try:
        main()
    except (ConnectionError, KeyboardInterrupt):
        pass
