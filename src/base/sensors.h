/**
 * Names of the places where packets were seen, as small numbers.
 *
 * Number 0 is the place of the run itself; others come from what packets say
 * of themselves (flow/hep.h). Names are kept until the end, so whoever was
 * handed a number by the thread that made it may read its name.
 */
#ifndef SIPTRAIL_BASE_SENSORS_H
#define SIPTRAIL_BASE_SENSORS_H

#include "base/error.h"
#include "base/span.h"

/** Most names kept; what is named beyond them has number 0. */
#define SENSORS_MAX 4096
/** Longest name, with NUL. */
#define SENSOR_TEXT_BYTES 64

struct sensors;

/** @return NULL where there is no memory */
struct sensors *sensors_new(void);
/** NULL is allowed. */
void sensors_free(struct sensors *s);

/**
 * The number of a name, made where it is new: one thread only. Of a name that
 * is long or holds other than printable ASCII a plain form is kept.
 *
 * @return 0 for an empty name, or where there is no room
 */
uint16_t sensors_number(struct sensors *s, struct span name);

/** The name of a number; empty for 0. Borrowed until sensors_free(). */
struct span sensors_name(const struct sensors *s, uint16_t number);

/** Names refused for want of room. */
uint64_t sensors_refused(const struct sensors *s);

#endif
