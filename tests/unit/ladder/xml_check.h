/* Is this well-formed XML, as far as Graphviz writes it? */
#ifndef SIPTRAIL_TESTS_UNIT_LADDER_XML_CHECK_H
#define SIPTRAIL_TESTS_UNIT_LADDER_XML_CHECK_H

#include "base/span.h"
#include "ladder/escape.h"

#define XML_DEPTH_MAX 32

struct xml_check {
    struct span text;
    size_t at;
    struct span open[XML_DEPTH_MAX];
    size_t depth;
    size_t elements;
};

static inline bool xml_at(const struct xml_check *x, const char *word)
{
    size_t n = strlen(word);

    return x->text.length - x->at >= n &&
           !memcmp(x->text.data + x->at, word, n);
}

static inline bool xml_skip_to(struct xml_check *x, const char *word)
{
    for (; x->at < x->text.length; x->at++)
        if (xml_at(x, word)) {
            x->at += strlen(word);
            return true;
        }
    return false;
}

/* "&" must begin an entity that XML knows, or a number. */
static inline bool xml_entity(struct xml_check *x)
{
    static const char *const known[] = {"&amp;", "&lt;", "&gt;", "&quot;",
                                        "&apos;"};

    for (size_t i = 0; i < 5; i++)
        if (xml_at(x, known[i])) {
            x->at += strlen(known[i]);
            return true;
        }
    if (!xml_at(x, "&#"))
        return false;
    for (x->at += 2; x->at < x->text.length && x->text.data[x->at] != ';';
         x->at++)
        if (!strchr("0123456789xabcdefABCDEF", x->text.data[x->at]))
            return false;
    return x->at++ < x->text.length;
}

static inline bool xml_name(struct xml_check *x, struct span *name)
{
    size_t from = x->at;

    while (x->at < x->text.length &&
           (strchr(":_-", x->text.data[x->at]) ||
            ((x->text.data[x->at] | 0x20) >= 'a' &&
             (x->text.data[x->at] | 0x20) <= 'z') ||
            (x->text.data[x->at] >= '0' && x->text.data[x->at] <= '9')))
        x->at++;
    *name = span_part(x->text, from, x->at - from);
    return name->length > 0;
}

static inline bool xml_attributes(struct xml_check *x)
{
    struct span name;

    for (;;) {
        while (x->at < x->text.length && strchr(" \n", x->text.data[x->at]))
            x->at++;
        if (xml_at(x, ">") || xml_at(x, "/>"))
            return true;
        if (!xml_name(x, &name) || !xml_at(x, "=\""))
            return false;
        for (x->at += 2; !xml_at(x, "\"");)
            if (x->at >= x->text.length || xml_at(x, "<") ||
                (xml_at(x, "&") ? !xml_entity(x) : !++x->at))
                return false;
        x->at++;
    }
}

static inline bool xml_tag(struct xml_check *x)
{
    struct span name;
    bool closes = xml_at(x, "</");

    x->at += closes ? 2 : 1;
    if (!xml_name(x, &name) || !xml_attributes(x))
        return false;
    x->elements += !closes;
    if (closes && (!x->depth-- || !span_equal(x->open[x->depth], name)))
        return false;
    if (xml_at(x, "/>")) {
        x->at += 2;
        return !closes;
    }
    x->at++;
    if (!closes && x->depth == XML_DEPTH_MAX)
        return false;
    if (!closes)
        x->open[x->depth++] = name;
    return true;
}

static inline bool xml_characters_ok(struct span text)
{
    for (size_t at = 0; at < text.length;) {
        size_t from = at;
        uint32_t code = escape_next_code(text, &at);

        if ((code < 0x20 && code != '\n') || (code >= 0x7f && code < 0xa0) ||
            (code == 0xfffd && at - from != 3))
            return false;
    }
    return true;
}

/** The number of elements; 0 where the text is not well-formed. */
static inline size_t xml_check(struct span text)
{
    struct xml_check x = {.text = text};

    if (!xml_characters_ok(text))
        return 0;
    while (x.at < text.length) {
        bool ok = true;

        if (xml_at(&x, "<?"))
            ok = xml_skip_to(&x, "?>");
        else if (xml_at(&x, "<!--"))
            ok = xml_skip_to(&x, "-->");
        else if (xml_at(&x, "<!DOCTYPE"))
            ok = xml_skip_to(&x, ">");
        else if (xml_at(&x, "<"))
            ok = xml_tag(&x);
        else if (xml_at(&x, "&"))
            ok = xml_entity(&x);
        else
            x.at++;
        if (!ok)
            return 0;
    }
    return x.depth ? 0 : x.elements;
}

#endif
