-- check.lua FOLDER NAME: runs FOLDER/NAME.lua against the fake, in the environment as it is, and looks whether what
-- would be sent is what the name says. Exit code 0: it is.
local folder, name = arg[1], arg[2]
local fake = dofile(folder .. "/test/fake.lua")

local said = {}

local function need(true_, text, ...)
	if not true_ then
		error(text:format(...), 0)
	end
end

-- The real print would tell nothing to a test.
print = function(text) said[#said + 1] = text end
fake.install()
dofile(folder .. "/" .. name .. ".lua")
need(fake.started == 1, "started %d times", fake.started)
need(fake.stopped == 1, "not stopped")
need(next(fake.rnd) == nil and not fake.range_on, "random bits or range are left on")
need(not fake.screen_off, "the screen is left off")
need(fake.waited_ms == math.floor((tonumber(os.getenv("FLOOD_SECONDS") or "10")) * 1000), "lasted %s ms", fake.waited_ms)
need(#said == 1, "said %d lines", #said)

local sent = fake.sent
local family = sent.set.family or (type(sent.range.set_type) == "string" and sent.range.set_type)
local ip6 = family == "ipv6"
local L4 = 14 + (ip6 and 40 or 20)
local SRC, DST = 14 + (ip6 and 8 or 12), 14 + (ip6 and 24 or 16)
local last_src, last_dst = SRC + (ip6 and 15 or 3), DST + (ip6 and 15 or 3)

local function byte(at) return fake.byte(sent, at) end
local function is_random(at) return byte(at) == "XXXXXXXX" end

local function tcp(bits)
	return function()
		need(sent.set.protocol == "tcp", "is %s", sent.set.protocol)
		need(byte(L4 + 13) == bits, "flags are %s, not %s", byte(L4 + 13), bits)
		need(is_random(L4 + 4) and is_random(L4 + 7), "the sequence number is always the same")
		need(byte(L4 + 12) == "........", "the header's length is touched")
		need(sent.set.size >= 64, "%d bytes", sent.set.size)
	end
end

local function forged()
	need(is_random(last_src), "the last byte of the source is %s", byte(last_src))
	need(is_random(SRC + (ip6 and 5 or 1)), "sources are one network's")
	if not ip6 then -- neither 10/8 nor 127/8 nor multicast, whatever X is
		need(byte(SRC) == "00XXXXX1", "first octet of the source: %s", byte(SRC))
	end
end

local function one_target()
	for at = DST, last_dst do
		need(byte(at) == "........", "the target changes")
	end
end

local function port_is(at, set, value)
	return function()
		need(sent.set[set] == value, "%s is %s", set, tostring(sent.set[set]))
		need(byte(at()) == "........", "%s changes", set)
	end
end

local function dport(n) return port_is(function() return L4 + 2 end, "dport", n) end
local function sport(n) return port_is(function() return L4 end, "sport", n) end
local function any_dport() need(is_random(L4 + 2) and is_random(L4 + 3), "one port is hit") end
local function client_ports() need(byte(L4) == "1XXXXXXX" and is_random(L4 + 1), "clients' ports: %s", byte(L4)) end

local function udp() need(sent.set.protocol == "udp", "is %s", sent.set.protocol) end

local function no_range() need(not sent.range_on, "range mode with random bits") end

-- A range is a walk within its bounds that moves.
local function walks(what, least_values)
	local r = sent.range[what]

	need(r and r.min <= r.start and r.start <= r.max and r.inc > 0, "%s does not walk", what)
	need((r.max - r.min) >= least_values, "%s: only %d values", what, r.max - r.min)
end

local function range_of(source_port)
	return function()
		local r = sent.range

		need(sent.range_on, "the range is not on")
		need(r.ip_proto == "udp", "is %s", r.ip_proto)
		need(r.src_ip.min ~= r.src_ip.max and r.src_ip.start == r.src_ip.min, "one reflector")
		need(r.dst_ip.min == r.dst_ip.max and r.dst_ip.start == r.dst_ip.min, "the target changes")
		if source_port then
			need(r.src_port.start == source_port and r.src_port.inc == 0, "answers from port %d", r.src_port.start)
		else
			walks("src_port", 1000)
		end
		walks("dst_port", 1000)
		need(r.pkt_size.min >= 64 and r.pkt_size.max <= 1518, "sizes %d to %d", r.pkt_size.min, r.pkt_size.max)
	end
end

local function sizes_vary()
	if os.getenv("FLOOD_SIZE") then
		need(sent.range.pkt_size.start == tonumber(os.getenv("FLOOD_SIZE")), "is not of the size asked for")
	else
		walks("pkt_size", 20)
	end
end

local function echo(type_bits, proto)
	return function()
		need(sent.set.protocol == proto, "is %s", sent.set.protocol)
		need(byte(L4) == type_bits and byte(L4 + 1) == "00000000", "type is %s", byte(L4))
		need(is_random(L4 + 4), "one identifier")
	end
end

local function flood_of(...) return { no_range, one_target, ... } end

local want = {
	syn_flood = flood_of(tcp("00000010"), forged, dport(80), client_ports),
	synack_flood = flood_of(tcp("00010010"), sport(443), any_dport),
	ack_flood = flood_of(tcp("00010000"), forged, dport(80), client_ports),
	pshack_flood = flood_of(tcp("00011000"), dport(80), function() need(sent.set.size >= 128, "no data") end),
	fin_flood = flood_of(tcp("00000001"), forged, dport(80)),
	rst_flood = flood_of(tcp("00000100"), forged, dport(80)),
	synfin_flood = flood_of(tcp("00000011"), forged, dport(80)),
	xmas_flood = flood_of(tcp("00101001"), forged, dport(80)),
	null_flood = flood_of(tcp("00000000"), forged, dport(80)),
	udp_flood = flood_of(udp, any_dport, client_ports),
	udp_flood_varying = { range_of(nil), sizes_vary },
	icmp_flood = flood_of(echo("00001000", "icmp"), forged),
	icmpv6_flood = flood_of(echo("10000000", "udp"), forged, function()
		need(ip6 and byte(14 + 6) == "00111010", "the next header is not 58")
	end),
	fragment_flood = flood_of(udp, function()
		local offset = byte(20) .. byte(21)

		need(not ip6 and offset:sub(1, 3) == "001", "more fragments do not follow: %s", offset)
		need(offset:sub(4):find("1"), "some are first fragments: %s", offset)
		need(is_random(18), "one datagram")
	end),
	carpet_bombing = { no_range, udp, forged, any_dport, function()
		need(is_random(last_dst) and byte(last_dst - 1) == "........", "is not a network of 256: %s", byte(last_dst))
	end },
	vertical_scan = flood_of(tcp("00000010"), any_dport, function()
		need(byte(last_src) == "........", "more than one scanner")
	end),
	horizontal_scan = { no_range, tcp("00000010"), dport(445), function()
		need(is_random(last_dst) and is_random(last_dst - 1), "is not a network")
		need(byte(last_src) == "........", "more than one scanner")
	end },
	normal = { no_range, function()
		local n, protocols = 0, {}

		for _, packet in pairs(sent.seq) do
			n = n + 1
			protocols[packet.ipProto] = true
		end
		need(sent.set.seq_cnt == n and n >= 8, "a sequence of %d, %s of them sent", n, tostring(sent.set.seq_cnt))
		need(protocols.tcp and protocols.udp, "one protocol")
	end },
}

for amplifier, port in pairs({
	dns = 53, ntp = 123, ssdp = 1900, snmp = 161, cldap = 389, memcached = 11211, chargen = 19, qotd = 17, coap = 5683,
	wsd = 3702, isakmp = 500, bacnet = 47808, dvr = 37810, plex = 32414, arms = 3283, rpcbind = 111, netbios = 137,
	tftp = 69, mssql = 1434, rip = 520, quake = 27960, steam = 27015, ubiquiti = 10001, l2tp = 1701,
}) do
	want[amplifier .. "_amplification"] = { range_of(port) }
end

need(want[name], "nobody knows what %s ought to send", name)
for _, check in ipairs(want[name]) do
	check()
end
