-- What every flood of this folder is made with: settings from the environment, and the four ways in which
-- Pktgen-DPDK makes packets that differ. Lua 5.3, as Pktgen carries it; Pktgen 22.11 to 23.03.
--
-- One template and random bits (`random`) is the way of most floods: a frame of the single mode, and
-- pktgen.rnd(), which overwrites bits of each packet as it leaves: X is random, 0 and 1 are fixed, '.' stays.
-- Fixed bits set TCP's flags, for which the Lua API has no call. Since 21.05 pktgen.rnd() ends the other modes
-- of its port (range, sequence): so a flood is made in one way only, never in two.
-- A range (`range`) makes each packet from steps of its fields, checksums included; as many differ as Pktgen has
-- buffers. Only UDP and TCP, and TCP's flags cannot be chosen: it is for what comes by UDP with changing sizes.
-- A sequence (`sequence`) repeats up to 16 packets: the normal mix.
--
-- Checksums of packets with random bits are those of the template, and wrong. A sensor on a mirror port does not
-- mind, a router or a host does.

local flood = {}

local ETHERNET, FCS = 14, 4
local IP4 = { header = 20, src = 12, dst = 16, id = 4, fragment = 6 }
local IP6 = { header = 40, src = 8, dst = 24, next_header = 6 }
local TCP_FLAGS = 13 -- offset of the flags in the TCP header
local FLAG = { F = 1, S = 2, R = 4, P = 8, A = 16, U = 32 }

local function number(name, default)
	local text = os.getenv(name)

	if text == nil then
		return default
	end
	return tonumber(text) or error(name .. "=" .. text .. " is not a number")
end

-- The bench's own: see README.md.
flood.settings = {
	port = os.getenv("FLOOD_PORT") or "0", -- of Pktgen; a list such as 0,1 as well
	rate = number("FLOOD_RATE", 100), -- % of the link
	seconds = number("FLOOD_SECONDS", 10),
	size = number("FLOOD_SIZE", nil), -- of a frame with its checksum; nil: the kind's
	dst_mac = os.getenv("FLOOD_DST_MAC"), -- nil: Pktgen's
	target = os.getenv("FLOOD_TARGET") or "203.0.113.10",
	target6 = os.getenv("FLOOD_TARGET6") or "2001:db8:f::10",
	source = os.getenv("FLOOD_SOURCE") or "198.51.100.66",
	source6 = os.getenv("FLOOD_SOURCE6") or "2001:db8:bad::66",
	ipv6 = os.getenv("FLOOD_IPV6") == "1",
}

local function bits(value, n)
	local text = ""

	for i = n - 1, 0, -1 do
		text = text .. (value >> i & 1)
	end
	return text
end

local function flag_bits(letters)
	local value = 0

	for letter in letters:gmatch(".") do
		value = value | FLAG[letter]
	end
	return bits(value, 8)
end

-- Random fields, in the order of their numbers.
local Fields = {}
Fields.__index = Fields

function Fields:add(offset, mask)
	pktgen.rnd(self.port, self.n, offset, mask)
	self.n = self.n + 1
end

local X16, X32 = ("X"):rep(16), ("X"):rep(32)

-- Odd first octets below 64: neither private nor loopback nor multicast.
local ANY_IP4 = "00XXXXX1" .. ("X"):rep(24)

local function hosts_mask(host_bits)
	return ("."):rep(32 - host_bits) .. ("X"):rep(host_bits)
end

local function random_sources(fields, s, ip, kind)
	if kind.sources == "forged" and s.ipv6 then -- all but the first 32 bits
		for word = 1, 3 do
			fields:add(ETHERNET + ip.src + 4 * word, X32)
		end
	elseif kind.sources == "forged" then
		fields:add(ETHERNET + ip.src, ANY_IP4)
	elseif kind.sources then -- 2^n hosts of the source's network
		fields:add(ETHERNET + ip.src + (s.ipv6 and 12 or 0), hosts_mask(kind.sources))
	end
end

local function random_targets(fields, s, ip, kind)
	if kind.targets then
		fields:add(ETHERNET + ip.dst + (s.ipv6 and 12 or 0), hosts_mask(kind.targets))
	end
end

local function random_transport(fields, at, kind)
	if kind.sport == nil and kind.protocol ~= "icmp" then
		fields:add(at, "1" .. ("X"):rep(15)) -- a client's port
	end
	if kind.dport == "random" then
		fields:add(at + 2, X16)
	end
	if kind.flags then
		fields:add(at + 4, X32) -- sequence
		fields:add(at + TCP_FLAGS, flag_bits(kind.flags))
	end
end

local function random_fragment(fields, s)
	assert(not s.ipv6, "Pktgen cannot make IPv6 fragments: they are an extension header")
	-- Identification at random; more fragments follow; the offset is never 0.
	fields:add(ETHERNET + IP4.id, X16 .. "0010" .. ("X"):rep(11) .. "1")
end

-- Echo requests; over IPv6 the UDP header of the template becomes one.
local function random_echo(fields, s, at)
	if s.ipv6 then
		fields:add(ETHERNET + IP6.next_header, bits(58, 8))
	end
	fields:add(at, bits(s.ipv6 and 128 or 8, 8) .. bits(0, 8))
	fields:add(at + 4, X32)
end

local function begin(s)
	pktgen.screen("off")
	pktgen.stop(s.port)
	pktgen.reset(s.port)
	pktgen.clear(s.port)
	pktgen.set(s.port, "rate", s.rate)
	pktgen.set(s.port, "count", 0) -- until it is stopped
	if s.dst_mac then
		pktgen.set_mac(s.port, "dst", s.dst_mac)
	end
end

local function template(s, kind, ip_bytes)
	local least = kind.flags and 20 or 8
	local size = math.max(s.size or kind.size or 64, ETHERNET + ip_bytes + least + FCS)

	pktgen.set_type(s.port, s.ipv6 and "ipv6" or "ipv4")
	-- IPv6 knows no ICMP there: see random_echo().
	pktgen.set_proto(s.port, kind.protocol == "icmp" and s.ipv6 and "udp" or kind.protocol)
	pktgen.set_ipaddr(s.port, "dst", s.ipv6 and s.target6 or s.target)
	pktgen.set_ipaddr(s.port, "src", s.ipv6 and s.source6 .. "/64" or s.source .. "/24")
	pktgen.set(s.port, "size", size)
	pktgen.set(s.port, "sport", kind.sport or 40000)
	pktgen.set(s.port, "dport", type(kind.dport) == "number" and kind.dport or 80)
end

local function play(s, title)
	print(("%s: port %s, %g %% of the link, %g s"):format(title, s.port, s.rate, s.seconds))
	pktgen.start(s.port)
	pktgen.delay(math.floor(s.seconds * 1000))
	pktgen.stop(s.port)
	pktgen.screen("on")
end

-- kind: title, protocol, flags ("SA"), sport, dport (a number or "random"), size, sources ("forged", or n for
-- 2^n hosts; nil: one), targets (n: 2^n hosts), fragments, echo
function flood.random(kind)
	local s = setmetatable({}, { __index = flood.settings })

	if kind.ipv6 ~= nil then
		s.ipv6 = kind.ipv6
	end
	local ip = s.ipv6 and IP6 or IP4
	local fields = setmetatable({ port = s.port, n = 0 }, Fields)

	begin(s)
	template(s, kind, ip.header)
	random_sources(fields, s, ip, kind)
	random_targets(fields, s, ip, kind)
	if kind.fragments then
		random_fragment(fields, s)
	elseif kind.echo then
		random_echo(fields, s, ETHERNET + ip.header)
	else
		random_transport(fields, ETHERNET + ip.header, kind)
	end
	play(s, kind.title)
	for i = 0, fields.n - 1 do
		pktgen.rnd(s.port, i, 0, "off")
	end
end

-- A field of the range: where it starts, how it steps, between what.
local function step(set, port, first, inc, least, most)
	set(port, "start", first)
	set(port, "inc", inc)
	set(port, "min", least)
	set(port, "max", most)
end

local function keep(set, port, value, none)
	step(set, port, value, none, value, value)
end

-- kind: title, sport and dport (a number, or {least, most}), size ({least, most}), sources (how many)
function flood.range(kind)
	local s, r = flood.settings, pktgen.range
	local none = s.ipv6 and "::" or "0.0.0.0"
	local one = s.ipv6 and "::1" or "0.0.0.1"

	begin(s)
	r.set_type(s.port, s.ipv6 and "ipv6" or "ipv4")
	r.ip_proto(s.port, "udp")
	if s.dst_mac then
		keep(r.dst_mac, s.port, s.dst_mac, "00:00:00:00:00:00")
	end
	keep(r.dst_ip, s.port, s.ipv6 and s.target6 or s.target, none)
	if s.ipv6 then
		step(r.src_ip, s.port, "2001:db8:bad::1", one, "2001:db8:bad::1", ("2001:db8:bad::%x"):format(kind.sources))
	else
		step(r.src_ip, s.port, "198.18.0.1", one, "198.18.0.1",
			("198.18.%d.%d"):format(kind.sources >> 8, kind.sources & 255))
	end
	for name, set in pairs({ sport = r.src_port, dport = r.dst_port, size = r.pkt_size }) do
		local value = kind[name]

		if name == "size" and s.size then
			value = s.size
		end
		if type(value) == "table" then -- odd steps: each value comes, in no row
			step(set, s.port, value[1], name == "size" and 37 or 7919, value[1], value[2])
		else
			step(set, s.port, value, 0, value, value)
		end
	end
	pktgen.set_range(s.port, "on")
	play(s, kind.title)
	pktgen.set_range(s.port, "off")
end

function flood.amplification(kind)
	flood.range({
		title = kind.name .. " amplification",
		sport = kind.port,
		dport = { 1024, 65535 },
		size = kind.size,
		sources = 500,
	})
end

-- packets: {src, dst, protocol, sport, dport, size}, at most 16
function flood.sequence(title, packets)
	local s = flood.settings
	local mac = s.dst_mac or "02:00:5e:00:00:01"

	begin(s)
	for i, p in ipairs(packets) do
		pktgen.seqTable(i - 1, s.port, {
			eth_dst_addr = mac,
			eth_src_addr = ("02:00:5e:00:01:%02x"):format(i),
			ip_dst_addr = p[2],
			ip_src_addr = p[1] .. "/24",
			ipProto = p[3],
			sport = p[4],
			dport = p[5],
			ethType = "ipv4",
			vlanid = 1,
			pktSize = p[6],
		})
	end
	pktgen.set(s.port, "seq_cnt", #packets)
	play(s, title)
	pktgen.set(s.port, "seq_cnt", 0)
end

return flood
