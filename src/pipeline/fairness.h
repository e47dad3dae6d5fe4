/**
 * Who still comes in where the way to the correlating thread is nearly full.
 *
 * Of a flood most is lost in any case. What is lost should be the flood: while
 * the last quarter of the queue is being taken, messages of calls already known
 * come in, and of the others those from sources that send little, the less the
 * fuller it is. A message from a quiet source makes its call known, so that the
 * same call is taken on later hops, behind the proxy that the flood came by,
 * too.
 *
 * Costs nothing but a glance at the status while the queue is half empty.
 */
#ifndef SIPTRAIL_PIPELINE_FAIRNESS_H
#define SIPTRAIL_PIPELINE_FAIRNESS_H

#include "base/error.h"
#include "sip/observation.h"

/** How much of the queue is taken is told in so many parts of it. */
#define FAIRNESS_PARTS 16
/** From so many on not everything is taken. */
#define FAIRNESS_HELD_FROM 12
/** From so many on sources are counted, so that it is known by then who sends
 * much. */
#define FAIRNESS_COUNT_FROM 8

/* Calls remembered by their Call-ID: a later one takes the place of an earlier
   of the same place in the table, unless that one rings or was answered. */
#define FAIRNESS_CALLS ((size_t)1 << 17)
#define FAIRNESS_CALL_S 86400 /* that rings or was answered */
#define FAIRNESS_QUIET_S 600  /* that came from a quiet source */
/* Places for sources to be counted in, twice over. */
#define FAIRNESS_SOURCES 4096
/* A source that sent fewer of the last messages is quiet in any case. */
#define FAIRNESS_LEAST 32

struct fairness;

/** About 1 MiB. @return 0 or -ENOMEM */
WARN_UNUSED int fairness_new(struct fairness **fairness_out);
void fairness_free(struct fairness *f);

/**
 * Is this message still to be taken? Ask of each one, in their order.
 *
 * @param taken  Parts of the queue that are taken, of FAIRNESS_PARTS
 */
WARN_UNUSED bool fairness_admit(struct fairness *f, const struct observation *o,
                                unsigned taken);

#endif
