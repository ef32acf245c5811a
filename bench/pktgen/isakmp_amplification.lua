-- Answers of isakmp reflectors that the target never asked.
local here = debug.getinfo(1, "S").source:match("^@(.*/)") or "./"
local flood = dofile(here .. "lib/flood.lua")

flood.amplification({ name = "isakmp", port = 500, size = { 346, 1046 } })
