# shellcheck shell=bash
# about: one person opens sixty sites in a few seconds (curl)
# type: normal
# source: client
# tools: curl python3
play() {
	local n

	in_space world python3 -m http.server --bind 0.0.0.0 --directory "$WORK" 80 &
	started
	sleep 1
	for ((n = 1; n <= 60; n++)); do
		on client curl -sS -m 3 -o /dev/null "http://198.51.100.$n/" &
		sleep 0.0$((RANDOM % 9 + 1))
	done
	sleep 3
}
