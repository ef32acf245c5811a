// Drawings of the page, as SVG within it.
#include "page.h"
#include "publish/json.h"
#include "publish/text.h"

#include <math.h>
#include <string.h>

#define WIDTH 900
#define LEFT 72
#define RIGHT 10
#define TOP 8
#define HEIGHT 170
#define BELOW 22
#define STEPS_X 5
#define NS_PER_S 1e9
#define RARITY_MAX 5 // 1 in 100,000

static const double plot_width = WIDTH - LEFT - RIGHT;

static void svg_begin(struct page *p, const char *what) {
	page_html(
		p,
		"<svg viewBox=\"0 0 %d %d\" role=\"img\" aria-label=\"%s\">\n",
		WIDTH,
		TOP + HEIGHT + BELOW,
		what
	);
}

static void svg_end(struct page *p) {
	page_html(p, "</svg>\n");
}

static double y_at(double share) {
	return TOP + HEIGHT * (1 - (share < 0 ? 0 : share > 1 ? 1 : share));
}

static void grid_y(struct page *p, double share, const char *text) {
	const double y = y_at(share);

	page_html(
		p,
		"<line class=\"grid\" x1=\"%d\" x2=\"%d\" y1=\"%.1f\" y2=\"%.1f\"/>"
		"<text x=\"%d\" y=\"%.1f\" text-anchor=\"end\">%s</text>\n",
		LEFT,
		WIDTH - RIGHT,
		y,
		y,
		LEFT - 6,
		y + 4,
		text
	);
}

static void label_x(struct page *p, double share, const char *text) {
	const char *anchor = share <= 0 ? "start" : share >= 1 ? "end" : "middle";

	page_html(
		p,
		"<text x=\"%.1f\" y=\"%d\" text-anchor=\"%s\">%s</text>\n",
		LEFT + share * plot_width,
		TOP + HEIGHT + 16,
		anchor,
		text
	);
}

// The next of 1, 2, 5, 10, 20 ... that is not below.
static double round_up(double value) {
	const double power = pow(10, floor(log10(value)));

	for (unsigned i = 0; i < 3; i++) {
		const double step = (const double[]) {1, 2, 5}[i] * power;

		if (step >= value * (1 - 1e-9))
			return step;
	}
	return 10 * power;
}

static void axis_y(struct page *p, double most, const char *unit) {
	for (unsigned i = 0; i <= 2; i++) {
		char text[NUMBER_TEXT_MAX];

		grid_y(p, i / 2.0, scaled_text(most * i / 2, unit, text));
	}
}

// "12:00:03.5" of the time, or the number of a row.
static void axis_x(struct page *p, uint64_t from_ns, uint64_t to_ns, bool by_time) {
	for (unsigned i = 0; i <= STEPS_X; i++) {
		const double share = i / (double)STEPS_X;
		const uint64_t at = from_ns + (uint64_t)((double)(to_ns - from_ns) * share);
		char text[TIME_TEXT_MAX + NUMBER_TEXT_MAX];

		if (by_time)
			time_text(at, text); // of which the time of day is shown
		else
			count_text((uint64_t)((double)at / NS_PER_S), text);
		label_x(p, share, by_time && strlen(text) > 23 ? (text[23] = '\0', text + 11) : text
		);
	}
}

static void bands(struct page *p, const struct gather *g, const struct alarm_list *alarms) {
	const double all_ns = (double)g->bin_ns * g->n_bins;

	for (size_t i = 0; i < alarms->n; i++) {
		const struct alarm *a = &alarms->alarm[i];
		const double from
			= fmin(fmax(((double)a->start_ns - (double)g->start_ns) / all_ns, 0), 1);
		const double to
			= fmin(fmax(((double)a->end_ns - (double)g->start_ns) / all_ns, from), 1);
		char address[ADDR_TEXT_MAX];

		page_html(
			p,
			"<rect class=\"band %s\" x=\"%.1f\" y=\"%d\" width=\"%.1f\" "
			"height=\"%d\"><title>",
			severity_name(a->severity),
			LEFT + from * plot_width,
			TOP,
			fmax((to - from) * plot_width, 2),
			HEIGHT
		);
		page_text(p, event_kind_title(a->kind));
		page_html(p, " at ");
		page_text(p, addr_text(&a->target, a->target_prefix_len, address));
		page_html(p, "</title></rect>\n");
	}
}

void page_timeline(struct page *p, const struct gather *g, const struct alarm_list *alarms) {
	uint64_t most = 0;
	double top;

	page_heading(p, "Packets a second");
	if (g->n_bins == 0) {
		page_note(p, "No packets.");
		return;
	}
	for (unsigned i = 0; i < g->n_bins; i++)
		most = g->packets[i] > most ? g->packets[i] : most;
	top = round_up((double)most * NS_PER_S / (double)g->bin_ns);
	svg_begin(p, "Packets a second over time");
	axis_y(p, top, "");
	if (alarms != NULL)
		bands(p, g, alarms);
	page_html(p, "<path class=\"data\" d=\"M%d %d", LEFT, TOP + HEIGHT);
	for (unsigned i = 0; i < g->n_bins; i++) {
		const double per_s = (double)g->packets[i] * NS_PER_S / (double)g->bin_ns;
		const double x = LEFT + plot_width * i / g->n_bins;

		page_html(
			p,
			"L%.1f %.1fH%.1f",
			x,
			y_at(per_s / top),
			LEFT + plot_width * (i + 1) / g->n_bins
		);
	}
	page_html(p, "V%dZ\"/>\n", TOP + HEIGHT);
	axis_x(p, g->start_ns, g->start_ns + g->bin_ns * g->n_bins, true);
	svg_end(p);
}

// How rare a score is: 0.9 is 1, 1 in ten; 0.99 is 2 ...
static double rarity(float score) {
	return score >= 1 ? RARITY_MAX : fmin(RARITY_MAX, -log10(1 - (double)fmaxf(score, 0)));
}

static void axis_rarity(struct page *p) {
	static const char *const text[RARITY_MAX + 1]
		= {"1 in 1", "1 in 10", "1 in 100", "1 in 1,000", "1 in 10,000", "rarer"};

	for (int i = 0; i <= RARITY_MAX; i++)
		grid_y(p, (double)i / RARITY_MAX, text[i]);
}

static void scatter(struct page *p, const struct gather *g, bool by_time) {
	uint64_t from = UINT64_MAX, to = 0;

	for (unsigned i = 0; i < g->n_points; i++) {
		from = g->point[i].time_ns < from ? g->point[i].time_ns : from;
		to = g->point[i].time_ns > to ? g->point[i].time_ns : to;
	}
	to = to > from ? to : from + 1;
	svg_begin(p, "How rare each score is, over time");
	axis_rarity(p);
	for (unsigned i = 0; i < g->n_points; i++)
		page_html(
			p,
			"<circle class=\"%s\" cx=\"%.1f\" cy=\"%.1f\" r=\"2\"/>\n",
			g->point[i].marked ? "mark" : "data",
			LEFT
				+ plot_width
					* ((double)(g->point[i].time_ns - from)
					   / (double)(to - from)),
			y_at(rarity(g->point[i].score) / RARITY_MAX)
		);
	axis_x(p, from, to, by_time);
	svg_end(p);
}

static void distribution(struct page *p, const struct gather *g) {
	const double even = (double)g->n_scores / GATHER_SHARES;
	uint64_t most = 0;
	double top;

	for (unsigned i = 0; i < GATHER_SHARES; i++)
		most = g->share[i] > most ? g->share[i] : most;
	top = round_up((double)most);
	svg_begin(p, "How many scores of each height");
	axis_y(p, top, "");
	for (unsigned i = 0; i < GATHER_SHARES; i++) {
		const double x = LEFT + plot_width * i / GATHER_SHARES;
		const double y = y_at((double)g->share[i] / top);

		page_html(
			p,
			"<rect class=\"data\" x=\"%.1f\" y=\"%.1f\" width=\"%.1f\" "
			"height=\"%.1f\"/>\n",
			x,
			y,
			plot_width / GATHER_SHARES - 2,
			TOP + HEIGHT - y
		);
	}
	page_html(
		p,
		"<line class=\"even\" x1=\"%d\" x2=\"%d\" y1=\"%.1f\" y2=\"%.1f\"/>\n",
		LEFT,
		WIDTH - RIGHT,
		y_at(even / top),
		y_at(even / top)
	);
	for (unsigned i = 0; i <= 10; i++)
		label_x(p,
			i / 10.0,
			(const char *[]
			) {"0", "0.1", "0.2", "0.3", "0.4", "0.5", "0.6", "0.7", "0.8", "0.9", "1"}
				[i]);
	svg_end(p);
}

void page_scores(struct page *p, const struct gather *g, const char *what, bool by_time) {
	char all[NUMBER_TEXT_MAX], marked[NUMBER_TEXT_MAX], shown[NUMBER_TEXT_MAX];
	char words[400];

	page_heading(p, "Scores");
	if (g->n_scores == 0) {
		page_note(p, "Nothing was scored.");
		return;
	}
	snprintf(
		words,
		sizeof(words),
		"A score is the share of normal traffic that is less strange. %s %s were scored, "
		"%s "
		"are strange enough to be reported (red); of %s the points are shown, by how rare "
		"such "
		"a score is in normal traffic.",
		count_text(g->n_scores, all),
		what,
		count_text(g->n_marked, marked),
		count_text(g->n_points, shown)
	);
	page_note(p, words);
	scatter(p, g, by_time);
	page_note(
		p,
		"How many have which score. Traffic like that the model was trained on fills all "
		"heights "
		"evenly: the dashed line."
	);
	distribution(p, g);
}
