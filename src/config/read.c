// One value of the file into its field: type, range, form.
#include "config/nearest.h"
#include "config/reader.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define CORE_MAX 1023

const char *json_brief(const json_t *value, char text[static VALUE_TEXT_MAX]) {
	char *dumped;

	if (json_is_object(value))
		return strcpy(text, "an object");
	if (json_is_array(value))
		return strcpy(text, "a list");
	dumped = json_dumps(value, JSON_ENCODE_ANY | JSON_ENSURE_ASCII | JSON_REAL_PRECISION(15));
	if (dumped == NULL)
		strcpy(text, "a value");
	else if (strlen(dumped) < VALUE_TEXT_MAX)
		strcpy(text, dumped);
	else
		snprintf(text, VALUE_TEXT_MAX, "%.*s...", VALUE_TEXT_MAX - 4, dumped);
	free(dumped);
	for (char *at = text; *at != '\0'; at++) // jansson escapes all other control characters
		if (*at == 0x7f)
			*at = '?';
	return text;
}

// "VALUE is WHAT; allowed ..."
static int
refuse(const struct setting *setting,
       const json_t *value,
       const char *what,
       char why[static WHY_TEXT_MAX]) {
	char brief[VALUE_TEXT_MAX], allowed[ALLOWED_TEXT_MAX];

	snprintf(
		why,
		WHY_TEXT_MAX,
		"%s %s; allowed %s",
		json_brief(value, brief),
		what,
		setting_allowed(setting, allowed, sizeof(allowed))
	);
	return -EINVAL;
}

static int read_bool(const struct setting *s, const json_t *value, void *base, char *why) {
	if (!json_is_boolean(value))
		return refuse(s, value, "is not a truth value", why);
	setting_number_set(s, base, json_is_true(value));
	return 0;
}

static int read_number(const struct setting *s, const json_t *value, void *base, char *why) {
	const double number = json_number_value(value);

	if (!json_is_number(value))
		return refuse(s, value, "is not a number", why);
	if (s->type == SETTING_WHOLE && json_is_real(value))
		return refuse(s, value, "is not a whole number", why);
	if (!(number >= s->min && number <= s->max))
		return refuse(s, value, "is out of range", why);
	if (s->power_of_two && ((uint64_t)number & ((uint64_t)number - 1)) != 0)
		return refuse(s, value, "is not a power of two", why);
	setting_number_set(s, base, number);
	return 0;
}

static int read_choice(const struct setting *s, const json_t *value, void *base, char *why) {
	const char *text = json_string_value(value);
	struct nearest best = {.wanted = text};
	char what[80] = "is none of them";

	if (text == NULL)
		return refuse(s, value, "is not a text", why);
	for (unsigned i = 0; s->choices[i] != NULL; i++) {
		if (strcmp(s->choices[i], text) == 0) {
			setting_number_set(s, base, i);
			return 0;
		}
		nearest_offer(&best, s->choices[i]);
	}
	if (best.word != NULL)
		snprintf(what, sizeof(what), "is not known, did you mean \"%s\"?", best.word);
	return refuse(s, value, what, why);
}

static bool has_control(const char *text) {
	for (; *text != '\0'; text++)
		if (iscntrl((unsigned char)*text))
			return true;
	return false;
}

static bool is_name(const char *text) {
	static const char letters[]
		= "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-";

	return text[strspn(text, letters)] == '\0' && text[0] != '.' && text[0] != '-';
}

// DDDD:BB:DD.F in hexadecimal digits, as the kernel's folders are named.
static bool is_pci(const char *text) {
	static const char form[] = "xxxx:xx:xx.x";
	size_t at = 0;

	while (form[at] == 'x' ? isxdigit((unsigned char)text[at])
			       : form[at] != '\0' && text[at] == form[at])
		at++;
	return form[at] == '\0' && text[at] == '\0';
}

static bool is_interface(const char *text) {
	return strpbrk(text, "/ :") == NULL && strcmp(text, ".") != 0 && strcmp(text, "..") != 0;
}

// What is wrong with a text, NULL: nothing.
static const char *text_fault(const struct setting *s, const char *text) {
	if (text == NULL)
		return "is not a text";
	if (strlen(text) < s->min)
		return "is too short";
	if (strlen(text) > s->max)
		return "is too long";
	if (has_control(text))
		return "holds a control character";
	if (s->type == SETTING_NAME && !is_name(text))
		return "is not a name";
	if (s->type == SETTING_PORT && s->choice == PORT_BY_PCI && !is_pci(text))
		return "is not a PCI address such as \"0000:03:00.0\"";
	if (s->type == SETTING_PORT && s->choice == PORT_BY_INTERFACE && !is_interface(text))
		return "is not the name of an interface";
	return NULL;
}

// Relative paths are from the folder of the configuration file, so that it can be moved with
// what it names.
static bool resolve(const char *text, const char *path, char *field, size_t n) {
	const char *slash = strrchr(path, '/');
	const bool as_is
		= text[0] == '/' || text[0] == '\0' || strcmp(text, "-") == 0 || slash == NULL;
	const int folder = as_is ? 0 : (int)(slash - path + 1);

	return (size_t)snprintf(field, n, "%.*s%s", folder, path, text) < n;
}

static int
read_text(const struct setting *s, const json_t *value, void *base, const char *path, char *why) {
	const char *text = json_string_value(value);
	const char *fault = text_fault(s, text);
	char *field = (char *)base + s->offset;
	const bool is_path
		= s->type == SETTING_PATH || (s->type == SETTING_PORT && s->choice == PORT_BY_FILE);

	if (fault != NULL)
		return refuse(s, value, fault, why);
	if (s->word != NULL && strcmp(text, s->word) == 0)
		path = "";
	if (!resolve(text, is_path ? path : "", field, (size_t)s->max + 1))
		return refuse(s, value, "is too long with the configuration's folder", why);
	if (s->type == SETTING_PORT)
		((struct port_conf *)base)->by = s->choice;
	return 0;
}

static int read_prefix(const struct setting *s, const json_t *value, void *base, char *why) {
	struct network_conf *network = base;
	const char *text = json_string_value(value);
	char what[ADDR_TEXT_MAX + 64], fixed[ADDR_TEXT_MAX];
	struct addr masked;

	if (text == NULL)
		return refuse(s, value, "is not a text", why);
	if (addr_parse(&network->addr, &network->prefix_len, text) < 0)
		return refuse(s, value, "is not a network", why);
	masked = addr_mask(&network->addr, network->prefix_len);
	if (addr_equal(&masked, &network->addr))
		return 0;
	snprintf(
		what,
		sizeof(what),
		"has bits beyond its length, did you mean \"%s\"?",
		addr_text(&masked, network->prefix_len, fixed)
	);
	return refuse(s, value, what, why);
}

static int read_cores(const struct setting *s, const json_t *value, void *base, char *why) {
	struct core_list *list = (struct core_list *)((char *)base + s->offset);
	const size_t n = json_array_size(value);

	if (!json_is_array(value))
		return refuse(s, value, "is not a list", why);
	if (n > (size_t)s->max)
		return refuse(s, value, "is too long", why);
	for (size_t i = 0; i < n; i++) {
		const json_t *item = json_array_get(value, i);
		const json_int_t core = json_integer_value(item);

		if (!json_is_integer(item) || core < 0 || core > CORE_MAX)
			return refuse(s, item, "is not a core number", why);
		for (size_t j = 0; j < i; j++)
			if (list->cpu[j] == core)
				return refuse(s, item, "is there twice", why);
		list->cpu[i] = (uint16_t)core;
	}
	list->n = (uint32_t)n;
	return 0;
}

static int
read_arguments(const struct setting *s, const json_t *value, struct conf *conf, char *why) {
	const size_t n = json_array_size(value);

	if (!json_is_array(value))
		return refuse(s, value, "is not a list", why);
	if (n > CONFIG_EAL_ARGS_MAX)
		return refuse(s, value, "is too long", why);
	for (size_t i = 0; i < n; i++) {
		const json_t *item = json_array_get(value, i);
		const char *text = json_string_value(item);

		if (text == NULL)
			return refuse(s, item, "is not a text", why);
		if (text[0] == '\0' || strlen(text) >= sizeof(conf->eal_arg[i]))
			return refuse(s, item, "is empty or too long", why);
		strcpy(conf->eal_arg[i], text);
	}
	conf->n_eal_args = (uint32_t)n;
	return 0;
}

int setting_read(
	const struct setting *setting,
	const json_t *value,
	void *base,
	const char *path,
	char why[static WHY_TEXT_MAX]
) {
	switch (setting->type) {
	case SETTING_BOOL:
		return read_bool(setting, value, base, why);
	case SETTING_WHOLE:
	case SETTING_REAL:
		return read_number(setting, value, base, why);
	case SETTING_CHOICE:
		return read_choice(setting, value, base, why);
	case SETTING_PREFIX:
		return read_prefix(setting, value, base, why);
	case SETTING_CORES:
		return read_cores(setting, value, base, why);
	case SETTING_ARGUMENTS:
		return read_arguments(setting, value, base, why);
	default:
		return read_text(setting, value, base, path, why);
	}
}
