-- No flag at all from forged addresses.
local here = debug.getinfo(1, "S").source:match("^@(.*/)") or "./"
local flood = dofile(here .. "lib/flood.lua")

flood.random({ title = "NULL flood", protocol = "tcp", flags = "", sources = "forged", dport = 80 })
