// Whose address it is, as far as it says so itself or the operator does.
//
// Threads    Pure functions.
// Memory     None taken.
#ifndef WEIR_DETECT_INSIDE_H
#define WEIR_DETECT_INSIDE_H

#include "detect/detect.h"

#include <weir/addr.h>

#include <stdbool.h>

bool is_private(const struct addr *addr); // not of the Internet
// Both of one site: both private, or of one /48 (IPv6).
bool is_within_site(const struct addr *a, const struct addr *b);
// Private, or of a configured network. Of a site with addresses of the Internet only the operator knows which they are.
bool is_inside(const struct detect_conf *conf, const struct addr *addr);

#endif
