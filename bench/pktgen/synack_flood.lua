-- SYN-ACK, as reflected by web servers.
local here = debug.getinfo(1, "S").source:match("^@(.*/)") or "./"
local flood = dofile(here .. "lib/flood.lua")

flood.random({ title = "SYN-ACK flood", protocol = "tcp", flags = "SA", sources = 10, sport = 443, dport = "random" })
