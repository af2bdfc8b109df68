#ifndef CMD_WATCH_H
#define CMD_WATCH_H

#include "cmd/run.h"

/* Runs again and again, and tells which servers come up and go down, until a
 * signal ends it or there is nobody to tell. The exit status. */
int watch_rounds(const struct run_setup *setup);

#endif
