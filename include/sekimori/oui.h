/* SPDX-License-Identifier: Apache-2.0 */
/**
 * Who made the network card: the registry of the IEEE (MA-L, MA-M, MA-S), as Debian's package ieee-data installs it.
 * Read when it is first asked, and only then; a file that is not there is no error. It tells people something; nothing
 * is decided by it, and no id depends on it.
 */
#ifndef SEKIMORI_OUI_H
#define SEKIMORI_OUI_H

#include "sekimori/addr.h"

struct sk_oui;

/** @param path a file, CSV as the IEEE publishes it or oui.txt; NULL: the files of ieee-data; "none": none.
 *  Nothing is read yet. Never NULL. */
struct sk_oui *sk_oui_new(const char *path);
/** The organisation with the longest block that holds this MAC; valid UTF-8 without control characters. NULL: unknown,
 * a random or group address, or a holder who asked not to be named. Not for several threads at once. */
const char *sk_oui_vendor(struct sk_oui *o, const struct sk_mac *mac);
/** Blocks read; reads them. 0: there is no such file, or nothing in it. */
size_t sk_oui_size(struct sk_oui *o);
void sk_oui_free(struct sk_oui *o);

#endif
