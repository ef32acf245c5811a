# shellcheck shell=bash
# about: people at work by ssh, files by scp, both families
# type: normal
# source: client client3
# tools: ssh scp sshd
play() {
	local n

	for n in {1..10}; do
		on client3 ssh -F "$SSH_CONF" "$SERVER_IP" "echo $n; uname -a"
		on client scp -q -F "$SSH_CONF" "root@[$SERVER_IP6]:$FILM" "$WORK/copy"
		sleep 0.3
	done
}
