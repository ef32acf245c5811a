-- A flood over a whole network, little for each host: FLOOD_TARGET names its first address.
local here = debug.getinfo(1, "S").source:match("^@(.*/)") or "./"
local flood = dofile(here .. "lib/flood.lua")

flood.random({ title = "Carpet bombing", protocol = "udp", sources = "forged", targets = 8, dport = "random", size = 512 })
