# shellcheck shell=bash
# Scenes of the laboratory: files of tools/lab.d, each with a head of `# key: value` lines and a function play().
#
#     about      one line
#     type       normal | attack
#     long       yes: it takes minutes, and is played only where it is asked for by name
#     kind       kinds that name it, the best one first; of attacks only
#     target     who is hit: hosts of the town (name/6: its IPv6 address), addresses or networks
#     source     who does it: hosts; the first packet of any of these is the start of the attack
#     tools      what must be installed
#     within_ms  by when it must be named (1000)
#     closes_ms  by when after its end the alarm must have closed (15000); longer where the kind pauses by nature
#     also       kinds that may be named besides, of any target
#     first      filter of tcpdump: which packet of the source is the first (any but ARP and ICMPv6)
#     packets    that the sources send at least, or else the scene did not work (20)
#
# play() runs in a process of its own; what it leaves in the background is ended with it. What it writes goes to $WORK.
# The truth about each scene, as it was played, is a line of $tmp/truth (judge.py reads it).
# shellcheck disable=SC2034,SC2154

SCENES=tools/lab.d
ATTACK_S=4 # a flood lasts
PPS=4000 # packets a second of a flood
REST_S=10 # after a scene, so that the sensor's longest window holds nothing of it
SETTLE_S=25 # an alarm that is still open then stays so
SEED=1
RECORD= # a folder: each scene's packets and the truth are kept there
ACCOUNT= # if set: each scene's packets are counted, and how many of them the sensor saw
# Who of those who are not hosts of Debian's sends a tool.
declare -A PACKAGE=([arpspoof]=dsniff [atk6-thcsyn6]=thc-ipv6 [atk6-alive6]=thc-ipv6 [ab]=apache2-utils
	[nginx]=nginx-light [sshd]=openssh-server [ssh]=openssh-client [scp]=openssh-client [tcpreplay-edit]=tcpreplay
	[iodined]=iodine [dns2tcpc]=dns2tcp [dns2tcpd]=dns2tcp [dig]=bind9-dnsutils [dnsmasq]=dnsmasq-base
	[ping]=iputils-ping [udhcpc]=udhcpc [curl]=curl [python3]=python3 [tcpdump]=tcpdump)

scene_file() { # NAME
	echo "$SCENES/$1.sh"
}

scene_names() { # [normal|attack|long]: the long ones are of neither
	local file

	for file in "$SCENES"/*.sh; do
		if [ -n "${1-}" ]; then
			if grep -qx "# long: yes" "$file"; then [ "$1" = long ]; else grep -qx "# type: $1" "$file"; fi || continue
		fi
		basename "$file" .sh
	done
}

field() { # NAME KEY [DEFAULT]
	local value

	value=$(sed -n "s/^# $2: *//p" "$(scene_file "$1")")
	echo "${value:-${3-}}"
}

missing_packages() { # NAME: of tools that are not installed
	local tool

	for tool in $(field "$1" tools); do
		PATH=$PATH:/usr/sbin command -v "$tool" >/dev/null || echo "${PACKAGE[$tool]-$tool}"
	done | sort -u | tr '\n' ' '
}

addresses() { # HOST...: a JSON list
	local host

	for host; do address "$host"; done | jq -Rnc '[inputs]'
}

words() { # WORD...: a JSON list
	printf '%s\n' "$@" | jq -Rnc '[inputs | select(. != "")]'
}

# The first packet that a source sends, as the switch gets it.
watch_first() { # NAME
	local host filter

	filter=$(field "$1" first "not arp and not icmp6")
	first_pids=()
	rm -f "$tmp"/first.*
	for host in $(field "$1" source); do
		in_space switch tcpdump -nn -tt -q -c 1 -Q in -i "$host" "$filter" >"$tmp/first.$host" 2>"$tmp/first.$host.err" &
		first_pids+=("$!")
		wait_for 5 "tcpdump does not listen" grep -q 'listening on' "$tmp/first.$host.err"
	done
}

first_packet() { # ELSE: when it was
	local pid

	for pid in "${first_pids[@]}"; do stop_pid "$pid"; done
	cat "$tmp"/first.* 2>/dev/null | grep -oE '^[0-9]+\.[0-9]+' | sort | head -1 | grep . || echo "$1"
}

capture_name() { # NAME RUN
	if [ "$2" -eq 1 ]; then echo "$1.pcap"; else echo "$1-$2.pcap"; fi
}

sent_by() { # NAME: packets of its sources so far
	local host sum=0

	for host in $(field "$1" source); do
		host=${host%/6}
		sum=$((sum + $(counter "$host" eth0 tx_packets)))
	done
	echo "$sum"
}

record_begin() { # NAME RUN
	record_pid=
	[ -n "$RECORD" ] || return 0
	in_space switch tcpdump -Z root -U -s 512 -B 16384 -nn -i span0 -w "$RECORD/$(capture_name "$1" "$2")" \
		2>"$tmp/record.err" &
	record_pid=$!
	wait_for 5 "tcpdump does not listen" grep -q 'listening on' "$tmp/record.err"
}

play_now() { # NAME RUN: in a process of its own
	local before=${#lab_pids[@]} pid

	WORK=$tmp/$1
	mkdir -p "$WORK"

	RANDOM=$(($(cksum <<<"$SEED $1 $2" | cut -d' ' -f1) % 32768))
	# shellcheck source=/dev/null
	. "$(scene_file "$1")"
	cd "$WORK" || return
	play
	for pid in "${lab_pids[@]:$before}"; do stop_pid "$pid"; done
}

scene_play() { # NAME RUN
	local name=$1 run=$2 missing before=null after=null log sent launched start end why="" status=played

	missing=$(missing_packages "$name")
	log=$tmp/$name.log
	if [ -n "$missing" ]; then
		truth "$name" "$run" "not run" 0 0 0 "not installed: apt-get install $missing"
		return
	fi
	if [ -n "$ACCOUNT" ]; then before=$(account attacker); fi
	watch_first "$name"
	record_begin "$name" "$run"
	launched=$(now)
	sent=$(sent_by "$name")
	play_now "$name" "$run" </dev/null >"$log" 2>&1 &
	started
	wait "${lab_pids[-1]}"
	unset 'lab_pids[-1]'
	end=$(now)
	start=$(first_packet "$launched")
	sent=$(($(sent_by "$name") - sent))
	if [ "$sent" -lt "$(field "$name" packets 20)" ]; then
		status=failed
		why="only $sent packets were sent; last words: $(tail -1 "$log" | tr -cd '[:print:]' | head -c 160)"
	fi
	settle "$(field "$name" closes_ms 15000)"
	if [ -n "$record_pid" ]; then
		stop_pid "$record_pid" INT
		cp "$log" "$RECORD/"
	fi
	if [ -n "$ACCOUNT" ]; then after=$(account attacker); fi
	truth "$name" "$run" "$status" "$launched" "$start" "$end" "$why" "$before" "$after"
}

settle() { # CLOSES-MS: no alarm is open, or it stays
	local end=$((SECONDS + SETTLE_S + ($1 - 15000) / 1000))

	sleep "$REST_S" & # a signal is not kept waiting
	wait $!
	until quiet_again || [ "$SECONDS" -ge "$end" ]; do
		alive "$sensor_pid" || fail "the sensor died"
		sleep 0.2
	done
}

truth() { # NAME RUN STATUS LAUNCHED START END WHY [BEFORE AFTER]
	# shellcheck disable=SC2046 # lists of words
	jq -nc --arg scene "$1" --argjson run "$2" --arg status "$3" --arg why "$7" \
		--argjson before "${8-null}" --argjson after "${9-null}" \
		--argjson launched "$4" --argjson start "$5" --argjson ended "$6" --argjson settled "$(now)" \
		--arg type "$(field "$1" type)" --arg about "$(field "$1" about)" --argjson within "$(field "$1" within_ms 1000)" --argjson closes "$(field "$1" closes_ms 15000)" \
		--argjson kind "$(words $(field "$1" kind))" --argjson also "$(words $(field "$1" also))" \
		--argjson target "$(addresses $(field "$1" target))" --argjson source "$(addresses $(field "$1" source))" \
		--argjson seed "$SEED" --argjson town "${TOWN_N-1}" --arg file "$(capture_name "$1" "$2")" '
		{scene: $scene, run: $run, file: $file, type: $type, about: $about, kind: $kind, also: $also, target: $target,
		 source: $source, within_ms: $within, closes_ms: $closes, seed: $seed, town: $town, status: $status}
		+ if $status == "played" then {launched: $launched, start: $start, "end": $ended, settled: $settled}
		  else {why: $why} end
		+ if $before == null then {} else {packets: ($after | with_entries(.value -= $before[.key]))} end
		' >"$tmp/truth.last" || fail "the truth about $1 cannot be written"
	cat "$tmp/truth.last" >>"$tmp/truth"
}

# Words of many scenes.
flood() { # HOST ADDRESS HPING-ARGUMENT...: by hping3
	local host=$1 at=$2

	shift 2
	on "$host" timeout -s INT -k 0.3 "$ATTACK_S" hping3 -q -i u$((1000000 / PPS)) "$@" "$at"
}

probe() { # HOST SECONDS NMAP-ARGUMENT...: by nmap, who is told to ask nobody for names
	local host=$1 seconds=$2

	shift 2
	on "$host" timeout -k 0.3 "$seconds" nmap -n "$@"
}

mac() { # HOST
	on "$1" cat /sys/class/net/eth0/address
}

replay() { # FROM TO SCENE OPTION...: a flood that only weir-flood makes, sent by tcpreplay toward a host of the town
	local from=$1 to=$2 kind=$3

	shift 3
	"$build/tools/flood/weir-flood" "$kind" -o "$WORK/replay.pcap" --rate "$PPS" --seconds "$ATTACK_S" --seed "$SEED" \
		--target "$(address "$to")" "$@" || return
	on "$from" timeout -k 0.3 $((ATTACK_S + 2)) tcpreplay-edit -q -K --pps="$PPS" --enet-dmac="$(mac "${to%/6}")" --enet-smac="$(mac "$from")" \
		-i eth0 "$WORK/replay.pcap"
}

passwords() { # N: that nobody has, one a line
	local n

	for ((n = 0; n < $1; n++)); do echo "p$RANDOM$RANDOM"; done
}
