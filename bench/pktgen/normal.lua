-- An ordinary office, as far as sixteen packets can be one: web, DNS, mail, voice, both directions.
local here = debug.getinfo(1, "S").source:match("^@(.*/)") or "./"
local flood = dofile(here .. "lib/flood.lua")

local ME, WEB, DNS, MAIL, VOICE = "10.1.1.20", "151.101.1.7", "10.0.0.53", "142.250.4.9", "185.60.2.8"

flood.sequence("Normal mix", {
	{ ME, WEB, "tcp", 40112, 443, 64 },
	{ WEB, ME, "tcp", 443, 40112, 1518 },
	{ WEB, ME, "tcp", 443, 40112, 1518 },
	{ ME, WEB, "tcp", 40112, 443, 64 },
	{ ME, DNS, "udp", 51234, 53, 86 },
	{ DNS, ME, "udp", 53, 51234, 180 },
	{ ME, MAIL, "tcp", 43210, 993, 174 },
	{ MAIL, ME, "tcp", 993, 43210, 900 },
	{ ME, VOICE, "udp", 16386, 16384, 218 },
	{ VOICE, ME, "udp", 16384, 16386, 218 },
	{ ME, WEB, "udp", 52100, 443, 120 },
	{ WEB, ME, "udp", 443, 52100, 1294 },
	{ WEB, ME, "udp", 443, 52100, 1294 },
	{ ME, WEB, "udp", 52100, 443, 80 },
	{ ME, DNS, "udp", 123, 123, 94 },
	{ DNS, ME, "udp", 123, 123, 94 },
})
