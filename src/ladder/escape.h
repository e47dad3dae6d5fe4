/**
 * Wire text made safe: first cleaned, then escaped for where it goes.
 */
#ifndef SIPTRAIL_LADDER_ESCAPE_H
#define SIPTRAIL_LADDER_ESCAPE_H

#include "ladder/text_buffer.h"

/** How escape_put_clean() treats line ends. */
enum escape_lines {
    ESCAPE_ONE_LINE,  /* runs of white space and folds become one space */
    ESCAPE_KEEP_LINES /* CRLF, CR and LF become LF, HTAB a space */
};

/**
 * Add wire bytes as valid UTF-8 that cannot command a terminal.
 *
 * Control bytes (C0, DEL, C1) become "\xNN", bytes that are no UTF-8 become
 * U+FFFD, and so do code points that turn the direction of text, break lines
 * or may not stand in XML.
 *
 * @param max_bytes  Of @p wire; what is beyond becomes "…"
 */
void escape_put_clean(struct text_buffer *b, struct span wire,
                      enum escape_lines lines, size_t max_bytes);

/** Add clean text to HTML-like text of Graphviz: & < > " escaped. */
void escape_put_html(struct text_buffer *b, struct span clean);

/**
 * Add clean text to a plain string attribute of Graphviz: its backslash
 * sequences and entities undone, line ends as entities.
 */
void escape_put_label(struct text_buffer *b, struct span clean);

/**
 * The next code point of clean or other text.
 *
 * @param at  Moved on by 1 to 4 bytes
 * @return U+FFFD for what is no UTF-8 (one byte is then taken)
 */
uint32_t escape_next_code(struct span text, size_t *at);

#endif
