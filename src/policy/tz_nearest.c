/* SPDX-License-Identifier: Apache-2.0 */
/* The time zone that was meant. zone.tab, which stands beside the zones, names each place once:
 *
 *   JP <tab> +353916+1394441 <tab> Asia/Tokyo [<tab> comment]
 */
#include "policy/tz.h"

#include "sekimori/err.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum { ZONES_MAX = 1024, ZONE_LINE_MAX = 512 };
static const char zone_list[] = "/usr/share/zoneinfo/zone.tab";

struct zone_names {
    const char *name[ZONES_MAX + 1], *place[ZONES_MAX + 1]; /* place: what stands behind the last slash */
    size_t n;
};

static void add(struct zone_names *z, const char *name, size_t n, struct sk_arena *arena) {
    if (n == 0 || z->n == ZONES_MAX)
        return;
    const char *kept = sk_arena_text(arena, name, n);
    const char *slash = strrchr(kept, '/');
    z->name[z->n] = kept;
    z->place[z->n++] = slash ? slash + 1 : kept;
}

static void read_names(struct zone_names *z, struct sk_arena *arena) {
    char line[ZONE_LINE_MAX];
    FILE *f = fopen(zone_list, "re");
    while (f && z->n < ZONES_MAX && fgets(line, sizeof line, f)) {
        const char *tab = line[0] == '#' ? NULL : strchr(line, '\t');
        tab = tab ? strchr(tab + 1, '\t') : NULL;
        if (tab)
            add(z, tab + 1, strcspn(tab + 1, "\t\n"), arena);
    }
    if (f)
        (void)fclose(f);
}

const char *pol_tz_nearest(const char *name, struct sk_arena *arena) {
    struct zone_names *z = sk_mem_new(1, sizeof *z);
    add(z, "Asia/Tokyo", strlen("Asia/Tokyo"), arena); /* known without the file */
    add(z, "UTC", strlen("UTC"), arena);
    read_names(z, arena);
    const char *near = sk_nearest(name, z->name);
    const char *slash = strrchr(name, '/');
    const char *place = near ? NULL : sk_nearest(slash ? slash + 1 : name, z->place); /* "Tokyo", "Japan/Tokyo" */
    for (size_t i = 0; place && !near; i++)
        if (z->place[i] == place)
            near = z->name[i];
    free(z);
    return near;
}
