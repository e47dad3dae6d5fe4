/**
 * Calls of which one direction only was seen, the usual fault of a mirror
 * port: how many, and which way.
 */
#ifndef SIPTRAIL_REPORT_ONE_WAY_H
#define SIPTRAIL_REPORT_ONE_WAY_H

#include "call/record.h"
#include "report/text.h"

#define ONE_WAY_PAIRS 8

/** All zero: none yet. */
struct one_way {
    uint64_t calls;
    uint64_t elsewhere; /* of those: between other addresses */
    size_t pair_count;
    struct one_way_pair {
        struct address from;
        struct address to;
        uint64_t calls;
    } pairs[ONE_WAY_PAIRS]; /* the first ones seen */
};

void one_way_add(struct one_way *w, const struct call_record *call);
/** One line, without its end; nothing where there was no such call. */
void one_way_write(const struct one_way *w, struct text *text);

#endif
