// THE table. One row a setting; see settings.h.
#include "config/settings.h"

#include <net/if.h>
#include <stddef.h>

static const char *const drivers[] = {"auto", "af_xdp", "af_packet", NULL};
static const char *const idles[] = {"adaptive", "poll", NULL};
static const char *const huges[] = {"auto", "on", "off", NULL};
static const char *const distributes[] = {"auto", "on", "off", NULL};

#define IN_CONF(field) .of = OF_CONF, FIELD(struct conf, field)
#define IN_PORT(field) .of = OF_PORT, FIELD(struct port_conf, field)
#define IN_NETWORK(field) .of = OF_NETWORK, FIELD(struct network_conf, field)
#define IN_KIND(field) .of = OF_KIND, FIELD(struct kind_conf, field)
#define FIELD(type, field) .offset = offsetof(type, field), .size = sizeof(((type *)NULL)->field)

#define MUST .use = USE_MUST
#define TUNE .use = USE_TUNE
#define LEAVE .use = USE_LEAVE
#define RELOAD .reload = true

#define WHOLE(from, to, its_unit)                                                                  \
	.type = SETTING_WHOLE, .scale = 1, .min = (from), .max = (to), .unit = (its_unit)
#define SCALED(from, to, its_unit, factor)                                                         \
	.type = SETTING_WHOLE, .scale = (factor), .min = (from), .max = (to), .unit = (its_unit)
#define REAL(from, to, its_unit)                                                                   \
	.type = SETTING_REAL, .scale = 1, .min = (from), .max = (to), .unit = (its_unit)
#define BOOL .type = SETTING_BOOL, .scale = 1, .unit = "1"
#define CHOICE(from) .type = SETTING_CHOICE, .scale = 1, .unit = "1", .choices = (from)
// Texts: the length in bytes, the final NUL not counted.
#define TEXT(shortest, bytes)                                                                      \
	.type = SETTING_TEXT, .unit = "bytes", .min = (shortest), .max = (bytes)-1
#define NAME(shortest, bytes)                                                                      \
	.type = SETTING_NAME, .unit = "bytes", .min = (shortest), .max = (bytes)-1
#define PATH(bytes) .type = SETTING_PATH, .unit = "bytes", .max = (bytes)-1
#define PORT(by, bytes)                                                                            \
	.type = SETTING_PORT, .choice = (by), .unit = "bytes", .min = 1, .max = (bytes)-1

#define MS 1000000ull // ns
#define S 1000000000ull
#define MIB (1ull << 20)
#define U32_MAX 4294967295.0
#define SEED_MAX 9007199254740991.0 // 2^53 - 1

const struct section sections[] = {
	{"sensor", "Who this sensor is."},
	{"ports",
	 "Where packets come from: a list with one entry a port. Each has exactly one of "
	 "interface, pci, file and vdev."},
	{"cores", "Which cores do the work, and what they do when there is none."},
	{"eal", "How DPDK starts. An operator seldom needs any of it."},
	{"packet", "How far into a packet Weir looks."},
	{"flow", "The table of flows that each worker core has."},
	{"host",
	 "What each worker core counts for hosts and networks in one tick. Four such windows "
	 "are held for each worker."},
	{"model", "Learned models and the scores from which they speak."},
	{"pipeline", "What passes between the worker cores and the control core."},
	{"detect",
	 "When traffic becomes an alarm. Beside the settings here, each kind of alarm may have "
	 "an entry detect.KIND; one entry amplification stands for all kinds of amplification."},
	{"networks",
	 "Networks with a name: a list. A host belongs to the longest prefix that holds it. Those "
	 "that "
	 "are not on the allow-list are inside, as private and link-local addresses are: when one "
	 "of "
	 "their hosts floods or scans others, an alarm is about it."},
	{"publish", "Where events go."},
};
const size_t sections_n = sizeof(sections) / sizeof(sections[0]);

// clang-format off
// A row reads as a paragraph.
const struct setting settings[] = {
	{"sensor.name", IN_CONF(sensor), MUST, NAME(1, SENSOR_NAME_MAX),
	 .help = "Name of this sensor in events and in the names of Redis keys. Two sensors that "
		 "share a Redis need different names."},
	{"sensor.state_folder", IN_CONF(state_folder), TUNE, PATH(CONFIG_PATH_MAX - 16),
	 .help = "Folder for what outlives a restart; it must exist. Events that wait for Redis lie in "
		 "its folder spool, unless publish.spool.folder says otherwise. Empty: nothing "
		 "outlives a restart. What is usual for the hosts lies in its file usual.weir."},
	{"sensor.save_s", IN_CONF(save_s), TUNE, WHOLE(0, 86400, "s"), RELOAD,
	 .help = "What is usual for the hosts is written to sensor.state_folder this often, and at the end: "
		 "a crash loses what was learned since. 0: only at the end."},

	{"ports[].interface", IN_PORT(name), MUST, PORT(PORT_BY_INTERFACE, IF_NAMESIZE),
	 .help = "A network interface of Linux, by its name."},
	{"ports[].pci", IN_PORT(name), MUST, PORT(PORT_BY_PCI, 16),
	 .help = "An adapter that is bound to a DPDK driver, by its PCI address, such as "
		 "0000:03:00.0."},
	{"ports[].file", IN_PORT(name), MUST, PORT(PORT_BY_FILE, CONFIG_PATH_MAX),
	 .help = "A capture file, read once from its start to its end."},
	{"ports[].vdev", IN_PORT(name), MUST, PORT(PORT_BY_VDEV, CONFIG_PATH_MAX),
	 .help = "Any other device of DPDK with its arguments, such as net_ring0."},
	{"ports[].driver", IN_PORT(driver), TUNE, CHOICE(drivers),
	 .help = "How an interface is read. af_xdp is the faster one and takes the packets away from "
		 "the host; af_packet gets a copy of each. auto takes af_xdp where the interface has "
		 "neither an address nor the default route and the kernel allows it."},
	{"ports[].take_over", IN_PORT(take_over), TUNE, BOOL,
	 .help = "Let af_xdp take the packets of an interface that carries an address or the default "
		 "route. The host can then no longer be reached through it."},
	{"ports[].promiscuous", IN_PORT(promiscuous), LEAVE, BOOL,
	 .help = "Receive what is addressed to others too: a mirror port has nothing else."},
	{"ports[].queues", IN_PORT(queues), TUNE, WHOLE(0, CONFIG_CORES_MAX, "queues"),
	 .help = "Receive queues, each with a worker core. 0: as many as there are workers. AF_XDP "
		 "always takes all that the interface has (ethtool -L changes that), a file has one."},
	{"ports[].descriptors", IN_PORT(descriptors), LEAVE, WHOLE(64, 32768, "descriptors"), .power_of_two = true,
	 .help = "Packets that a queue can hold."},

	{"cores.control", IN_CONF(control_core), TUNE, WHOLE(-1, 1023, "core"),
	 .help = "Core of the control loop. -1: the first core that the process may use."},
	{"cores.workers", IN_CONF(workers), TUNE, .type = SETTING_CORES, .unit = "core", .min = 0, .max = CONFIG_CORES_MAX,
	 .help = "Cores of the workers, in the order of the queues. Empty: the other cores that the "
		 "process may use, as many as there are queues."},
	{"cores.distribute", IN_CONF(distribute), TUNE, CHOICE(distributes),
	 .help = "Whether a core of its own reads the ports and spreads packets over the workers by the "
		 "innermost flow, both directions alike: for a port with one queue, a mirror whose "
		 "encapsulation falls into one queue, or two ports whose adapters hash differently. It "
		 "costs a core and a hop. auto: where cores.workers names more workers than the ports "
		 "have queues for, or an adapter's hash would part the directions of a flow."},
	{"cores.distributors", IN_CONF(distributors), TUNE, .type = SETTING_CORES, .unit = "core", .min = 0, .max = CONFIG_DISTRIBUTORS_MAX,
	 .help = "Cores of the distributors, in the order of the queues. Empty: one, on a core that "
		 "has nothing else to do. One of another role may be named: then they share it."},
	{"cores.ring_slots", IN_CONF(ring_slots), LEAVE, WHOLE(128, 65536, "packets"), .power_of_two = true,
	 .help = "Packets that can wait between a distributor and a worker. Beyond it they are lost, and "
		 "counted as distributor_dropped."},
	{"cores.idle", IN_CONF(idle), TUNE, CHOICE(idles),
	 .help = "What a worker without packets does. adaptive sleeps for longer and longer; poll "
		 "asks again at once: it burns its core and has the least delay."},
	{"cores.idle_sleep_us", IN_CONF(idle_sleep_us), LEAVE, WHOLE(1, 10000, "us"),
	 .help = "Longest sleep of an idle worker. Packets that arrive meanwhile wait in the queue."},

	{"eal.huge_pages", IN_CONF(huge_pages), TUNE, CHOICE(huges),
	 .help = "Whether memory comes from huge pages. auto: where there are enough of them."},
	{"eal.mbufs", IN_CONF(mbufs), LEAVE, WHOLE(0, 16777216, "buffers"),
	 .help = "Packet buffers of each port. 0: computed from queues and descriptors."},
	{"eal.arguments", IN_CONF(eal_arg), LEAVE, .type = SETTING_ARGUMENTS, .unit = "arguments", .min = 0, .max = CONFIG_EAL_ARGS_MAX,
	 .help = "Passed to DPDK as they are, after those that Weir chose."},

	{"packet.tunnel_depth", IN_CONF(pipeline.packet.tunnel_depth), TUNE, WHOLE(0, TUNNEL_DEPTH_MAX, "tunnels"),
	 .help = "Tunnels (GRE, VXLAN, Geneve, GTP-U, IP in IP) that are opened inside each other. "
		 "The innermost headers that are reached count."},

	{"flow.capacity", IN_CONF(pipeline.flow.capacity), TUNE, WHOLE(1024, 134217728, "flows"),
	 .help = "Flows that one worker can hold, rounded up to a power of two. When it is full, new "
		 "flows replace old and short ones; established ones stay."},
	{"flow.idle_s", IN_CONF(pipeline.flow.idle_ns), TUNE, SCALED(1, 86400, "s", S),
	 .help = "An established flow that is silent for longer has ended."},
	{"flow.single_s", IN_CONF(pipeline.flow.single_ns), LEAVE, SCALED(1, 86400, "s", S),
	 .help = "The same for a flow that was never answered."},
	{"flow.closed_s", IN_CONF(pipeline.flow.closed_ns), LEAVE, SCALED(1, 86400, "s", S),
	 .help = "The same for a TCP flow after FIN from both sides or RST."},
	{"flow.seed", IN_CONF(pipeline.flow.seed), LEAVE, WHOLE(0, SEED_MAX, "1"),
	 .help = "Seed of the hash of flows. A number that others do not know keeps them from aiming "
		 "at one bucket of the table."},

	{"host.targets", IN_CONF(pipeline.window.targets), TUNE, WHOLE(64, 4194304, "hosts"),
	 .help = "Receivers of packets that are told apart within one tick, rounded up to a power of "
		 "two."},
	{"host.sources", IN_CONF(pipeline.window.sources), TUNE, WHOLE(64, 4194304, "hosts"),
	 .help = "Senders of packets, likewise."},
	{"host.prefixes", IN_CONF(pipeline.window.prefixes), TUNE, WHOLE(64, 4194304, "networks"),
	 .help = "Networks (/24 and /48) of receivers, likewise."},
	{"host.seed", IN_CONF(pipeline.window.seed), LEAVE, WHOLE(0, SEED_MAX, "1"),
	 .help = "Seed of the hash of hosts; see flow.seed."},

	{"model.flow", IN_CONF(flow_model), TUNE, PATH(CONFIG_PATH_MAX), .word = MODEL_SHIPPED, RELOAD,
	 .help = "File of the model of flows, or shipped: the one that Weir comes with. Empty: flows "
		 "are not scored."},
	{"model.host", IN_CONF(host_model), TUNE, PATH(CONFIG_PATH_MAX), .word = MODEL_SHIPPED, RELOAD,
	 .help = "File of the model of hosts, or shipped. Empty: no alarm of the kind unknown."},
	{"model.finding_score", IN_CONF(pipeline.finding_score), TUNE, REAL(0, 1, "1"),
	 .help = "Score from which a flow is marked as strange: 0.999 marks one normal flow in a "
		 "thousand."},

	{"pipeline.tick_ms", IN_CONF(pipeline.tick_ns), LEAVE, SCALED(10, 1000, "ms", MS),
	 .help = "The time that one window of the hosts covers, and so the grain of every decision."},
	{"pipeline.findings_slots", IN_CONF(pipeline.findings_slots), LEAVE, WHOLE(64, 1048576, "findings"),
	 .help = "Findings of one worker that may wait for the control core."},
	{"pipeline.findings_per_tick", IN_CONF(pipeline.findings_per_tick), LEAVE, WHOLE(1, 1048576, "findings"),
	 .help = "Findings that one worker reports in a tick; the others are counted."},
	{"pipeline.score_slots", IN_CONF(pipeline.score_slots), LEAVE, WHOLE(64, 65536, "rows"),
	 .help = "Flows that may wait to be scored; beyond it the oldest are dropped and counted."},

	{"detect.hosts", IN_CONF(detect.hosts), TUNE, WHOLE(64, 16777216, "hosts"),
	 .help = "Hosts whose history is kept at once. When it is full the quietest gives way."},
	{"detect.alarms", IN_CONF(detect.alarms), LEAVE, WHOLE(1, 1048576, "alarms"),
	 .help = "Alarms that may be open at once; more are not raised, and counted."},
	{"detect.capacity_mbit_per_s", IN_CONF(detect.capacity_mbit_per_s), TUNE, WHOLE(0, U32_MAX, "Mbit/s"), RELOAD,
	 .help = "What the link carries: an attack that takes 10, 50, 90 % of it is at least of medium, "
		 "high, critical severity. 0: not known, only its rate counts."},
	{"detect.baseline_factor", IN_CONF(detect.baseline_factor), TUNE, REAL(1, 1000, "1"), RELOAD,
	 .help = "A rate must also exceed this many times what is usual for the host."},
	{"detect.baseline_deviations", IN_CONF(detect.baseline_deviations), TUNE, REAL(0, 1000, "1"), RELOAD,
	 .help = "A rate must also exceed what is usual by this many times its usual variation."},
	{"detect.learn_s", IN_CONF(detect.learn_s), TUNE, WHOLE(0, 31536000, "s"), RELOAD,
	 .help = "What is usual for a host counts once the host has been watched for this long."},
	{"detect.novelty_score", IN_CONF(detect.novelty_score), TUNE, REAL(0, 1, "1"), RELOAD,
	 .help = "Score of the host model from which an alarm of the kind unknown is considered."},
	{"detect.update_ms", IN_CONF(detect.update_ms), TUNE, WHOLE(10, 3600000, "ms"), RELOAD,
	 .help = "An open alarm is reported again at most this often."},
	{"detect.close_ms", IN_CONF(detect.close_ms), TUNE, WHOLE(10, 86400000, "ms"), RELOAD,
	 .help = "An alarm closes after its value has been below the threshold for this long."},
	{"detect.KIND.enabled", IN_KIND(enabled), TUNE, BOOL, RELOAD,
	 .help = "Whether this kind of alarm is raised."},
	{"detect.KIND.floor_per_s", IN_KIND(floor_per_s), TUNE, WHOLE(0, U32_MAX, "per s"), RELOAD,
	 .help = "Never an alarm below this rate over one second, of what the kind counts: its "
		 "metric."},
	{"detect.KIND.floor_ms", IN_KIND(floor_ms), TUNE, WHOLE(0, 3600000, "ms"), RELOAD,
	 .help = "Never an alarm before the rate has been there for this long without a break; but up "
		 "to 1000, what is 50 times the threshold and 1,000 packets is not waited for."},

	{"networks[].prefix", IN_NETWORK(addr), MUST, .type = SETTING_PREFIX, .unit = "1", RELOAD,
	 .help = "The network, such as 192.0.2.0/24 or 2001:db8::/32, or one address."},
	{"networks[].name", IN_NETWORK(name), TUNE, TEXT(0, NETWORK_NAME_MAX), RELOAD,
	 .help = "What people call it."},
	{"networks[].allow", IN_NETWORK(allow), TUNE, BOOL, RELOAD,
	 .help = "Its hosts are never the target or a source of an alarm."},
	{"networks[].thresholds.KIND", IN_NETWORK(threshold_per_s[0]), TUNE, WHOLE(0, U32_MAX, "per s"), RELOAD,
	 .help = "For its hosts an alarm of this kind is raised from this rate on, whatever its floor and "
		 "what is usual for the host; alarms say that it was set. A network without one has that "
		 "of the longest prefix around it; 0 is none. 1 to 59 are refused: fewer than 60 packets are "
		 "never an alarm. One host is a network of /32 or /128. carpet_bombing is of the network "
		 "itself, and of each /24 or /48 in it. An entry "
		 "amplification stands for all kinds of amplification. Kinds that are not a rate of one "
		 "target have none. The kind's floor_ms counts as ever."},

	{"publish.redis.socket", IN_CONF(publish.redis_socket), MUST, PATH(PUBLISH_PATH_MAX),
	 .help = "Unix socket of the Redis server. Neither socket nor host: no Redis."},
	{"publish.redis.host", IN_CONF(publish.redis_host), MUST, TEXT(0, PUBLISH_PATH_MAX),
	 .help = "Name or address of the Redis server."},
	{"publish.redis.port", IN_CONF(publish.redis_port), TUNE, WHOLE(1, 65535, "1"),
	 .help = "TCP port of the Redis server."},
	{"publish.redis.user", IN_CONF(publish.redis_user), TUNE, TEXT(0, 64),
	 .help = "User to log in as. Empty: the server's default user."},
	{"publish.redis.password_file", IN_CONF(publish.redis_password_file), TUNE, PATH(PUBLISH_PATH_MAX),
	 .help = "File whose first line is the password. Empty: no log-in."},
	{"publish.redis.db", IN_CONF(publish.redis_db), LEAVE, WHOLE(0, 65535, "1"),
	 .help = "Number of the database."},
	{"publish.redis.timeout_ms", IN_CONF(publish.redis_timeout_ms), LEAVE, WHOLE(10, 60000, "ms"),
	 .help = "A server that does not answer for this long counts as away."},
	{"publish.file", IN_CONF(publish.file), TUNE, PATH(PUBLISH_PATH_MAX),
	 .help = "File that every event is appended to, one JSON object a line. \"-\" is standard "
		 "output. Empty: no file, but standard output where there is no Redis either."},
	{"publish.spool.folder", IN_CONF(publish.spool_folder), TUNE, PATH(PUBLISH_PATH_MAX),
	 .help = "Folder in which events wait while Redis is away; it is made if the one above it is "
		 "there. Empty: spool in sensor.state_folder; without that one they wait in memory and "
		 "are lost at a restart."},
	{"publish.spool.size_mib", IN_CONF(publish.spool_bytes), TUNE, SCALED(1, 1048576, "MiB", MIB),
	 .help = "How much may wait; beyond it the newest events are lost, and counted."},
	{"publish.queue_slots", IN_CONF(publish.queue_slots), LEAVE, WHOLE(16, 1048576, "events"),
	 .help = "Events between the control core and the publisher."},
	{"publish.events_max", IN_CONF(publish.events_max), TUNE, WHOLE(100, U32_MAX, "events"),
	 .help = "Length at which Redis trims the stream of events."},
	{"publish.stats_max", IN_CONF(publish.stats_max), TUNE, WHOLE(10, U32_MAX, "entries"),
	 .help = "Length at which Redis trims the stream of statistics; one entry a second."},
	{"publish.retention_s", IN_CONF(publish.retention_s), TUNE, WHOLE(60, U32_MAX, "s"),
	 .help = "How long closed alarms stay in Redis."},
	{"publish.flush_ms", IN_CONF(publish.flush_ms), LEAVE, WHOLE(0, 10000, "ms"),
	 .help = "Without work the publisher looks after Redis and commands this often; an event wakes it."},
	{"publish.drain_ms", IN_CONF(publish.drain_ms), LEAVE, WHOLE(0, 600000, "ms"),
	 .help = "How long a stopping sensor tries to deliver what is left."},
};
// clang-format on
const size_t settings_n = sizeof(settings) / sizeof(settings[0]);

const struct port_conf port_defaults = {
	.by = PORT_BY_INTERFACE,
	.driver = PORT_DRIVER_AUTO,
	.promiscuous = true,
	.descriptors = 2048,
};

const struct network_conf network_defaults;

void conf_defaults(struct conf *conf) {
	*conf = (struct conf) {
		.sensor = "weir",
		.save_s = 60,
		.idle = IDLE_ADAPTIVE,
		.idle_sleep_us = 500,
		.ring_slots = 4096,
		.control_core = -1,
		.huge_pages = HUGE_AUTO,
		.flow_model = MODEL_SHIPPED,
		.host_model = MODEL_SHIPPED,
		.pipeline = {
			.packet = {.tunnel_depth = TUNNEL_DEPTH_DEFAULT},
			.flow = {
				.capacity = 1u << 18,
				.idle_ns = 60 * S,
				.single_ns = 10 * S,
				.closed_ns = 2 * S,
			},
			.window = {.targets = 1u << 14, .sources = 1u << 14, .prefixes = 1u << 12},
			.tick_ns = TICK_NS_DEFAULT,
			.findings_slots = 1024,
			.findings_per_tick = 64,
			.score_slots = 4096,
			.finding_score = 0.999f,
		},
		.detect = detect_defaults,
		.publish = publish_defaults,
	};
}

const void *setting_default_base(const struct setting *setting, const struct conf *defaults) {
	switch (setting->of) {
	case OF_PORT:
		return &port_defaults;
	case OF_NETWORK:
		return &network_defaults;
	case OF_KIND:
		return &defaults->detect.kind[KIND_SYN_FLOOD];
	default:
		return defaults;
	}
}
