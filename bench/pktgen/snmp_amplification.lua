-- Answers of snmp reflectors that the target never asked.
local here = debug.getinfo(1, "S").source:match("^@(.*/)") or "./"
local flood = dofile(here .. "lib/flood.lua")

flood.amplification({ name = "snmp", port = 161, size = { 1046, 1446 } })
