# shellcheck shell=bash
# about: a call home every three seconds, a minute and a half long (curl)
# type: attack
# kind: beaconing
# target: attacker 203.0.113.77
# source: attacker
# tools: curl python3
# within_ms: 90000
play() {
	local n

	in_space world python3 -m http.server --bind 203.0.113.77 --directory "$WORK" 8080 &
	started
	sleep 1
	for n in {1..30}; do
		on attacker curl -sS -m 2 -o /dev/null "http://203.0.113.77:8080/?id=$n"
		sleep 3
	done
}
