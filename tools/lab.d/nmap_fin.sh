# shellcheck shell=bash
# about: FIN scan of 2,000 ports (nmap -sF)
# type: attack
# kind: vertical_scan
# target: server
# source: attacker
# tools: nmap
play() {
	probe attacker 20 -Pn -sF -p1-2000 --max-retries 1 "$SERVER_IP"
}
