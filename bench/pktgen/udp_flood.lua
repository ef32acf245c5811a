-- UDP of one size to changing ports.
local here = debug.getinfo(1, "S").source:match("^@(.*/)") or "./"
local flood = dofile(here .. "lib/flood.lua")

flood.random({ title = "UDP flood", protocol = "udp", sources = 8, dport = "random", size = 512 })
