# shellcheck shell=bash
# What ordinary people do on a network, with the real programs: web, DNS, transfers, ping; both families.
# Part of the laboratory of lab.sh and services.sh, where the variables come from; addresses hold no spaces.
# shellcheck disable=SC2086,SC2154

services_up() { # on the server, with what every machine has
	www_files
	python_up
	iperf3_up server
	dnsmasq_up server
	wait_for 10 "dnsmasq does not answer" in_space client dig +time=1 +tries=1 @$DNS_IP up.example.test
}

browse() { # SECONDS: pages with several objects, both families, now and then a film
	local end=$((SECONDS + $1)) n=0 at

	while [ "$SECONDS" -lt "$end" ]; do
		n=$((n + 1))
		at=$SERVER_IP
		if ((n % 3 == 0)); then at="[$SERVER_IP6]"; fi
		ip netns exec "${lab}client" curl -fsS -m 5 -o /dev/null "http://$at/" -o /dev/null "http://$at/picture"
		if ((n % 20 == 0)); then
			ip netns exec "${lab}client" curl -fsS -m 10 -o /dev/null "http://$at/film"
		fi
		sleep 0.05
	done
}

look_up() { # SECONDS: names, one after the other
	local end=$((SECONDS + $1)) n=0

	while [ "$SECONDS" -lt "$end" ]; do
		n=$((n + 1))
		ip netns exec "${lab}client" dig +time=1 +tries=1 @$DNS_IP "host$n.example.test" \
			"$([ $((n % 2)) -eq 0 ] && echo AAAA || echo A)" >/dev/null
		sleep 0.03
	done
}

transfer() { # SECONDS: a big download, then a call's worth of UDP
	ip netns exec "${lab}client" iperf3 -c $SERVER_IP -R -b 300M -t $(($1 / 2)) >>"$tmp/transfer.log" 2>&1
	ip netns exec "${lab}client" iperf3 -c $SERVER_IP -u -b 20M -l 1200 -t $(($1 - $1 / 2)) >>"$tmp/transfer.log" 2>&1
}

normal_traffic() { # SECONDS: all of it at once; returns when it is over
	local pid pids=()

	browse "$1" &
	pids+=("$!")
	look_up "$1" &
	pids+=("$!")
	transfer $(($1 - 2)) &
	pids+=("$!")
	in_space client ping -q -i 0.2 -w "$1" $SERVER_IP >/dev/null 2>&1 &
	pids+=("$!")
	in_space client ping -q -i 0.2 -w "$1" $SERVER_IP6 >/dev/null 2>&1 &
	pids+=("$!")
	lab_pids+=("${pids[@]}")
	for pid in "${pids[@]}"; do wait "$pid"; done
}

# A flood by hping3, bounded in time. `-i u10` is about 25,000 packets a second on a small machine.
hping() { # SECONDS HPING-ARGUMENT...
	local seconds=$1

	shift
	in_space client timeout -s INT -k 0.3 "$seconds" hping3 -q "$@" $SERVER_IP >>"$tmp/hping.log" 2>&1
}

scan() { # SECONDS: nmap's SYN scan, by somebody who does nothing else
	in_space client timeout "$1" nmap -sS -n -Pn -S $SCANNER_IP -e eth0 -p1-20000 --max-rate 5000 --max-retries 1 \
		$SERVER_IP >>"$tmp/nmap.log" 2>&1
}
