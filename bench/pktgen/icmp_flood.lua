-- Echo requests from forged addresses.
local here = debug.getinfo(1, "S").source:match("^@(.*/)") or "./"
local flood = dofile(here .. "lib/flood.lua")

flood.random({ title = "ICMP flood", protocol = "icmp", echo = true, sources = "forged", size = 102, ipv6 = false })
