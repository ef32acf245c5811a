# shellcheck shell=bash
# about: programs that try a server which is down, again and again (curl)
# type: normal
# source: client client2 client3
# tools: curl
play() {
	local host n

	for ((n = 0; n < 40; n++)); do
		for host in client client2 client3; do on "$host" curl -s -m 1 -o /dev/null "http://$SERVER_IP:8081/"; done
		sleep 0.15
	done
	true
}
