// weir.json: strict JSON -> one immutable struct.
//
// Strict: an unknown key, a wrong type, a value out of range, a duplicate key, trailing bytes are
// errors that name the file, the line, the field and what is allowed. One table (settings.c) holds every
// setting with unit, minimum, maximum, default, whether a reload can change it, and its text; the
// manual page weir.json.5 is made from it.
//
// Threads    A struct conf is read-only once made; config_load() may run on any thread.
// Memory     From the heap.
// Ownership  The caller owns it until config_free().
//
// config/ sits above detect/ and publish/: it fills the settings structs that those folders define, so that no
// setting is declared twice.
#ifndef WEIR_CONFIG_H
#define WEIR_CONFIG_H

#include "detect/detect.h"
#include "pipeline/pipeline.h"
#include "publish/publish.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#define CONFIG_PORTS_MAX STATS_PORTS_MAX
#define CONFIG_CORES_MAX STATS_WORKERS_MAX
#define CONFIG_DISTRIBUTORS_MAX STATS_DISTRIBUTORS_MAX
#define CONFIG_EAL_ARGS_MAX 32
#define CONFIG_PATH_MAX 256
#define CONFIG_ERROR_MAX 512

enum port_by { PORT_BY_INTERFACE, PORT_BY_PCI, PORT_BY_FILE, PORT_BY_VDEV };
enum port_driver { PORT_DRIVER_AUTO, PORT_DRIVER_AF_XDP, PORT_DRIVER_AF_PACKET }; // of an interface
enum idle_policy { IDLE_ADAPTIVE, IDLE_POLL };
enum huge_pages { HUGE_AUTO, HUGE_ON, HUGE_OFF };
enum distribute { DISTRIBUTE_AUTO, DISTRIBUTE_ON, DISTRIBUTE_OFF };

struct core_list {
	uint32_t n; // 0: choose
	uint16_t cpu[CONFIG_CORES_MAX];
};

struct port_conf {
	uint8_t by; // enum port_by
	uint8_t driver; // enum port_driver
	bool take_over; // AF_XDP may take the packets of an interface that the host uses
	bool promiscuous;
	char name[CONFIG_PATH_MAX]; // interface, PCI address, file, or a vdev string
	uint16_t queues; // 0: as many as there are workers for it
	uint16_t descriptors; // a queue
};

#define MODEL_SHIPPED "shipped" // the model that Weir comes with

struct conf {
	char path[CONFIG_PATH_MAX]; // where it came from
	// sensor
	char sensor[SENSOR_NAME_MAX];
	char state_folder[CONFIG_PATH_MAX];
	uint32_t save_s; // what is usual is saved this often; 0: only at the end
	// ports
	uint32_t n_ports;
	struct port_conf port[CONFIG_PORTS_MAX];
	// cores
	uint8_t idle; // enum idle_policy
	uint32_t idle_sleep_us; // longest sleep of an idle worker
	int32_t control_core; // -1: choose
	struct core_list workers;
	uint8_t distribute; // enum distribute
	struct core_list distributors;
	uint32_t ring_slots; // packets between a distributor and a worker
	// eal
	uint8_t huge_pages; // enum huge_pages
	uint32_t mbufs; // 0: computed
	uint32_t n_eal_args;
	char eal_arg[CONFIG_EAL_ARGS_MAX][CONFIG_PATH_MAX]; // passed on as they are, last
	// what the data path needs, for one worker
	struct pipeline_conf pipeline; // flow_end, worker, lossless, packet.link are the caller's
	// models: paths, relative to the configuration file's folder; "" none, or MODEL_SHIPPED;
	// see models.h
	char flow_model[CONFIG_PATH_MAX];
	char host_model[CONFIG_PATH_MAX];
	// the control side
	struct detect_conf detect;
	struct publish_conf publish;
};

// @param path  a file; NULL gives the defaults, which need no file
// @return 0; -ENOENT, -EACCES ..., -EINVAL, and in error one line: FILE:LINE: FIELD: what is
//         wrong and what is allowed
int config_load(struct conf **out, const char *path, char error[static CONFIG_ERROR_MAX]);
int config_parse(
	struct conf **out,
	const char *text,
	size_t n,
	const char *path,
	char error[static CONFIG_ERROR_MAX]
);
void config_free(struct conf *); // NULL is fine

// Settings that differ and need a restart, as "a.b, c.d" in text. @return how many
unsigned
config_needs_restart(const struct conf *running, const struct conf *wanted, char *text, size_t n);

// Every setting as a table: for people, as JSON of a configuration with all defaults, or as the
// body of the manual page.
void config_print_text(FILE *);
void config_print_defaults_json(FILE *);
void config_print_man(FILE *);

#endif
