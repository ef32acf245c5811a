-- RST from forged addresses.
local here = debug.getinfo(1, "S").source:match("^@(.*/)") or "./"
local flood = dofile(here .. "lib/flood.lua")

flood.random({ title = "RST flood", protocol = "tcp", flags = "R", sources = "forged", dport = 80 })
