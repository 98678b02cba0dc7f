/* SPDX-License-Identifier: GPL-2.0-only */
/* A simulation described in words: "rate=20mbit rtt=40ms queue=1bdp flow=reno flow=cubic,start=5s". */
#pragma once

#include "kernel/net/netsim.h"

/* What "help sim" shows: every option, its unit and its default. */
extern const char netsim_config_help[];

/*
 * Fills @config, defaults included, from words of the form option=value. 0; -ENOMEM; -EINVAL with a
 * sentence in @error that names the word and what is expected. Free with netsim_config_free() always.
 */
int netsim_config_parse(struct netsim_config *config, int argc, char *const *argv, char *error,
			size_t size);
/* Adds what "flow=@text" means (@text: "cubic,start=5s,n=3"). Errors as above. */
int netsim_config_add_flow(struct netsim_config *config, const char *text, char *error,
			   size_t size);
/* Refuses flows and reads that would come after the end. Again to be called after flows are added. Errors as above. */
int netsim_config_check_times(const struct netsim_config *config, char *error, size_t size);
void netsim_config_free(struct netsim_config *config);
