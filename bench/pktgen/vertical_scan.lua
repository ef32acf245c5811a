-- One host knocks at the ports of another.
local here = debug.getinfo(1, "S").source:match("^@(.*/)") or "./"
local flood = dofile(here .. "lib/flood.lua")

flood.random({ title = "Port scan of one host", protocol = "tcp", flags = "S", dport = "random" })
