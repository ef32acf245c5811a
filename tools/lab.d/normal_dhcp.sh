# shellcheck shell=bash
# about: three people come to work and get an address (udhcpc)
# type: normal
# source: client
# tools: udhcpc arping dnsmasq
play() {
	local host

	for host in client client2 client3; do
		on "$host" timeout 10 udhcpc -f -n -q -i eth0 -s /bin/true
		on "$host" arping -q -c 2 -i eth0 "$SERVER_IP"
	done
}
