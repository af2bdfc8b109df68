#ifndef CMD_NAGIOS_H
#define CMD_NAGIOS_H

#include "core/discovery.h"

/* The one line that Nagios, Icinga and others want of a plugin, and the exit
 * status that goes with it (Monitoring Plugins Development Guidelines). */

/* Where ARGV, up to a NULL, asks for it anywhere: nothing goes to standard error
 * from now on, and the first error into the line. */
void nagios_begin(char *const *argv);
/* The run will write something else, and its errors are said as usual. */
void nagios_forget(void);
/* Writes the line for a run that ends now, with STATUS; the status to exit
 * with. */
int nagios_conclude(const struct discovery *discovery, int status);
/* The status to exit with in place of STATUS; writes the line of what ended
 * before it could have one. */
int nagios_end(int status);

#endif
