/**
 * What the user calls the elements (the table `peers`), on their heads.
 */
#ifndef SIPTRAIL_LADDER_PEER_H
#define SIPTRAIL_LADDER_PEER_H

#include "ladder/model.h"

/**
 * Put names first where the views know some; the address then stands before
 * the role.
 *
 * @return 0 or -ENOMEM
 */
WARN_UNUSED int ladder_peers_name(const struct call_view *const *views,
                                  size_t count, struct ladder_model *model);

#endif
