// The table of all settings: what weir.json may hold, where it goes, what is allowed.
//
// Reading, checking, printing, comparing and the manual page are loops over this table, so a new
// setting is a field and a row.
//
// Threads    Constant data.
// Memory     None taken.
#ifndef WEIR_CONFIG_SETTINGS_H
#define WEIR_CONFIG_SETTINGS_H

#include "config/config.h"

enum setting_type {
	SETTING_BOOL,
	SETTING_WHOLE,
	SETTING_REAL,
	SETTING_CHOICE, // a text of `choices`; the field holds its index
	SETTING_TEXT,
	SETTING_NAME, // a text that is safe in keys, file names and logs
	SETTING_PATH, // a text; a relative path is one from the configuration file's folder
	SETTING_PORT, // port_conf.name; `choice` is its enum port_by
	SETTING_PREFIX, // network_conf.addr and prefix_len
	SETTING_CORES, // a struct core_list
	SETTING_ARGUMENTS, // conf.eal_arg and n_eal_args
};

// Which struct the offset counts from. The path says the same: "ports[].", "networks[].",
// "detect.KIND.".
enum setting_of { OF_CONF, OF_PORT, OF_NETWORK, OF_KIND };

// Which settings an operator has to think about.
enum setting_use { USE_MUST, USE_TUNE, USE_LEAVE };

struct setting {
	const char *path;
	uint8_t type; // enum setting_type
	uint8_t of; // enum setting_of
	uint8_t use; // enum setting_use
	uint8_t choice; // of a SETTING_PORT
	bool reload; // a reload can change it
	bool power_of_two;
	size_t offset;
	size_t size; // of the field [bytes]
	uint64_t scale; // field = scale * what the file says
	double min,
		max; // what the file may say. Whole numbers stay below 2^53: exact. Of a list: items
	const char *unit; // "1": none
	const char *const *choices; // NULL-terminated
	const char *word; // of a SETTING_PATH: a text that is no path
	const char *help; // one or more sentences
};

extern const struct setting settings[];
extern const size_t settings_n;

struct section {
	const char *name; // "flow"
	const char *help;
};
extern const struct section sections[];
extern const size_t sections_n;

// What the places of a path without a key of their own are called in it.
#define KIND_PLACE "KIND"
#define THRESHOLDS "networks[].thresholds" // has an entry KIND of its own
#define AMPLIFICATION "amplification" // one entry for all kinds of amplification

// @return NULL where no setting has this path
const struct setting *setting_find(const char *path);
// Does any setting lie below this path ("flow", "ports[]")?
bool setting_below(const char *path);
// Name of the i-th entry of detect.KIND: the kinds, then one for all kinds of amplification.
// @return NULL at the end; *kind: the (first) enum event_kind it stands for
const char *kind_entry(unsigned i, unsigned *kind);

// "allowed: 1..64 queues", for errors and for the manual.
const char *setting_allowed(const struct setting *setting, char *text, size_t n);
// The field as JSON text: "100", "\"auto\"". @param base  the struct that setting->of names
const char *setting_text(const struct setting *setting, const void *base, char *text, size_t n);
bool setting_equal(const struct setting *setting, const void *a, const void *b);

// All defaults: those of detect/ and publish/ come from there.
void conf_defaults(struct conf *conf);
extern const struct port_conf port_defaults;
extern const struct network_conf network_defaults;
const void *setting_default_base(const struct setting *setting, const struct conf *defaults);

double setting_number(const struct setting *setting, const void *base); // as the file would say it
void setting_number_set(const struct setting *setting, void *base, double value);

#endif
