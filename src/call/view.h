/**
 * Everything of one call, in memory: what `show`, `ladder` and `export` work
 * on, whether it came from a capture file or from the database.
 */
#ifndef SIPTRAIL_CALL_VIEW_H
#define SIPTRAIL_CALL_VIEW_H

#include "base/arena.h"
#include "base/error.h"
#include "call/sink.h"

/** What the user calls an address: the table `peers`. */
struct call_view_name {
    struct address address;
    struct span name;
};

struct call_view {
    struct arena arena; /* owns all that the record and dialogs point to */
    struct call_record record;
    struct dialog_record *dialogs;
    size_t dialog_count;
    struct message_record *messages; /* in time order; each holds a reference
                                        to its observation's slab */
    size_t message_count;
    struct call_view_name *names; /* of the call's addresses; in the arena */
    size_t name_count;
    size_t dialog_room;
    size_t message_room;
};

void call_view_init(struct call_view *v);
void call_view_fini(struct call_view *v);

/** Copy a record into the view. @return 0 or -ENOMEM */
WARN_UNUSED int call_view_set_record(struct call_view *v,
                                     const struct call_record *record);
/** Copy a dialog into the view. @return 0 or -ENOMEM */
WARN_UNUSED int call_view_add_dialog(struct call_view *v,
                                     const struct dialog_record *dialog);
/**
 * Add a message with a reference of its own to the observation's slab (an
 * observation without slab must outlive the view). @return 0 or -ENOMEM
 */
WARN_UNUSED int call_view_add_message(struct call_view *v,
                                      const struct message_record *message);

#endif
