-- UDP fragments that never complete a datagram.
local here = debug.getinfo(1, "S").source:match("^@(.*/)") or "./"
local flood = dofile(here .. "lib/flood.lua")

flood.random({ title = "Fragment flood", protocol = "udp", fragments = true, sources = 8, size = 1500, ipv6 = false })
