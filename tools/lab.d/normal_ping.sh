# shellcheck shell=bash
# about: several people ping, both families, small and large
# type: normal
# source: client
# tools: ping
play() {
	in_space client ping -q -i 0.2 -w 5 "$SERVER_IP" &
	started
	in_space client2 ping -q -i 0.2 -s 1400 -w 5 "$SERVER_IP6" &
	started
	on client3 ping -q -i 0.05 -w 5 "$SERVER_IP"
}
