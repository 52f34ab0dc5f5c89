/* SPDX-License-Identifier: Apache-2.0 */
/* The common front of files and live capture. */
#include "capture/source_impl.h"

bool sk_source_left_out(struct sk_source *s, struct sk_input *input, const struct sk_packet *pkt) {
    enum sk_filtered result = sk_filter_packet(s->filter, pkt);
    if (result == SK_FILTER_PASS)
        return false;
    input->filtered++;
    s->stats.filtered++;
    s->stats.unfilterable += result == SK_FILTER_MEANINGLESS;
    if (result == SK_FILTER_MEANINGLESS && sk_filter_is_news(s->filter, pkt->linktype) && s->on_damage) {
        char what[400];
        (void)snprintf(what, sizeof what, "the filter means nothing for link type %u, whose packets are left out: %s",
                       pkt->linktype, sk_filter_why(s->filter, pkt->linktype));
        s->on_damage(s->arg, input->path, SK_NO_OFFSET, what);
    }
    return true;
}

enum sk_next sk_source_next(struct sk_source *s, struct sk_packet *at, size_t max, size_t *ret_n) {
    *ret_n = 0;
    if (max == 0)
        return SK_NEXT_END;
    if (atomic_load_explicit(&s->stop, memory_order_relaxed) && (!s->ops->held || !s->ops->held(s)))
        return SK_NEXT_END;
    return s->ops->next(s, at, max, ret_n);
}

void sk_source_retire(struct sk_source *s, uint64_t seq) { sk_blocks_retire(&s->pool, seq); }

void sk_source_stop(struct sk_source *s) {
    atomic_store_explicit(&s->stop, true, memory_order_relaxed);
    if (s->ops->stop)
        s->ops->stop(s);
}

size_t sk_source_inputs(const struct sk_source *s) { return sk_list_n(&s->list); }

const struct sk_input *sk_source_input(const struct sk_source *s, uint32_t index) {
    const struct sk_file *f = sk_list_at(&s->list, index);
    return f ? &f->input : NULL;
}

void sk_source_stats(struct sk_source *s, struct sk_source_stats *ret) {
    *ret = s->stats;
    s->ops->stats(s, ret);
}

void sk_source_close(struct sk_source *s) {
    if (!s)
        return;
    s->ops->close(s);
    sk_filter_free(s->filter);
    sk_list_free(&s->list);
    sk_blocks_free(&s->pool);
    free(s);
}
