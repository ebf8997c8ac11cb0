/* Shared lines: several phones have one directory number as a line. What one of them does there the
 * others are told (subscriptions/shared_lines.h), and each may go on with a call that waits at
 * another, unless its phone keeps its calls private. */
#ifndef CALLMANAGER_SHARED_LINE_H
#define CALLMANAGER_SHARED_LINE_H

#include "calls/call_routing.h"

/* Whether the origin is a phone with the line on which that party is. */
bool shared_line_is_same(const struct call_origin *origin, const struct call_leg *leg);
/* Whether the line's other phones may neither see with whom it speaks nor take the call over. A
 * call that only rings is everybody's. */
bool shared_line_is_private(const struct call_leg *leg);
/* Why a phone may not take the place of that party, which is on the same line; NULL: it may. */
const char *shared_line_refusal(const struct call_origin *origin, const struct call_leg *leg);
/* Whoever has put a call on hold at another phone of the line whose own number the origin dials: of
 * several the one that was answered first. NULL: nobody has. */
struct call_leg *shared_line_held(const struct call_manager *manager,
                                  const struct call_origin *origin, const char *dialled);

#endif
