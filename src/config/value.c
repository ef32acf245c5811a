// One setting: its field as a number, as text, and what it may be.
#include "config/settings.h"

#include <jansson.h>

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#define KIND_ENTRIES KIND_AMP_FIRST // of which detect.KIND has one each, and then one for the rest

static_assert(KIND_AMP_FIRST + AMP_N == KIND_N, "the kinds of amplification come last");

const struct setting *setting_find(const char *path) {
	for (size_t i = 0; i < settings_n; i++)
		if (strcmp(settings[i].path, path) == 0)
			return &settings[i];
	return NULL;
}

bool setting_below(const char *path) {
	const size_t n = strlen(path);

	for (size_t i = 0; i < settings_n; i++)
		if (strncmp(settings[i].path, path, n) == 0 && settings[i].path[n] == '.')
			return true;
	return false;
}

const char *kind_entry(unsigned i, unsigned *kind) {
	if (i > KIND_ENTRIES)
		return NULL;
	*kind = i;
	return i == KIND_ENTRIES ? AMPLIFICATION : event_kind_name(i);
}

static const char *field_of(const struct setting *setting, const void *base) {
	return (const char *)base + setting->offset;
}

double setting_number(const struct setting *setting, const void *base) {
	const char *field = field_of(setting, base);
	union {
		uint8_t u8;
		uint16_t u16;
		uint32_t u32;
		int32_t i32;
		uint64_t u64;
		float f;
		double d;
	} v = {0};

	memcpy(&v, field, setting->size);
	if (setting->type == SETTING_REAL) // a float's 0.999 is to be shown as 0.999
		return setting->size == sizeof(float) ? round((double)v.f * 1e6) / 1e6 : v.d;
	switch (setting->size) {
	case 1:
		return v.u8;
	case 2:
		return v.u16;
	case 4:
		return setting->min < 0 ? v.i32 : (double)v.u32;
	default:
		return (double)(v.u64 / setting->scale);
	}
}

void setting_number_set(const struct setting *setting, void *base, double value) {
	char *field = (char *)base + setting->offset;

	if (setting->type == SETTING_REAL) {
		const float f = (float)value;

		if (setting->size == sizeof(f))
			memcpy(field, &f, sizeof(f));
		else
			memcpy(field, &value, sizeof(value));
		return;
	}
	// Two's complement and little-endian: the low bytes are the narrower number.
	const uint64_t whole = (uint64_t)(int64_t)value * setting->scale;

	static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__);
	memcpy(field, &whole, setting->size);
}

const char *setting_allowed(const struct setting *setting, char *text, size_t n) {
	const char *unit = strcmp(setting->unit, "1") == 0 ? "" : setting->unit;
	size_t at;

	switch (setting->type) {
	case SETTING_BOOL:
		snprintf(text, n, "true or false");
		break;
	case SETTING_WHOLE:
	case SETTING_REAL:
		snprintf(
			text,
			n,
			"%.16g..%.16g%s%s",
			setting->min,
			setting->max,
			unit[0] != '\0' ? " " : "",
			unit
		);
		break;
	case SETTING_CHOICE:
		at = (size_t)snprintf(text, n, "one of");
		for (unsigned i = 0; setting->choices[i] != NULL && at < n; i++)
			at += (size_t)snprintf(
				&text[at],
				n - at,
				"%s \"%s\"",
				i > 0 ? "," : "",
				setting->choices[i]
			);
		break;
	case SETTING_NAME:
		snprintf(
			text,
			n,
			"a text of %.0f..%.0f characters out of a-z A-Z 0-9 . _ -, not starting "
			"with . or "
			"-",
			setting->min,
			setting->max
		);
		break;
	case SETTING_PREFIX:
		snprintf(text, n, "a network such as \"192.0.2.0/24\" or \"2001:db8::/32\"");
		break;
	case SETTING_CORES:
		snprintf(
			text, n, "a list of up to %.0f different core numbers 0..1023", setting->max
		);
		break;
	case SETTING_ARGUMENTS:
		snprintf(text, n, "a list of up to %.0f texts", setting->max);
		break;
	case SETTING_PATH:
		snprintf(
			text,
			n,
			"%s%s%sa path of up to %.0f bytes",
			setting->word != NULL ? "\"" : "",
			setting->word != NULL ? setting->word : "",
			setting->word != NULL ? "\", \"\" or " : "",
			setting->max
		);
		break;
	default:
		snprintf(text, n, "a text of %.0f..%.0f bytes", setting->min, setting->max);
	}
	if (setting->power_of_two)
		strncat(text, ", a power of two", n - strlen(text) - 1);
	return text;
}

static const struct core_list *cores_of(const struct setting *setting, const void *base) {
	return (const struct core_list *)field_of(setting, base);
}

static void
list_text(const struct setting *setting, const struct conf *conf, char *text, size_t n) {
	const struct core_list *cores
		= setting->type == SETTING_CORES ? cores_of(setting, conf) : NULL;
	const uint32_t items = cores != NULL ? cores->n : conf->n_eal_args;
	json_t *list = json_array();
	char *dumped;

	for (uint32_t i = 0; i < items; i++)
		json_array_append_new(
			list,
			cores != NULL ? json_integer(cores->cpu[i]) : json_string(conf->eal_arg[i])
		);
	dumped = json_dumps(list, 0);
	snprintf(text, n, "%s", dumped != NULL ? dumped : "[]");
	free(dumped);
	json_decref(list);
}

// A text that came out of JSON and is short: never fails but without memory.
static void quoted_text(const char *value, char *text, size_t n) {
	json_t *string = json_string(value);
	char *dumped = string != NULL ? json_dumps(string, JSON_ENCODE_ANY) : NULL;

	snprintf(text, n, "%s", dumped != NULL ? dumped : "\"\"");
	free(dumped);
	json_decref(string);
}

const char *setting_text(const struct setting *setting, const void *base, char *text, size_t n) {
	const struct network_conf *network = base;
	char addr[ADDR_TEXT_MAX];

	switch (setting->type) {
	case SETTING_BOOL:
		snprintf(text, n, "%s", setting_number(setting, base) != 0 ? "true" : "false");
		break;
	case SETTING_WHOLE:
	case SETTING_REAL:
		snprintf(text, n, "%.16g", setting_number(setting, base));
		break;
	case SETTING_CHOICE:
		snprintf(
			text, n, "\"%s\"", setting->choices[(unsigned)setting_number(setting, base)]
		);
		break;
	case SETTING_PREFIX:
		quoted_text(addr_text(&network->addr, network->prefix_len, addr), text, n);
		break;
	case SETTING_CORES:
	case SETTING_ARGUMENTS:
		list_text(setting, base, text, n);
		break;
	default:
		quoted_text(field_of(setting, base), text, n);
	}
	return text;
}

bool setting_equal(const struct setting *setting, const void *a, const void *b) {
	const struct conf *one = a, *other = b;

	switch (setting->type) {
	case SETTING_TEXT:
	case SETTING_NAME:
	case SETTING_PATH:
	case SETTING_PORT:
		return strcmp(field_of(setting, a), field_of(setting, b)) == 0;
	case SETTING_PREFIX: // and its length, which lies in a field of its own
		return memcmp(field_of(setting, a), field_of(setting, b), setting->size) == 0
			&& ((const struct network_conf *)a)->prefix_len
			== ((const struct network_conf *)b)->prefix_len;
	case SETTING_CORES:
		return memcmp(field_of(setting, a), field_of(setting, b), setting->size) == 0;
	case SETTING_ARGUMENTS:
		if (one->n_eal_args != other->n_eal_args)
			return false;
		for (uint32_t i = 0; i < one->n_eal_args; i++)
			if (strcmp(one->eal_arg[i], other->eal_arg[i]) != 0)
				return false;
		return true;
	default:
		return memcmp(field_of(setting, a), field_of(setting, b), setting->size) == 0;
	}
}
