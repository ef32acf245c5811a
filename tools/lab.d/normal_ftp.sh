# shellcheck shell=bash
# about: downloads by ftp (curl)
# type: normal
# source: client
# tools: curl vsftpd
play() {
	for _ in {1..6}; do
		on client curl -fsS -m 10 -o /dev/null "ftp://$SERVER_IP/film"
		sleep 0.3
	done
}
