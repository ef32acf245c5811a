-- FIN from forged addresses.
local here = debug.getinfo(1, "S").source:match("^@(.*/)") or "./"
local flood = dofile(here .. "lib/flood.lua")

flood.random({ title = "FIN flood", protocol = "tcp", flags = "F", sources = "forged", dport = 80 })
