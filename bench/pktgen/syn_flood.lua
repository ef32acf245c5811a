-- SYN from forged addresses.
local here = debug.getinfo(1, "S").source:match("^@(.*/)") or "./"
local flood = dofile(here .. "lib/flood.lua")

flood.random({ title = "SYN flood", protocol = "tcp", flags = "S", sources = "forged", dport = 80 })
