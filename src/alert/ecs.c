/* SPDX-License-Identifier: Apache-2.0 */
/* Which of our field names ECS 8.11 has, and which the alert line says elsewhere. */
#include "alert/ecs.h"

#include <pthread.h>
#include <stddef.h>
#include <string.h>

static const char *const top[] = {"source.ip",
                                  "source.mac",
                                  "source.port",
                                  "source.bytes",
                                  "source.packets",
                                  "source.domain",
                                  "destination.ip",
                                  "destination.mac",
                                  "destination.port",
                                  "destination.bytes",
                                  "destination.packets",
                                  "destination.domain",
                                  "network.name",
                                  "network.vlan.id",
                                  "network.inner.vlan.id",
                                  "network.transport",
                                  "network.protocol",
                                  "network.application",
                                  "network.direction",
                                  "network.type",
                                  "network.iana_number",
                                  "network.bytes",
                                  "network.packets",
                                  "network.community_id",
                                  "dns.id",
                                  "dns.question.name",
                                  "dns.question.type",
                                  "dns.response_code",
                                  "dns.header_flags",
                                  "dns.resolved_ip",
                                  "tls.client.server_name",
                                  "log.file.path",
                                  "observer.ingress.interface.name"};

static const char *const elsewhere[] = {"@timestamp",   "event.",  "sekimori.", "policy.line",
                                        "policy.entry", "message", "rule."};

static uint8_t places[SKF_COUNT];
static pthread_once_t once = PTHREAD_ONCE_INIT;

static enum ecs_place place_of(const char *field) {
    for (size_t i = 0; i < sizeof top / sizeof *top; i++)
        if (strcmp(top[i], field) == 0)
            return ECS_TOP;
    for (size_t i = 0; i < sizeof elsewhere / sizeof *elsewhere; i++)
        if (strncmp(elsewhere[i], field, strlen(elsewhere[i])) == 0)
            return ECS_ELSEWHERE;
    return ECS_FACTS;
}

static void fill(void) {
    for (unsigned f = 0; f < SKF_COUNT; f++)
        places[f] = (uint8_t)place_of(sk_fields[f].name);
}

enum ecs_place ecs_place(enum sk_field_id f) {
    pthread_once(&once, fill); /* every alert asks for every field it has */
    return (enum ecs_place)places[f];
}
