#ifndef CMD_SERVICES_REPORT_H
#define CMD_SERVICES_REPORT_H

#include "engine/live_services.h"

/* So much of a service's name says which one it is. */
enum { NAME_SHOWN_MAX = 80 };

/* What is wrong with the services, and END behind it. */
void services_report_fault(
	const struct live_services *services, const char *end);
/* What is odd about them, but not wrong. */
void services_report_oddities(const struct live_services *services);

#endif
