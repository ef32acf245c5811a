#!/usr/bin/env python3
"""The page of weir analyze --report in a real browser: it renders, nothing in it runs, nothing is fetched.

report_test.py WEIR WEIR-FLOOD [PICTURE.png]; needs chromium. With PICTURE the page is also kept as one.
"""

import functools
import http.server
import os
import re
import shutil
import struct
import subprocess
import sys
import tempfile
import threading
import zlib

SKIPPED = 77
HOSTILE = '"><script>document.title="run"</script><img src="/fetched.png" onerror="document.title=\'run\'">'
HEIGHT = 2400


def fail(what):
    print(f"FAILED: {what}")
    sys.exit(1)


def need(true, what):
    if not true:
        fail(what)


def browse(folder, page, *options):
    """Chromium without a window, over HTTP, so that a fetch would be seen by the server."""
    asked = []

    class Handler(http.server.SimpleHTTPRequestHandler):
        def log_message(self, *_):
            asked.append(self.path)

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Handler, directory=folder))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    profile = tempfile.mkdtemp(dir=folder)
    done = subprocess.run(
        ["chromium", "--headless=new", "--no-sandbox", "--disable-gpu", "--hide-scrollbars", "--no-first-run",
         "--disable-background-networking", "--disable-component-update", "--disable-dev-shm-usage",
         f"--user-data-dir={profile}", f"--window-size=1000,{HEIGHT}", *options,
         f"http://127.0.0.1:{server.server_address[1]}/{page}"],
        capture_output=True, timeout=120, check=False,
    )  # fmt: skip
    server.shutdown()
    need(done.returncode == 0, f"chromium: {done.stderr.decode(errors='replace')[-1000:]}")
    shutil.rmtree(profile, ignore_errors=True)
    return done.stdout.decode(errors="replace"), {path for path in asked if "favicon" not in path}


def pixels(path):
    """Rows of a PNG of 8 bits a colour (RFC 2083), as bytes and how many make a pixel."""
    with open(path, "rb") as f:
        data = f.read()
    at, packed = 8, b""
    while at < len(data):
        n = struct.unpack(">I", data[at : at + 4])[0]
        kind, body = data[at + 4 : at + 8], data[at + 8 : at + 8 + n]
        at += 12 + n
        if kind == b"IHDR":
            width, height, _, colour = struct.unpack(">IIBB", body[:10])
        packed += body if kind == b"IDAT" else b""
    each = {2: 3, 6: 4}[colour]
    raw, rows, before = zlib.decompress(packed), [], bytearray(width * each)
    for y in range(height):
        start = y * (width * each + 1)
        rows.append(unfiltered(raw[start], raw[start + 1 : start + 1 + width * each], before, each))
        before = rows[-1]
    return rows, each


def unfiltered(kind, line, above, each):
    out = bytearray(line)
    for i in range(len(out)):
        a = out[i - each] if i >= each else 0
        b, c = above[i], above[i - each] if i >= each else 0
        if kind == 1:
            out[i] = (out[i] + a) & 255
        elif kind == 2:
            out[i] = (out[i] + b) & 255
        elif kind == 3:
            out[i] = (out[i] + (a + b) // 2) & 255
        elif kind == 4:
            p = a + b - c
            best = min((abs(p - a), 0, a), (abs(p - b), 1, b), (abs(p - c), 2, c))[2]
            out[i] = (out[i] + best) & 255
    return out


def share_of(rows, each, colour):
    """How much of the picture has just this colour."""
    n = sum(1 for row in rows for x in range(0, len(row), each) if tuple(row[x : x + 3]) == colour)
    return n / (len(rows) * len(rows[0]) / each)


def make(weir, flood, folder):
    attack, page = os.path.join(folder, "attack.pcap"), os.path.join(folder, "page.html")
    subprocess.run(
        [flood, "syn_flood", "-o", attack, "--normal", "0.1", "--delay", "3", "--seconds", "8", "--rate", "5000"],
        check=True, capture_output=True,
    )  # fmt: skip
    names = "bytes_transferred,packet_count,connection_duration,retransmission_rate,bytes_per_packet,packets_per_second"
    quoted = HOSTILE.replace('"', '""')
    table = os.path.join(folder, "<img src=x onerror=document.title='run'>.csv")
    with open(table, "w", encoding="utf-8") as f:
        f.write(f'{names},"{quoted}"\n' + f'1000,10,1,0,100,10,"{quoted}"\n' * 20)
    done = subprocess.run(
        [weir, "analyze", "--quiet", "--report", page, attack, table], capture_output=True, check=False
    )
    need(done.returncode == 0, done.stderr.decode())
    return page


def main():
    weir, flood = os.path.abspath(sys.argv[1]), os.path.abspath(sys.argv[2])
    if shutil.which("chromium") is None:
        print("SKIPPED: no chromium (Debian: chromium)")
        return SKIPPED
    with tempfile.TemporaryDirectory() as folder:
        make(weir, flood, folder)
        dom, asked = browse(folder, "page.html", "--dump-dom")
        need(asked == {"/page.html"}, f"the page fetches {asked}")
        need("<title>weir analyze</title>" in dom, "a script ran, or the title is gone")
        need(not re.search(r"<(script|img|iframe|object|link)\b", dom), "an element that the page does not make")
        need(dom.count("<svg ") == 5 and "SYN flood at 203.0.113.10" in dom, "drawings or alarms are missing")
        picture = os.path.join(folder, "page.png")
        browse(folder, "page.html", f"--screenshot={picture}")
        rows, each = pixels(picture)
        need(len(rows) == HEIGHT, f"a picture of {len(rows)} rows")
        drawn, alarm = share_of(rows, each, (0x1F, 0x6F, 0xB2)), share_of(rows, each, (0xC2, 0x41, 0x0C))
        need(drawn > 0.005, f"the drawings cover {drawn:.4%} of the picture")
        need(alarm > 0.0002, f"the alarm's colour covers {alarm:.4%} of the picture")
        if len(sys.argv) > 3:
            shutil.copy(picture, sys.argv[3])
    print(f"report: a page with {dom.count('<svg ')} drawings, {drawn:.2%} of it drawn, nothing fetched")
    return 0


if __name__ == "__main__":
    sys.exit(main())
