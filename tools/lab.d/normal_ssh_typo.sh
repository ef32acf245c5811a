# shellcheck shell=bash
# about: somebody has the wrong key a few times, then the right one (ssh)
# type: normal
# source: client
# tools: ssh sshd
play() {
	for _ in {1..4}; do
		on client ssh -F "$SSH_CONF" -o IdentitiesOnly=yes -o IdentityFile=/dev/null -o BatchMode=yes "$SERVER_IP" true
		sleep 1.5
	done
	on client ssh -F "$SSH_CONF" "$SERVER_IP" uname
}
