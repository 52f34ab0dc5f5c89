/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The line that ends a run in which exceptions or filters silenced something. Alerts tell what was silenced while they
 * were open; of what never opened nothing else would tell. With this line a log says by itself where each match is:
 * matches = counted + copies + absorbed + muted + filtered (detections.md F.2).
 */
#include "alert/fold.h"
#include "alert/parts.h"
#include "sekimori/digest.h"

#include <stdio.h>
#include <string.h>

enum { EXCEPTIONS_MAX = 32, TEXT_BYTES = 256 };

static void put_event(sk_json *o, const struct alert_writer *w, sk_time last) {
    char id[37], when[SK_TIME_TEXT];
    struct sk_buf seed = {0};
    sk_buf_fmt(&seed, "summary/%s", w->cfg.run ? w->cfg.run : "");
    alert_uuid(last, seed.p, seed.len, id);
    sk_buf_free(&seed);
    sk_json_put_text(o, "@timestamp", sk_time_text(last, when));
    sk_json_put_text(o, "ecs.version", "8.11.0");
    sk_json_put_text(o, "event.id", id);
    sk_json_put_text(o, "event.kind", "metric");
    sk_json_put_text(o, "event.action", "summary");
    sk_json *category = sk_json_new_array(), *type = sk_json_new_array();
    sk_json_add_text(category, "network");
    sk_json_put(o, "event.category", category);
    sk_json_add_text(type, "info");
    sk_json_put(o, "event.type", type);
    sk_json_put_text(o, "event.dataset", "sekimori.summary");
    sk_json_put_text(o, "event.module", "sekimori");
    sk_json_put_int(o, "event.sequence", (int64_t)w->sequence);
    if (!w->cfg.offline)
        sk_json_put_text(o, "event.created", sk_time_text(last, when));
}

static void put_exceptions(sk_json *o, struct sk_alerts *a) {
    size_t n;
    const uint64_t *matches = sk_alerts_excepted(a, &n);
    sk_json *list = sk_json_new_array();
    for (size_t i = 0; i < n && sk_json_size(list) < EXCEPTIONS_MAX; i++) {
        const struct sk_exception *e = matches[i] ? sk_policy_exception_at(alert_writer_of(a)->cfg.policy, i) : NULL;
        if (!e)
            continue;
        sk_json *one = sk_json_new_object();
        alert_put_text(one, "id", e->id, TEXT_BYTES);
        sk_json_put_text(one, "effect", sk_exception_effect_name(e->effect));
        sk_json_put_int(one, "matches", (int64_t)matches[i]);
        sk_json_add(list, one);
    }
    if (sk_json_size(list))
        sk_json_put(o, "sekimori.summary.exceptions", list);
    else
        sk_json_free(list);
}

static void put_counts(sk_json *o, const struct sk_alert_stats *s) {
    sk_json_put_int(o, "sekimori.summary.matches", (int64_t)s->matches);
    sk_json_put_int(o, "sekimori.summary.counted", (int64_t)s->counted);
    sk_json_put_int(o, "sekimori.summary.copies", (int64_t)s->copies);
    sk_json_put_int(o, "sekimori.summary.absorbed", (int64_t)s->absorbed);
    sk_json_put_int(o, "sekimori.summary.muted", (int64_t)s->muted);
    sk_json_put_int(o, "sekimori.summary.filtered", (int64_t)s->filtered);
}

static void put_message(sk_json *o, const struct sk_alert_stats *s) {
    char text[TEXT_BYTES];
    snprintf(text, sizeof text, "Matches: %llu; silenced by exceptions of the policy: %llu, by filters: %llu.",
             (unsigned long long)s->matches, (unsigned long long)s->muted, (unsigned long long)s->filtered);
    sk_json_put_text(o, "message", text);
}
static void put_message_ja(sk_json *o, const struct sk_alert_stats *s) {
    char text[TEXT_BYTES];
    snprintf(text, sizeof text, "検知 %llu 件のうち、ポリシーの例外で %llu 件、フィルタで %llu 件を抑止しました。",
             (unsigned long long)s->matches, (unsigned long long)s->muted, (unsigned long long)s->filtered);
    sk_json_put_text(o, "sekimori.message_ja", text);
}

char *sk_alerts_summary(struct sk_alerts *a, sk_time last) {
    struct alert_writer *w = alert_writer_of(a);
    struct sk_alert_stats s;
    uint8_t hash[32];
    sk_alerts_stats(a, &s);
    if (s.muted + s.filtered == 0)
        return NULL;
    w->sequence++;
    sk_json *o = sk_json_new_object();
    put_event(o, w, last);
    put_message(o, &s);
    alert_put_text(o, "observer.name", w->cfg.observer, TEXT_BYTES);
    sk_json_put_text(o, "observer.product", "sekimori");
    sk_json_put_text(o, "observer.type", "ids");
    sk_json_put_text(o, "observer.version", SK_VERSION);
    sk_json_put_text(o, "sekimori.schema", "1.0");
    alert_put_text(o, "sekimori.run", w->cfg.run, TEXT_BYTES);
    put_message_ja(o, &s);
    put_counts(o, &s);
    put_exceptions(o, a);
    sk_json_put_text(o, "sekimori.previous_line", w->previous);
    char *text = sk_json_line(o);
    sk_json_free(o);
    sk_sha256(text, strlen(text), hash);
    sk_hex(hash, sizeof hash, w->previous);
    return text;
}
