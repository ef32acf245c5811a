-- Answers of arms reflectors that the target never asked.
local here = debug.getinfo(1, "S").source:match("^@(.*/)") or "./"
local flood = dofile(here .. "lib/flood.lua")

flood.amplification({ name = "arms", port = 3283, size = { 346, 1046 } })
