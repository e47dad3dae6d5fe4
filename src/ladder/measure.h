/**
 * The width of texts for Graphviz, from our own table of the font.
 *
 * Its own text layout asks Pango, which loads a dozen libraries and the
 * system's fonts and then takes a quarter of the time of a picture. An SVG
 * holds no glyphs, so that it needs the widths only. Bitmaps and PDF are drawn
 * by Pango, and measured by it.
 */
#ifndef SIPTRAIL_LADDER_MEASURE_H
#define SIPTRAIL_LADDER_MEASURE_H

#include <graphviz/gvplugin_textlayout.h>

extern gvtextlayout_engine_t measure_engine;

#endif
