#ifndef CORE_ASKED_H
#define CORE_ASKED_H

#include "core/datagram.h"
#include "core/schedule.h"

/* The probe that a datagram answers: the latest to where it comes from, else to
 * another port there, else to the interface where it came in, else of all. */
struct asked asked_by(
	const struct schedule *schedule, const struct datagram *datagram);
/* When the latest probe went to an address; 0 where none did. */
int64_t asked_at(const struct schedule *schedule, uint32_t addr);
/* The target that an answer came from need not be asked again. An answer from
 * another port belongs to the only target at that address, if it is the only
 * one. */
void asked_no_more(struct schedule *schedule, struct endpoint source);

#endif
