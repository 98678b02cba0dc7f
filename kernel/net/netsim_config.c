// SPDX-License-Identifier: GPL-2.0-only
/*
 * Reads a simulation's description. Values are decimal numbers with a unit; integers inside. What does
 * not parse is refused with the word, what is wrong with it, and what would be right.
 */
#include "kernel/net/netsim_config.h"

#include "kernel/lib/errno.h"
#include "kernel/lib/printf.h"
#include "kernel/lib/string.h"
#include "kernel/memory.h"

const char netsim_config_help[] =
	"  rate=20mbit    bottleneck: kbit, mbit, gbit (per second)\n"
	"  rtt=40ms       round trip without queue: us, ms, s\n"
	"  queue=1bdp     drop-tail limit: bdp (rate x rtt), p (packets), b, kb, mb;\n"
	"                 10p if the default is less\n"
	"  qdisc=pfifo    queue discipline, see \"qdisc\"; without, a FIFO of bytes\n"
	"  ecn=0          without qdisc: mark ECN packets when this much is queued: units of "
	"queue\n"
	"  loss=0%        random loss of data packets: % or ppm\n"
	"  reorder=0%     packets that are delayed by reorder-by=5ms more\n"
	"  time=10s       how long: ms, s, m, h\n"
	"  seed=1         same seed, same result\n"
	"  mss=1448       payload of a packet, bytes\n"
	"  window=64mb    receive window\n"
	"  sample=100ms   interval of the CSV's sample lines\n"
	"  read=PATH@5s   at that time, read a pinned iterator; repeat for more\n"
	"  flow=CC[,start=5s][,stop=9s][,rtt=80ms][,bytes=1mb][,ecn][,n=10]\n"
	"                 one connection (or n): congestion control, when, its own round trip, "
	"how\n"
	"                 much to send; repeat for more flows\n";

struct unit {
	const char *suffix;
	u64 factor;
};

/* One kind of value: its units and the words for "what is expected". */
struct kind {
	const struct unit *units;
	const char *expected;
};

static const struct unit rate_units[] = {
	{ "kbit", 1000 }, { "mbit", 1000000 }, { "gbit", 1000000000 }, { "bit", 1 }, { NULL, 0 }
};
static const struct unit time_units[] = {
	{ "us", 1000 },		 { "ms", 1000000 },	    { "s", 1000000000 },
	{ "m", 60000000000ULL }, { "h", 3600000000000ULL }, { NULL, 0 }
};
static const struct unit size_units[] = { { "b", 1 },		{ "", 1 },
					  { "kb", 1000 },	{ "mb", 1000000 },
					  { "gb", 1000000000 }, { NULL, 0 } };
static const struct unit part_units[] = { { "%", 10000 }, { "ppm", 1 }, { NULL, 0 } };
static const struct unit count_units[] = { { "", 1 }, { NULL, 0 } };

static const struct kind rate_kind = { rate_units, "a rate such as 20mbit, 1gbit or 500kbit" };
static const struct kind time_kind = { time_units, "a time such as 40ms, 500us, 30s or 2m" };
static const struct kind size_kind = { size_units, "a size such as 100000, 64kb or 1mb" };
static const struct kind part_kind = { part_units, "a part such as 1%, 0.01% or 50ppm" };
static const struct kind count_kind = { count_units, "a whole number" };
#define DEFAULT_QUEUE_PACKETS 10
#define MOST_NUMBER	      1000000000000ULL /* before the point */
static const char queue_expected[] = "a queue such as 1bdp, 66p, 100kb or 100000";

/* "1.5" to 1500000; moves *@s past it. 0; -EINVAL: there is no number; -ERANGE: it is too large. */
static int parse_millionths(const char **s, u64 *out)
{
	u64 value = 0, unit = 1000000;
	const char *p = *s;

	if (*p < '0' || *p > '9')
		return -EINVAL;
	for (; *p >= '0' && *p <= '9'; p++) {
		value = value * 10 + (*p - '0');
		if (value > MOST_NUMBER)
			return -ERANGE;
	}
	value *= 1000000;
	if (*p == '.') {
		for (p++; *p >= '0' && *p <= '9'; p++) {
			unit /= 10;
			value += (*p - '0') * unit;
		}
	}
	*s = p;
	*out = value;
	return 0;
}

/* 0, -EINVAL or -ERANGE as above. */
static int parse_value(const char *s, const struct unit *units, u64 *out)
{
	u64 millionths;
	int err = parse_millionths(&s, &millionths);

	if (err)
		return err;
	for (const struct unit *u = units; u->suffix; u++) {
		if (strcmp(s, u->suffix))
			continue;
		if (u->factor >= 1000000)
			return __builtin_mul_overflow(millionths, u->factor / 1000000, out)
				       ? -ERANGE
				       : 0;
		if (__builtin_mul_overflow(millionths, u->factor, out))
			return -ERANGE;
		*out /= 1000000;
		return 0;
	}
	return -EINVAL;
}

static int refuse(char *error, size_t size, const char *name, const char *value,
		  const char *expected)
{
	scnprintf(error, size, "%s=%s: expected %s", name, value, expected);
	return -EINVAL;
}

/* An option whose value is a number in a range. */
struct option {
	const char *name;
	const struct kind *kind;
	u64 least, most;
	const char *range; /* the same in words */
};

static int parse_option(const struct option *o, const char *value, u64 *out, char *error,
			size_t size)
{
	int err = parse_value(value, o->kind->units, out);

	if (err == -EINVAL)
		return refuse(error, size, o->name, value, o->kind->expected);
	if (err || *out < o->least || *out > o->most) {
		scnprintf(error, size, "%s=%s: out of range, expected %s", o->name, value,
			  o->range);
		return -EINVAL;
	}
	return 0;
}

enum {
	OPT_RATE,
	OPT_RTT,
	OPT_LOSS,
	OPT_REORDER,
	OPT_REORDER_BY,
	OPT_TIME,
	OPT_SEED,
	OPT_MSS,
	OPT_WINDOW,
	OPT_SAMPLE,
	OPTIONS
};

static const struct option options[OPTIONS] = {
	[OPT_RATE] = { "rate", &rate_kind, 1000, 400000000000ULL, "1kbit to 400gbit" },
	[OPT_RTT] = { "rtt", &time_kind, 2000, 60 * NSEC_PER_SEC, "2us to 1m" },
	[OPT_LOSS] = { "loss", &part_kind, 0, 900000, "0% to 90%" },
	[OPT_REORDER] = { "reorder", &part_kind, 0, 900000, "0% to 90%" },
	[OPT_REORDER_BY] = { "reorder-by", &time_kind, 0, 10 * NSEC_PER_SEC, "0us to 10s" },
	[OPT_TIME] = { "time", &time_kind, NSEC_PER_MSEC, 86400 * NSEC_PER_SEC, "1ms to 24h" },
	[OPT_SEED] = { "seed", &count_kind, 0, MOST_NUMBER, "0 to 1000000000000" },
	[OPT_MSS] = { "mss", &count_kind, 88, 65000, "88 to 65000" },
	[OPT_WINDOW] = { "window", &size_kind, 2000, 1ULL << 30, "2kb to 1gb" },
	[OPT_SAMPLE] = { "sample", &time_kind, 1000, 3600 * NSEC_PER_SEC, "1us to 1h" },
};

enum { FLOW_START, FLOW_STOP, FLOW_RTT, FLOW_BYTES, FLOW_N, FLOW_OPTIONS };

static const struct option flow_options[FLOW_OPTIONS] = {
	[FLOW_START] = { "start", &time_kind, 0, 86400 * NSEC_PER_SEC, "0s to 24h" },
	[FLOW_STOP] = { "stop", &time_kind, 1, 86400 * NSEC_PER_SEC, "up to 24h" },
	[FLOW_RTT] = { "rtt", &time_kind, 2000, 60 * NSEC_PER_SEC, "2us to 1m" },
	[FLOW_BYTES] = { "bytes", &size_kind, 1, S32_MAX, "1b to 2147mb" },
	[FLOW_N] = { "n", &count_kind, 1, NETSIM_MAX_FLOWS, "1 to 100000" },
};

static int find_option(const struct option *table, u32 n, const char *word, const char **value)
{
	const char *eq = strchr(word, '=');

	for (u32 i = 0; eq && i < n; i++) {
		size_t len = strlen(table[i].name);

		if (len == (size_t)(eq - word) && !strncmp(table[i].name, word, len)) {
			*value = eq + 1;
			return i;
		}
	}
	return -1;
}

/* One ",option" of a flow. Its rtt becomes extra_delay_ns later: the path's may still change. */
static int parse_flow_word(struct netsim_flow_config *flow, const char *word, u64 *count,
			   char *error, size_t size)
{
	const char *text;
	u64 value;
	int i, err;

	if (!strcmp(word, "ecn")) {
		flow->ecn = true;
		return 0;
	}
	i = find_option(flow_options, FLOW_OPTIONS, word, &text);
	if (i < 0) {
		scnprintf(error, size,
			  "flow: \"%s\": expected start=, stop=, rtt=, bytes=, n= or ecn", word);
		return -EINVAL;
	}
	err = parse_option(&flow_options[i], text, &value, error, size);
	if (err)
		return err;
	switch (i) {
	case FLOW_START:
		flow->start_ns = value;
		break;
	case FLOW_STOP:
		flow->stop_ns = value;
		break;
	case FLOW_RTT:
		flow->extra_delay_ns = value;
		break;
	case FLOW_BYTES:
		flow->bytes = value;
		break;
	default:
		*count = value;
		break;
	}
	return 0;
}

static int append_flows(struct netsim_config *config, const struct netsim_flow_config *flow,
			u64 count, char *error, size_t size)
{
	struct netsim_flow_config *flows;

	if (config->nflows + count > NETSIM_MAX_FLOWS) {
		scnprintf(error, size, "flow: more than %u flows", NETSIM_MAX_FLOWS);
		return -EINVAL;
	}
	flows = krealloc(config->flows, (config->nflows + count) * sizeof(*flows));
	if (!flows) {
		scnprintf(error, size, "flow: no memory for %u flow%s", config->nflows + (u32)count,
			  PLURAL(config->nflows + count));
		return -ENOMEM;
	}
	config->flows = flows;
	while (count--)
		flows[config->nflows++] = *flow;
	return 0;
}

int netsim_config_add_flow(struct netsim_config *config, const char *text, char *error, size_t size)
{
	struct netsim_flow_config flow = { 0 };
	char words[160], *word = words, *comma;
	u64 count = 1;
	int err;

	if (strscpy(words, text, sizeof(words)) < 0)
		return refuse(error, size, "flow", text, "less than 160 characters");
	comma = strchr(word, ',');
	if (comma)
		*comma = '\0';
	if (!*word || strscpy(flow.cc, word, sizeof(flow.cc)) < 0)
		return refuse(error, size, "flow", text,
			      "the name of a congestion control (see \"cc\") first");
	if (!tcp_ca_find(flow.cc)) {
		scnprintf(error, size, "flow=%s: no such congestion control; \"cc\" lists them",
			  flow.cc);
		return -EINVAL;
	}
	while (comma) {
		word = comma + 1;
		comma = strchr(word, ',');
		if (comma)
			*comma = '\0';
		err = parse_flow_word(&flow, word, &count, error, size);
		if (err)
			return err;
	}
	if (flow.stop_ns && flow.stop_ns <= flow.start_ns)
		return refuse(error, size, "flow", text, "stop after start");
	return append_flows(config, &flow, count, error, size);
}

static u64 bdp_bytes(const struct netsim_config *c)
{
	return c->rate_bps / 8000 * (2 * c->delay_ns / 1000) / 1000 +
	       c->rate_bps % 8000 * (2 * c->delay_ns / 1000) / 8000000;
}

/* A queue's size may refer to rate, rtt and mss, so it is read when those are known. */
static int parse_queue(const struct netsim_config *c, const char *name, const char *value,
		       u64 *bytes, char *error, size_t size)
{
	const char *unit = value;
	u64 millionths, each;
	int err;

	/* A number that is too large has moved nothing: its unit is not looked at. */
	if (!parse_millionths(&unit, &millionths) && (!strcmp(unit, "bdp") || !strcmp(unit, "p"))) {
		each = *unit == 'p' ? c->mss + NETSIM_HEADER_BYTES : bdp_bytes(c);
		err = __builtin_mul_overflow(millionths, each, bytes) ? -ERANGE : 0;
		*bytes /= 1000000;
	} else {
		err = parse_value(value, size_units, bytes);
	}
	if (err == -EINVAL)
		return refuse(error, size, name, value, queue_expected);
	if (err || *bytes > 1ULL << 40)
		return refuse(error, size, name, value, "at most 1 TB");
	return 0;
}

static void set_option(struct netsim_config *c, int option, u64 value)
{
	switch (option) {
	case OPT_RATE:
		c->rate_bps = value;
		break;
	case OPT_RTT:
		c->delay_ns = value / 2;
		break;
	case OPT_LOSS:
		c->loss_ppm = value;
		break;
	case OPT_REORDER:
		c->reorder_ppm = value;
		break;
	case OPT_REORDER_BY:
		c->reorder_ns = value;
		break;
	case OPT_TIME:
		c->duration_ns = value;
		break;
	case OPT_SEED:
		c->seed = value;
		break;
	case OPT_MSS:
		c->mss = value;
		break;
	case OPT_WINDOW:
		c->window = value;
		break;
	case OPT_SAMPLE:
		c->sample_ns = value;
		break;
	}
}

int netsim_config_check_times(const struct netsim_config *c, char *error, size_t size)
{
	for (u32 f = 0; f < c->nflows; f++) {
		if (c->flows[f].start_ns < c->duration_ns)
			continue;
		scnprintf(error, size,
			  "flow %u: it starts after %llu ms, but the simulation ends after %llu ms",
			  f, c->flows[f].start_ns / NSEC_PER_MSEC, c->duration_ns / NSEC_PER_MSEC);
		return -EINVAL;
	}
	for (u32 i = 0; i < c->nreads; i++) {
		if (c->reads[i].at_ns <= c->duration_ns)
			continue;
		scnprintf(error, size,
			  "read=%s: it is at %llu ms, but the simulation ends after %llu ms",
			  c->reads[i].path, c->reads[i].at_ns / NSEC_PER_MSEC,
			  c->duration_ns / NSEC_PER_MSEC);
		return -EINVAL;
	}
	return 0;
}

/* What depends on other options: queue sizes, each flow's delay beyond the path's, and what may come too late. */
static int resolve(struct netsim_config *c, const char *queue, const char *ecn, char *error,
		   size_t size)
{
	u32 packet = c->mss + NETSIM_HEADER_BYTES;
	int err = parse_queue(c, "queue", queue ? queue : "1bdp", &c->queue_bytes, error, size);

	/* On a short path one BDP may be less than a packet: nobody asked for that. */
	if (!queue)
		c->queue_bytes = max(c->queue_bytes, (u64)DEFAULT_QUEUE_PACKETS * packet);
	if (!err)
		err = parse_queue(c, "ecn", ecn, &c->ecn_bytes, error, size);
	if (err)
		return err;
	if (c->qdisc[0] && c->ecn_bytes)
		return refuse(error, size, "ecn", ecn, "0, as a qdisc marks by itself");
	if (c->queue_bytes < packet) {
		scnprintf(error, size, "queue=%s: %llu byte%s not hold one packet of %u", queue,
			  c->queue_bytes, c->queue_bytes == 1 ? " does" : "s do", packet);
		return -EINVAL;
	}
	for (u32 f = 0; f < c->nflows; f++) {
		struct netsim_flow_config *flow = &c->flows[f];

		if (!flow->extra_delay_ns)
			continue;
		if (flow->extra_delay_ns < 2 * c->delay_ns) {
			scnprintf(error, size, "flow %u: its rtt is below the path's", f);
			return -EINVAL;
		}
		flow->extra_delay_ns = flow->extra_delay_ns / 2 - c->delay_ns;
	}
	return netsim_config_check_times(c, error, size);
}

static int parse_qdisc(struct netsim_config *c, const char *name, char *error, size_t size)
{
	if (strscpy(c->qdisc, name, sizeof(c->qdisc)) > 0 && qdisc_is_known(c->qdisc))
		return 0;
	scnprintf(error, size, "qdisc=%s: no such queue discipline; \"qdisc\" lists them", name);
	return -EINVAL;
}

/* PATH@TIME */
static int parse_read(struct netsim_config *c, const char *value, char *error, size_t size)
{
	static const struct option at = { "read", &time_kind, 0, 86400 * NSEC_PER_SEC,
					  "0s to 24h" };
	struct netsim_read *read = &c->reads[c->nreads];
	const char *time = strchr(value, '@');

	if (!time || time == value || (size_t)(time - value) >= sizeof(read->path))
		return refuse(error, size, "read", value, "a path and a time such as PATH@5s");
	if (c->nreads == NETSIM_MAX_READS)
		return refuse(error, size, "read", value, "at most 8 of them");
	memset(read, 0, sizeof(*read));
	memcpy(read->path, value, time - value);
	c->nreads++;
	return parse_option(&at, time + 1, &read->at_ns, error, size);
}

int netsim_config_parse(struct netsim_config *config, int argc, char *const *argv, char *error,
			size_t size)
{
	const char *queue = NULL, *ecn = "0", *text;

	netsim_config_init(config);
	for (int i = 0; i < argc; i++) {
		int option = find_option(options, OPTIONS, argv[i], &text), err;
		u64 value;

		if (option >= 0) {
			err = parse_option(&options[option], text, &value, error, size);
			if (!err)
				set_option(config, option, value);
		} else if (!strncmp(argv[i], "flow=", 5)) {
			err = netsim_config_add_flow(config, argv[i] + 5, error, size);
		} else if (!strncmp(argv[i], "queue=", 6)) {
			queue = argv[i] + 6;
			err = 0;
		} else if (!strncmp(argv[i], "read=", 5)) {
			err = parse_read(config, argv[i] + 5, error, size);
		} else if (!strncmp(argv[i], "qdisc=", 6)) {
			err = parse_qdisc(config, argv[i] + 6, error, size);
		} else if (!strncmp(argv[i], "ecn=", 4)) {
			ecn = argv[i] + 4;
			err = 0;
		} else {
			scnprintf(error, size,
				  "\"%s\": expected one of rate= rtt= queue= qdisc= ecn= loss= "
				  "reorder= "
				  "reorder-by= time= seed= mss= window= sample= read= flow=",
				  argv[i]);
			err = -EINVAL;
		}
		if (err)
			return err;
	}
	return resolve(config, queue, ecn, error, size);
}

void netsim_config_free(struct netsim_config *config)
{
	kfree(config->flows);
	config->flows = NULL;
	config->nflows = 0;
}
