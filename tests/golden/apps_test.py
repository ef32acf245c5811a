#!/usr/bin/env python3
"""The applications of whole captures: what the first bytes say against whose the port is.

The table that is printed has a row for each owner of a port and each name. Checked are the shares of what ordinary
traffic is made of, names on captures of which the application is known, and that no port bears a foreign name but
for those that were read and found right.

usage: apps_test.py APPS ROOT
"""

import collections
import csv
import os
import sys
from concurrent.futures import ThreadPoolExecutor

from common import Wrong, need, report, run, skip, workers

# Of the flows to or from the port, over all captures of ordinary traffic: at least this share is named so. The rest
# began before the capture, are noise of anonymised captures, or speak something else.
SHARES = {
    ("udp", "dns", "dns"): 0.999,
    ("udp", "mdns", "mdns"): 0.99,
    ("udp", "dhcp", "dhcp"): 0.99,
    ("udp", "ntp", "ntp"): 0.99,
    ("udp", "ssdp", "ssdp"): 0.99,
    ("tcp", "http", "http"): 0.98,
    ("tcp", "tls", "tls"): 0.98,
}

# Captures whose application is known: file, transport, owner of the port, name, flows that bear it at least.
PACKETS = "chrissanders__packets/"
PLUS = "seladb__PcapPlusPlus/Tests/Packet++Test/PacketExamples/"
PRACTICAL = "markofu__pcaps/PracticalPacketAnalysis/ppa-capture-files/"
DUMP = "the-tcpdump-group__tcpdump/tests/"
TREX = "cisco-system-traffic-generator__trex-core/scripts/cap2/"
KNOWN = [
    ("antoine-lemay__Modbus_dataset/moving_two_files_modbus_6RTU.pcap", "tcp", "modbus", "modbus", 360),
    (PACKETS + "dns_tcp.pcapng", "tcp", "dns", "dns", 1),
    (PACKETS + "http_google.pcapng", "tcp", "http", "http", 1),
    (PACKETS + "wrongdissector.pcapng", "tcp", "tls", "ftp", 1),
    (TREX + "rtsp_short.pcap", "tcp", "rtsp", "rtsp", 1),
    (TREX + "smtp.pcap", "tcp", "smtp", "smtp", 1),
    (TREX + "https.pcap", "tcp", "tls", "tls", 1),
    (TREX + "mail_pop.pcap", "tcp", "pop3", "pop3", 1),
    (PRACTICAL + "ftp-crack.pcap", "tcp", "ftp", "ftp", 700),
    (PRACTICAL + "wrongdissector.dmp", "tcp", "none", "ftp", 1),
    (PLUS + "s7comm.pcap", "tcp", "s7comm", "s7comm", 1),
    (PLUS + "mysql.pcapng", "tcp", "mysql", "mysql", 1),
    (PLUS + "postgres.pcapng", "tcp", "postgresql", "postgresql", 1),
    (PLUS + "sip_non_default_port.pcap", "udp", "none", "sip", 1),
    (PLUS + "dhcpv6.pcap", "udp", "dhcpv6", "dhcpv6", 1),
    (PLUS + "tls1_3.pcap", "tcp", "tls", "tls", 1),
    (PLUS + "telnetCommandAfterData.pcap", "tcp", "telnet", "telnet", 1),
    (DUMP + "resp_1_benchmark.pcap", "tcp", "redis", "redis", 10),
    (DUMP + "quic_handshake.pcap", "udp", "quic", "quic", 1),
    (DUMP + "quic_vn.pcap", "udp", "quic", "quic", 1),
    (DUMP + "gquic.pcap", "udp", "quic", "quic", 1),
    (DUMP + "tftp.pcap", "udp", "tftp", "tftp", 1),
    (DUMP + "syslog_udp.pcap", "udp", "syslog", "syslog", 3),
    (DUMP + "isakmp4500.pcap", "udp", "ike", "ike", 1),
    (DUMP + "ntp-control.pcap", "udp", "ntp", "ntp", 1),
    (DUMP + "ntp-mode7.pcap", "udp", "ntp", "ntp", 1),
    ("_derived/westermo_right_reduced_first_half.pcap", "tcp", "ssh", "ssh", 230),
    ("secdev__scapy/test/pcaps/ssh_ed25519.pcap", "tcp", "ssh", "ssh", 1),
    ("StopDDoS__packet-captures/amp.UDP.bacnet.IOT.37810.pcapng", "udp", "bacnet", "bacnet", 3500),
    ("StopDDoS__packet-captures/amp.UDP.isakmp.pcap", "udp", "ike", "ike", 3900),
]

# A name on another's port, read and found right: FTP on 443 in a lesson about just that; a reflected flood to
# random ports; a web server on a port of its own choice.
FOREIGN = {("tcp", "tls", "ftp"), ("udp", "bittorrent", "ike"), ("udp", "ws_discovery", "ike")}


def confusion(apps, path):
    """Flows by transport, owner of the port, and name."""
    output, errors, code = run([apps, path])
    need(code in (0, 1), f"exit {code}: {errors}")
    table = collections.Counter()
    for line in output.decode().splitlines():
        transport, owner, name, flows = line.split()
        table[transport, owner, name] += int(flows)
    return table


def print_table(table):
    print("transport, owner of the port, name, flows")
    for row in sorted(table):
        print(f"  {row[0]:4} {row[1]:12} {row[2]:12} {table[row]:7}")


def check_shares(table):
    for (transport, owner, name), least in SHARES.items():
        flows = sum(n for key, n in table.items() if key[:2] == (transport, owner))
        share = table[transport, owner, name] / flows if flows else 0
        print(f"  {name}: {share:.4f} of {flows}")
        need(share >= least, f"{transport} {owner}: {share:.4f} of {flows} flows are {name}, not {least}")


def check_known(tables):
    for path, transport, owner, name, least in KNOWN:
        if path not in tables:
            print(f"SKIPPED: {path} is absent")
            continue
        found = tables[path][transport, owner, name]
        need(found >= least, f"{path}: {found} flows are {name}, not {least}: {dict(tables[path])}")


def check_foreign(table):
    for row in table:
        foreign = "none" not in row[1:] and row[1] != row[2]
        need(not foreign or row in FOREIGN, f"a port of {row[1]} bears {row[2]}: read it, then allow it here")


def main():
    apps, root = sys.argv[1:]
    folder = os.path.join(root, "..", "shared", "captures")
    if not os.path.isdir(folder):
        skip(f"{folder} is absent: the captures that this test reads are not part of the project")
    with open(os.path.join(folder, "labels.csv"), encoding="utf-8", newline="") as file:
        labels = {row["file"]: row["class"] for row in csv.DictReader(file)}
    paths = sorted(path for path in set(labels) | {row[0] for row in KNOWN} if os.path.exists(os.path.join(folder, path)))
    with ThreadPoolExecutor(workers()) as pool:
        tables = dict(zip(paths, pool.map(lambda path: confusion(apps, os.path.join(folder, path)), paths)))
    real = [path for path in paths if labels.get(path) != "parser"]
    ordinary = sum((tables[path] for path in real if labels.get(path) == "benign"), collections.Counter())
    every = sum((tables[path] for path in real), collections.Counter())
    print_table(every)
    failures = []
    checks = [lambda: check_shares(ordinary), lambda: check_known(tables), lambda: check_foreign(every)]
    for check in checks:
        try:
            check()
        except Wrong as wrong:
            failures.append(str(wrong))
    return report("apps", failures, len(checks) - len(failures))


sys.exit(main())
