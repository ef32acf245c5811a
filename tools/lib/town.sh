# shellcheck shell=bash
# A small town on a switch: people, servers, attackers and the Internet behind a gateway, each in a namespace of its
# own. The switch's mirror port shows the sensor each frame once, as it comes in. Builds on lab.sh.
#
#     client client2 client3     people                     10.99.0.1, .12, .13
#     server                     web, ssh, ftp, rsync       10.99.0.2
#     dns                        resolver, DHCP             10.99.0.53
#     farm                       a network of 256 hosts     10.99.0.3, behind it 10.99.2.0/24: the lower half answers,
#                                                           the upper half is empty
#     attacker .. attacker4      inside                     10.99.0.66 ... 69
#     world                      the gateway                10.99.0.254, beyond it the Internet: 203.0.113.0/24 and
#                                                           198.51.100.0/24 are hosts that answer, the rest is silence
#
# IPv6 has the same last numbers in 2001:db8:99::/64, the farm 2001:db8:99:2::/64, the Internet 2001:db8:f::/64.
# shellcheck disable=SC2034,SC2154

TOWN=(client server farm client2 client3 dns attacker attacker2 attacker3 attacker4 world)
declare -A LAST=([client]=1 [server]=2 [farm]=3 [client2]=12 [client3]=13 [dns]=53 [attacker]=66 [attacker2]=67
	[attacker3]=68 [attacker4]=69 [world]=254)
FARM=10.99.2.0/24
FARM6=2001:db8:99:2::/64
DNS_IP=10.99.0.53
SPAN_SPACE=switch
TUNNEL_IP=203.0.113.53 # who answers for the names under tunnel.test

address() { # HOST[/6]: its address; what is no host of the town is one already
	local host=${1%/6}

	if [ -z "${LAST[$host]-}" ]; then
		echo "$1"
	elif [ "$host" != "$1" ]; then
		echo "2001:db8:99::${LAST[$host]}"
	else
		echo "10.99.0.${LAST[$host]}"
	fi
}

host_add() { # NAME: on the switch
	local space=$lab$1

	space_add "$1"
	wire "$1" eth0 switch "$1"
	quiet_wire switch "$1"
	ip -n "${lab}switch" link set "$1" master br0
	ip -n "$space" addr add "$(address "$1")/24" dev eth0
	ip -n "$space" addr add "$(address "$1/6")/64" dev eth0 nodad
	on "$1" sysctl -qw net.ipv4.ip_forward=0 net.ipv4.icmp_ratelimit=0
}

routes_add() { # NAME
	local space=$lab$1

	if [ "$1" != farm ]; then
		ip -n "$space" route add $FARM via "$(address farm)"
		ip -n "$space" -6 route add $FARM6 via "$(address farm/6)"
	fi
	if [ "$1" != world ]; then
		ip -n "$space" route add default via "$(address world)"
		ip -n "$space" -6 route add default via "$(address world/6)"
	fi
}

owns() { # HOST NETWORK...: each address of these is its own
	local space=$lab$1 network

	shift
	for network; do ip -n "$space" route add local "$network" dev lo; done
}

town_up() { # the hosts and the switch, and a mirror port that is silent until mirror_on
	local host

	space_add switch
	on switch sysctl -qw net.ipv6.conf.all.disable_ipv6=1 net.ipv6.conf.default.disable_ipv6=1
	ip -n "${lab}switch" link add br0 type bridge stp_state 0 mcast_snooping 0 || skip "this kernel has no bridge"
	ip -n "${lab}switch" link set br0 up
	for host in "${TOWN[@]}"; do host_add "$host"; done
	for host in "${TOWN[@]}"; do routes_add "$host"; done
	owns farm 10.99.2.0/25 2001:db8:99:2::/65
	ip -n "${lab}farm" route add blackhole 10.99.2.128/25
	ip -n "${lab}farm" -6 route add blackhole 2001:db8:99:2:8000::/65
	owns world 203.0.113.0/24 198.51.100.0/24 2001:db8:f::/64
	span_up
}

mirror_on() {
	local host

	for host in "${TOWN[@]}"; do mirror switch "$host" ingress; done
}

town_stays() { # until Ctrl-C, with its sensor
	cat <<-END
		the town stays until Ctrl-C
		alarms:    $build/tools/cli/weir events --follow --redis unix:$tmp/redis.sock --sensor $SENSOR
		counters:  $build/tools/cli/weir status --redis unix:$tmp/redis.sock --sensor $SENSOR
		a host:    ip netns exec ${lab}attacker bash     (${TOWN[*]})
		attack:    ip netns exec ${lab}attacker timeout 3 hping3 -q -S -p 80 --rand-source -i u100 $SERVER_IP
	END
	while alive "$sensor_pid"; do sleep 1; done
	fail "the sensor died"
}
