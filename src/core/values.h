#ifndef CORE_VALUES_H
#define CORE_VALUES_H

#include <stdbool.h>

#include "base/str.h"
#include "core/advertised.h"
#include "core/ipv4.h"
#include "core/limiter.h"

/* The values of options as they are written. False where the text is bad. */

/* A word for yes or no; with at of NULL, the option without a value, yes. */
bool value_switch(struct slice value, bool *out);
/* A list of interfaces that names at least one. */
bool value_names(struct slice value, struct slice *out);
/* ADDR[:PORT] or NETWORK=ADDR[:PORT]. */
bool value_advertised(struct slice value, struct advertised *rule);
/* A network, an address, which is a network of its own, or "any". */
bool value_allowed(struct slice value, struct network *network);
/* N or N/BURST; BURST is twice N where it is left out. */
bool value_rate(struct slice value, struct rate *rate);
/* The name of a service of TGED. */
bool value_service(struct slice value, struct slice *service);

#endif
