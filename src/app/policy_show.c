/* SPDX-License-Identifier: Apache-2.0 */
/* sekimori policy show: what is in force, and which detections are off for want of keys. */
#include "app/policy_command.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

static void off_json(struct sk_buf *out, const struct sk_rule *r) {
    struct sk_json_out j;
    struct sk_buf text = {0};
    sk_buf_fmt(&text, "%s is off: %s", r->detection, r->missing);
    sk_json_begin(&j, out);
    sk_json_object(&j);
    sk_json_key(&j, "section"), sk_json_text(&j, "detections");
    sk_json_key(&j, "id"), sk_json_text(&j, r->detection);
    sk_json_key(&j, "text"), sk_json_text(&j, text.p);
    sk_json_key(&j, "in_force"), sk_json_bool(&j, false);
    sk_json_key(&j, "judged"), sk_json_bool(&j, true);
    sk_json_end_object(&j);
    sk_buf_str(out, "\n");
    sk_buf_free(&text);
}

/* Rules that lack the same keys stand in one line, as far as their order goes. */
static void show_off(const struct policy_request *rq, const struct sk_policy *p, struct sk_buf *out) {
    struct sk_ruleset *rs = policy_signatures(rq, p);
    if (!rs)
        return;
    bool *done = calloc(sk_ruleset_size(rs) + 1, sizeof *done);
    for (size_t i = 0; done && i < sk_ruleset_size(rs); i++) {
        const struct sk_rule *r = sk_ruleset_at(rs, i);
        if (r->can_fire || r->building_block || done[i])
            continue;
        if (rq->json) {
            off_json(out, r);
            continue;
        }
        const char *last = r->detection;
        sk_buf_fmt(out, "%-24s off, for want of %s: %s", "", r->missing, last);
        for (size_t k = i + 1; k < sk_ruleset_size(rs); k++) {
            const struct sk_rule *other = sk_ruleset_at(rs, k);
            if (other->can_fire || other->building_block || strcmp(other->missing, r->missing) != 0)
                continue;
            done[k] = true;
            if (strcmp(other->detection, last) != 0) /* a detection may have several rules, one behind the other */
                sk_buf_fmt(out, ", %s", last = other->detection);
        }
        sk_buf_str(out, "\n");
    }
    free(done);
    sk_ruleset_free(rs);
}

static bool is_segment(const struct sk_policy *p, const char *name) {
    for (size_t i = 0; i < sk_policy_segments(p); i++)
        if (strcmp(sk_policy_segment_at(p, (uint16_t)i)->id, name) == 0)
            return true;
    const char **names = calloc(sk_policy_segments(p) + 1, sizeof *names);
    for (size_t i = 0; names && i < sk_policy_segments(p); i++)
        names[i] = sk_policy_segment_at(p, (uint16_t)i)->id;
    const char *near = names ? sk_nearest(name, names) : NULL;
    complain("--segment: no segment `%s` in the policy%s%s%s", name, near ? ". Did you mean `" : "", near ? near : "",
             near ? "`?" : "");
    free(names);
    return false;
}

static int show(const struct policy_request *rq, const struct sk_policy *p) {
    struct sk_policy_view view = {.segment = rq->segment, .json = rq->json};
    struct sk_addr addr;
    struct sk_mac mac;
    if (rq->segment && !is_segment(p, rq->segment))
        return EXIT_WRONG_CALL;
    if (rq->address && sk_addr_parse(rq->address, strlen(rq->address), &addr))
        view.addr = &addr;
    else if (rq->address && sk_mac_parse(rq->address, strlen(rq->address), &mac))
        view.mac = &mac;
    else if (rq->address) {
        complain("--for: `%s` is neither an IP nor a MAC address", rq->address);
        return EXIT_WRONG_CALL;
    }
    struct sk_buf out = {0};
    sk_policy_show_view(p, &view, (sk_time)time(NULL) * SK_SEC, &out);
    if (!rq->segment && !rq->address)
        show_off(rq, p, &out);
    if (out.len == 0)
        complain("nothing is said of it");
    bool ok = write_out(STDOUT_FILENO, &out);
    if (!ok && errno != EPIPE)
        complain("standard output: %s", strerror(errno));
    sk_buf_free(&out);
    return ok ? EXIT_OK : EXIT_COULD_NOT;
}

int policy_show(const struct policy_request *rq) {
    struct sk_diags diags = {0};
    const struct sk_policy *policy = NULL;
    sk_err e = sk_policy_load(rq->path, &policy, &diags);
    complain_diags(&diags);
    if (e != SK_OK)
        return e == SK_ENOTFOUND ? EXIT_WRONG_CALL : EXIT_COULD_NOT;
    int status = show(rq, policy);
    sk_policy_free(policy);
    return status;
}
