// The Redis keys of one sensor, described once. {S} is the sensor's name; the braces are a hash
// tag, so that all of a sensor's keys share one cluster slot.
//
// Every stream is bounded (XADD ... MAXLEN ~) and every hash or set is trimmed by its writer.
#ifndef WEIR_KEYS_H
#define WEIR_KEYS_H

// X(id, format, type, what)
#define REDIS_KEYS(X)                                                                              \
	X(EVENTS,                                                                                  \
	  "weir:{%s}:events",                                                                      \
	  "stream",                                                                                \
	  "every transition of every alarm; one field, `event`: JSON (event.schema.json). The "    \
	  "entry's id is the sensor's: milliseconds of the transition and a sequence number")      \
	X(ALARM,                                                                                   \
	  "weir:{%s}:alarm:%s",                                                                    \
	  "hash",                                                                                  \
	  "the alarm as it stands: `event` (JSON), `kind`, `target`, `severity`, `state`, "        \
	  "`verdict` "                                                                             \
	  "(the operator's); expires after the retention time once closed")                        \
	X(ACTIVE, "weir:{%s}:active", "sorted set", "ids of open alarms, scored by severity")      \
	X(TIMELINE, "weir:{%s}:timeline", "sorted set", "ids of all alarms, scored by start [ms]") \
	X(APPLIED,                                                                                 \
	  "weir:{%s}:applied",                                                                     \
	  "string",                                                                                \
	  "id of the last of the events that alarm hashes, active and timeline show: under load "  \
	  "they follow the stream by up to 100 ms")                                                \
	X(STATS, "weir:{%s}:stats", "stream", "one entry a second; field `stats`: JSON")           \
	X(HOSTS, "weir:{%s}:hosts", "sorted set", "top talkers, scored by bytes/s over 10 s")      \
	X(HOST_INFO, "weir:{%s}:hosts:info", "hash", "for each member of hosts: JSON")             \
	X(FLOWS, "weir:{%s}:flows", "sorted set", "top flows, scored by bytes/s over 10 s")        \
	X(FLOW_INFO, "weir:{%s}:flows:info", "hash", "for each member of flows: JSON")             \
	X(COMMANDS,                                                                                \
	  "weir:{%s}:commands",                                                                    \
	  "stream",                                                                                \
	  "what an operator asks: fields `command`, `argument`")                                   \
	X(REPLIES,                                                                                 \
	  "weir:{%s}:replies",                                                                     \
	  "stream",                                                                                \
	  "what the sensor answered: `id` (of the command's entry), `ok` (1 or 0), `text`")

#define REDIS_KEY_SENSORS "weir:sensors" // sorted set: sensors by last heartbeat [s]

enum redis_key {
#define X(id, format, type, what) REDIS_KEY_##id,
	REDIS_KEYS(X)
#undef X
		REDIS_KEY_N
};

// Where a consumer looks first when the operator names no server.
#define REDIS_SOCKET_DEFAULT "/run/redis/redis-server.sock"
#define REDIS_PORT_DEFAULT 6379

#endif
