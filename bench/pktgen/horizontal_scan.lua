-- One host looks for one port in a whole network: FLOOD_TARGET names its first address.
local here = debug.getinfo(1, "S").source:match("^@(.*/)") or "./"
local flood = dofile(here .. "lib/flood.lua")

flood.random({ title = "Scan of many hosts", protocol = "tcp", flags = "S", targets = 16, dport = 445 })
