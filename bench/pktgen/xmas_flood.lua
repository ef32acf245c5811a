-- FIN, PSH and URG: lit like a tree from forged addresses.
local here = debug.getinfo(1, "S").source:match("^@(.*/)") or "./"
local flood = dofile(here .. "lib/flood.lua")

flood.random({ title = "XMAS flood", protocol = "tcp", flags = "FPU", sources = "forged", dport = 80 })
