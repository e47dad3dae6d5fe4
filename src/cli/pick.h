/**
 * The calls a command line means, whole and in memory: from the database, or
 * from the capture file that --file names.
 */
#ifndef SIPTRAIL_CLI_PICK_H
#define SIPTRAIL_CLI_PICK_H

#include "base/slab.h"
#include "call/view.h"
#include "cli/settings.h"

struct picked {
    struct call_view *views; /* owned */
    size_t count;
    struct slab_pool *pool; /* of the messages' bytes */
    bool damaged;           /* the file broke off */
    bool has_capture_key;   /* of the first call, from the database only */
    struct key capture_key;
};

/**
 * Find the calls named by the operands (a key, a unique prefix of one, or a
 * Call-ID) or, where there is none, those that pass the filters. Where there
 * are neither, a file's only call is meant, or the only one begun in it.
 *
 * @param most  How many the command can take
 * @return CLI_DONE; else a line on stderr said what is wrong: CLI_USAGE where
 *         nothing says which calls, CLI_FAILED where there is none, or where a
 *         name fits several, which are listed
 */
int pick_calls(const struct settings *s, size_t most,
               struct picked *picked_out);
void picked_fini(struct picked *p);

/* Shared by pick.c and pick_file.c: */

/** Call keys, each once. */
struct key_list {
    struct key *items; /* owned: free() it */
    size_t count;
    size_t room;
};

/** @return 0 or -ENOMEM */
int key_list_add(struct key_list *list, const struct key *key);

int pick_from_file(const struct settings *s, const char *path, size_t most,
                   struct picked *picked);

/** Does @p name mean this call? */
enum pick_match { PICK_NONE, PICK_PREFIX, PICK_EXACT };
enum pick_match pick_match(struct span name, const struct key *key,
                           struct span call_id);

#endif
