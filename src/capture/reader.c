/* SPDX-License-Identifier: Apache-2.0 */
/* What all file formats share: telling damage, remembering interface names. */
#include "capture/reader.h"

#include "sekimori/text.h"

#include <stdarg.h>

enum { IFNAME_MAX = 255, NAMED_IFACES_MAX = 4096 };

void sk_reader_report(struct sk_reader *r, uint64_t offset, const char *fmt, ...) {
    r->input->damaged = true;
    r->reports++;
    if (!r->on_damage || r->reports > SK_REPORTS_MAX)
        return;
    char what[256];
    va_list ap;
    va_start(ap, fmt);
    (void)vsnprintf(what, sizeof what, fmt, ap);
    va_end(ap);
    r->on_damage(r->arg, r->input->path, offset, what);
}

void sk_reader_name(struct sk_reader *r, const uint8_t *name, size_t n) {
    if (r->n_names >= NAMED_IFACES_MAX)
        return;
    if ((r->n_names & (r->n_names - 1)) == 0) { /* full: the capacity is the next power of two */
        size_t cap = r->n_names ? r->n_names * 2 : 1;
        struct sk_ifname *grown = (struct sk_ifname *)realloc(r->names, cap * sizeof *grown);
        if (!grown)
            return;
        r->names = grown;
    }
    char text[IFNAME_MAX + 1];
    size_t len = name ? sk_text_escape(name, n, text, sizeof text) : 0;
    r->names[r->n_names++] = (struct sk_ifname){.name = len ? strdup(text) : NULL};
}
