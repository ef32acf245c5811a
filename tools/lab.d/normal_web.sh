# shellcheck shell=bash
# about: pages with several objects, from three people, both families
# type: normal
# source: client client2 client3
# tools: curl nginx
play() {
	local host end=$((SECONDS + 10))

	browse 10 &
	while [ "$SECONDS" -lt "$end" ]; do
		for host in client2 client3; do
			on "$host" curl -fsS -m 5 -o /dev/null "http://$SERVER_IP/" -o /dev/null "http://$SERVER_IP/picture"
			on "$host" curl -fksS -m 5 -o /dev/null "https://[$SERVER_IP6]/film"
		done
		sleep 0.1
	done
	wait
}
