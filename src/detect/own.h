// Which hosts are the operator's own: those whose floods and scans are his to end.
//
// The networks of the configuration that are not on the allow-list, and the addresses that no network elsewhere can
// have: private ones (RFC 1918, RFC 6598 of carriers, RFC 4193) and link-local ones (RFC 3927, RFC 4291), and loopback. So a home
// or an office behind NAT needs no setting, and to name a network for another reason takes nothing away; whoever
// watches public addresses, of IPv6 too, names them.
//
// Threads    Pure functions.
// Memory     None taken.
#ifndef WEIR_DETECT_OWN_H
#define WEIR_DETECT_OWN_H

#include "detect/detect.h"

// @param network  that of the address, or NULL (network_of())
bool own_is(const struct network_conf *network, const struct addr *addr);
// Those on the allow-list, too.
bool own_or_named(const struct detect_conf *conf, const struct addr *addr);
// Both private, or of one /48 (IPv6).
bool own_is_one_site(const struct addr *a, const struct addr *b);

#endif
