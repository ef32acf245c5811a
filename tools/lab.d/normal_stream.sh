# shellcheck shell=bash
# about: three people watch a film (curl, limited rate)
# type: normal
# source: client
# tools: curl nginx
play() {
	local host

	for host in client client2 client3; do
		in_space "$host" curl -fsS -m 12 --limit-rate 300k -o /dev/null "http://$SERVER_IP/film" &
		started
	done
	sleep 11
}
