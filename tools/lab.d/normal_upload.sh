# shellcheck shell=bash
# about: a film for the web, by one who often does (curl)
# type: normal
# source: client3
# tools: curl nginx
play() {
	for _ in {1..4}; do
		on client3 curl -fsS -m 10 -T "$FILM" "http://$SERVER_IP/upload"
		sleep 0.5
	done
}
