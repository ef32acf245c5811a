-- PSH-ACK with data and no connection.
local here = debug.getinfo(1, "S").source:match("^@(.*/)") or "./"
local flood = dofile(here .. "lib/flood.lua")

flood.random({ title = "PSH-ACK flood", protocol = "tcp", flags = "PA", sources = 8, dport = 80, size = 256 })
