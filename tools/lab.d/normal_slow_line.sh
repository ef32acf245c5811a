# shellcheck shell=bash
# about: five people send and get a film over a slow line (curl)
# type: normal
# source: client2 client3
# tools: curl nginx
# packets: 50
play() {
	for _ in {1..5}; do
		in_space client3 curl -s -m 12 --limit-rate 4k -T "$FILM" -o /dev/null "http://$SERVER_IP/upload" &
		started
		in_space client2 curl -s -m 12 --limit-rate 4k -o /dev/null "http://$SERVER_IP/film" &
		started
	done
	sleep 12.5
}
