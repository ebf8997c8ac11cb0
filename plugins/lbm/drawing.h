/* The topology for people to look at: as a graph in the language of graphviz, and as a drawing.
 * Pure.
 *
 * The drawing puts the centre (Hub_None, or the location with most links) in the middle and each
 * location on a circle by the number of links that lead to it from there. Links are coloured by how
 * much of their fullest bandwidth is taken; implied ones are dashed. */
#ifndef LBM_DRAWING_H
#define LBM_DRAWING_H

#include <sojourn/base/text.h>

#include "reservations.h"

void drawing_dot(const struct lbm_network *network, sj_text *text);
void drawing_svg(const struct lbm_network *network, sj_text *text);

#endif
