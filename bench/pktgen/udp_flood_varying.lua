-- UDP of changing sizes to changing ports.
local here = debug.getinfo(1, "S").source:match("^@(.*/)") or "./"
local flood = dofile(here .. "lib/flood.lua")

flood.range({ title = "UDP flood, sizes vary", sport = { 1024, 65535 }, dport = { 1, 65535 }, size = { 106, 1460 }, sources = 200 })
