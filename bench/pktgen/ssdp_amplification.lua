-- Answers of ssdp reflectors that the target never asked.
local here = debug.getinfo(1, "S").source:match("^@(.*/)") or "./"
local flood = dofile(here .. "lib/flood.lua")

flood.amplification({ name = "ssdp", port = 1900, size = { 306, 386 } })
