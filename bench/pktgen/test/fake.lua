-- Pktgen's Lua API as far as our scripts use it, made to find mistakes: a function that Pktgen has not, a wrong
-- number or type of arguments, a value that it would not take, or an order that would not do what is meant, is an
-- error. Everything else is recorded.
--
-- Names and argument counts are those of the 22.11 to 23.03 generation, from its manual ("Lua scripting" and
-- "Commands" at pktgen-dpdk.readthedocs.io) and from what its library registers (app/lpktgenlib.c). What is told
-- here of values (masks, sizes, protocols) is that library's own checks.

local fake = { calls = {}, set = {}, rnd = {}, range = {}, seq = {}, started = 0, stopped = 0 }

local function fail(text, ...)
	error(text:format(...), 0)
end

local function is_ports(v)
	return type(v) == "string" and (v:match("^%d[%d,%-]*$") or v == "all") and true
end

local function one_of(...)
	local allowed = { ... }

	return function(v)
		for _, one in ipairs(allowed) do
			if v == one then
				return true
			end
		end
		return false
	end
end

local function is_whole(v)
	return math.type(v) == "integer" and v >= 0
end

local function is_number(v)
	return type(v) == "number"
end

local function is_ip4(v)
	local a, b, c, d = v:match("^(%d+)%.(%d+)%.(%d+)%.(%d+)$")

	if not a then
		return false
	end
	for _, octet in ipairs({ a, b, c, d }) do
		if tonumber(octet) > 255 then
			return false
		end
	end
	return true
end

local function is_ip6(v)
	local _, gaps = v:gsub("::", "")
	local groups = 0

	for group in v:gmatch("[^:]+") do
		if not group:match("^%x%x?%x?%x?$") then
			return false
		end
		groups = groups + 1
	end
	return v:find(":") ~= nil and gaps <= 1 and (gaps == 1 and groups < 8 or groups == 8)
end

local function is_ip(v)
	local address, length = v:match("^([^/]+)/?(%d*)$")

	return address and (is_ip4(address) or is_ip6(address)) and (length == "" or tonumber(length) <= 128)
end

local function is_mac(v)
	return type(v) == "string" and v:match("^%x%x:%x%x:%x%x:%x%x:%x%x:%x%x$") ~= nil
end

local function is_mask(v)
	return v == "off" or (type(v) == "string" and v:match("^[01.Xx]+$") and #v <= 32)
end

local function is_text(v)
	return type(v) == "string"
end

local on_off = one_of("on", "off")
local protocol = one_of("tcp", "udp", "icmp")
local family = one_of("ipv4", "ipv6")
local range_part = one_of("start", "min", "max", "inc")

local sets = one_of("count", "size", "rate", "burst", "txburst", "rxburst", "cycles", "sport", "dport", "ttl",
	"seq_cnt", "seqCnt", "prime", "dump")

-- name -> what each argument must be; as many as there are checks
local api = {
	screen = { on_off },
	start = { is_ports },
	stop = { is_ports },
	reset = { is_ports },
	clear = { is_ports },
	delay = { is_whole },
	sleep = { is_whole },
	set = { is_ports, sets, is_number },
	set_mac = { is_ports, one_of("src", "dst"), is_mac },
	set_ipaddr = { is_ports, one_of("src", "dst"), is_ip },
	set_proto = { is_ports, protocol },
	set_type = { is_ports, family },
	set_range = { is_ports, on_off },
	rnd = { is_ports, is_whole, is_whole, is_mask },
	seqTable = { is_whole, is_ports, function(v) return type(v) == "table" end },
	portCount = {},
	isSending = { is_ports },
	linkState = { is_ports },
	pause = { is_text, is_whole },
}

local range_api = {
	set_type = { is_ports, family },
	ip_proto = { is_ports, one_of("tcp", "udp") },
	src_ip = { is_ports, range_part, is_ip },
	dst_ip = { is_ports, range_part, is_ip },
	src_port = { is_ports, range_part, is_whole },
	dst_port = { is_ports, range_part, is_whole },
	pkt_size = { is_ports, range_part, is_whole },
	src_mac = { is_ports, range_part, is_mac },
	dst_mac = { is_ports, range_part, is_mac },
	ttl = { is_ports, range_part, is_whole },
	hop_limits = { is_ports, range_part, is_whole },
}

local seq_fields = {
	eth_dst_addr = is_mac, eth_src_addr = is_mac, ip_dst_addr = is_ip, ip_src_addr = is_ip,
	sport = is_whole, dport = is_whole, ethType = family, ipProto = protocol, vlanid = is_whole, pktSize = is_whole,
	cos = is_whole, tos = is_whole, gtpu_teid = is_whole,
}

-- What a call does to what will be sent.
local effects = {}

function effects.set(_, what, value)
	if what == "size" and (value < 64 or value > 1518) then
		fail("a frame of %d bytes with its checksum", value)
	end
	if what == "rate" and (value <= 0 or value > 100) then
		fail("a rate of %g %%", value)
	end
	if (what == "sport" or what == "dport") and value > 65535 then
		fail("%s %d", what, value)
	end
	fake.set[what] = value
end

function effects.set_mac(_, which, mac) fake.set[which .. "_mac"] = mac end
function effects.set_proto(_, proto) fake.set.protocol = proto end
function effects.set_type(_, type_) fake.set.family = type_ end

function effects.set_ipaddr(_, which, address)
	-- The library parses the source's prefix length, and refuses a target with one.
	if (which == "src") ~= (address:find("/") ~= nil) then
		fail("set_ipaddr %s %s: only the source has a prefix length", which, address)
	end
	fake.set[which .. "_ip"] = address
end

function effects.rnd(_, index, offset, mask)
	if index >= 32 then
		fail("random field %d; there are 32", index)
	end
	if fake.range_on then
		fail("random bits end the range mode")
	end
	fake.rnd[index] = mask ~= "off" and { offset = offset, mask = mask } or nil
end

function effects.set_range(_, state)
	if state == "on" and next(fake.rnd) then
		fail("the range mode ends random bits")
	end
	fake.range_on = state == "on"
end

function effects.seqTable(n, _, packet)
	if n >= 16 then
		fail("packet %d of a sequence; there are 16", n)
	end
	for name, value in pairs(packet) do
		if not seq_fields[name] or not seq_fields[name](value) then
			fail("seqTable %s = %s", name, tostring(value))
		end
	end
	fake.seq[n] = packet
end

-- As Pktgen would send it: kept, for settings are undone after a run.
function effects.start()
	local sent = { set = {}, rnd = {}, range = {}, seq = {}, range_on = fake.range_on }

	for _, part in ipairs({ "set", "rnd", "range", "seq" }) do
		for key, value in pairs(fake[part]) do
			sent[part][key] = value
		end
	end
	if not fake.screen_off then
		fail("started while the screen is drawn: what a script prints is lost")
	end
	fake.started = fake.started + 1
	fake.sent = sent
end

function effects.stop() fake.stopped = fake.started end
function effects.screen(state) fake.screen_off = state == "off" end

function effects.delay(ms)
	fake.waited_ms = (fake.waited_ms or 0) + ms
end

local function checked(where, name, checks, effect)
	return function(...)
		local n = select("#", ...)

		if n ~= #checks then
			fail("%s%s takes %d arguments, not %d", where, name, #checks, n)
		end
		for i, check in ipairs(checks) do
			local v = select(i, ...)

			if not check(v) then
				fail("%s%s: argument %d is %s", where, name, i, tostring(v))
			end
		end
		fake.calls[#fake.calls + 1] = name
		return effect(...)
	end
end

local function unknown(where)
	return {
		__index = function(_, name)
			fail("Pktgen has no %s%s", where, tostring(name))
		end,
	}
end

function fake.install()
	local pktgen, range = {}, {}

	for name, checks in pairs(api) do
		pktgen[name] = checked("pktgen.", name, checks, effects[name] or function() end)
	end
	for name, checks in pairs(range_api) do
		range[name] = checked("pktgen.range.", name, checks, function(_, part, value)
			fake.range[name] = fake.range[name] or {}
			if value == nil then
				fake.range[name] = part
			else
				fake.range[name][part] = value
			end
		end)
	end
	pktgen.range = setmetatable(range, unknown("range."))
	_G.pktgen = setmetatable(pktgen, unknown(""))
end

-- What the random fields make of a byte of the frame: mask of 8 characters, '.' where the template stays.
function fake.byte(sent, at)
	local result = ("."):rep(8)

	for _, field in pairs(sent.rnd) do
		local from = (at - field.offset) * 8

		if from >= 0 and from < #field.mask then
			result = (field.mask .. ("."):rep(32)):sub(from + 1, from + 8)
		end
	end
	return result
end

return fake
