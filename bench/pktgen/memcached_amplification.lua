-- Answers of memcached reflectors that the target never asked.
local here = debug.getinfo(1, "S").source:match("^@(.*/)") or "./"
local flood = dofile(here .. "lib/flood.lua")

flood.amplification({ name = "memcached", port = 11211, size = 1446 })
