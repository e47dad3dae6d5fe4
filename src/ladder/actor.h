/**
 * What each lifeline's element is: its role as seen here, and its product.
 */
#ifndef SIPTRAIL_LADDER_ACTOR_H
#define SIPTRAIL_LADDER_ACTOR_H

#include "ladder/lifeline.h"

/**
 * Set role and product of the model's lifelines.
 *
 * @param items  With from and to set
 * @return 0 or -ENOMEM
 */
WARN_UNUSED int ladder_actors_name(const struct ladder_item *items,
                                   size_t count, struct ladder_model *model);

#endif
