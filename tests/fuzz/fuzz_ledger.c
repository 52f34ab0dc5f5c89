/* SPDX-License-Identifier: Apache-2.0 */
/* Targets: tables beside a policy: pol_csv_decode() and pol_csv_split(), the ledger, the site's own clauses, and the
 * look-ups of devices. The first byte chooses the encoding. */
#include "sekimori/policy.h"
#include "sekimori/text.h"

#include <assert.h>
#include <stdio.h>
#include <sys/mman.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void ask(const struct sk_policy *p) {
    for (size_t i = 0; i < sk_policy_devices(p); i++) {
        const struct sk_policy_device *d = sk_policy_device_at(p, i);
        assert(d && d->state <= SK_DEVICE_LOST && d->origin.line > 0);
        for (size_t k = 0; k < d->n_mac; k++)
            assert(sk_policy_device_by_mac(p, &d->mac[k], 0));
        for (size_t k = 0; k < d->n_ip; k++)
            assert(sk_policy_device_by_ip(p, &d->ip[k], SK_TIME_MAX));
        if (d->duid_len)
            assert(sk_policy_device_by_duid(p, d->duid, d->duid_len, 0));
        if (d->name && *d->name)
            assert(sk_policy_device_by_name(p, d->name, strlen(d->name), 0));
        enum sk_device_verdict v = sk_policy_device_verdict(p, d, 0, SK_TIME_MAX);
        assert(v != SK_REGISTER_UNKNOWN && v != SK_REGISTER_NOT_LISTED);
    }
    struct sk_mac mac = {{2, 0, 0, 0, 0, 1}};
    (void)sk_policy_device_by_mac(p, &mac, 0);
}

static void check(const char *text, size_t n, bool clauses) {
    struct sk_diags diags = {0};
    const struct sk_policy *p = NULL;
    sk_err err = sk_policy_parse("fuzz.yml", text, n, &p, &diags);
    assert((err == SK_OK) == (p != NULL) && (err == SK_OK) == (diags.errors == 0));
    for (size_t i = 0; i < diags.n; i++)
        assert(sk_utf8_valid(diags.at[i].msg, strlen(diags.at[i].msg)));
    if (p && !clauses)
        ask(p);
    if (p && clauses) {
        const char *const *own = NULL;
        size_t found = sk_policy_own_clauses(p, "NISD-K305-111C 2.4.1.1(2)(b)-3", &own);
        for (size_t i = 0; i < found; i++)
            assert(own[i]);
    }
    sk_policy_free(p);
    sk_diags_free(&diags);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    static const char *const encoding[] = {"", ", encoding: utf-8", ", encoding: cp932"};
    char text[256];
    if (size == 0 || size > 1 << 16)
        return 0;
    int fd = memfd_create("ledger", MFD_CLOEXEC);
    if (fd < 0 || write(fd, data + 1, size - 1) != (ssize_t)(size - 1))
        return 0;
    int n = snprintf(text, sizeof text,
                     "sekimori-policy: 1\nsegments: {a: {vlan: 1, zone: z}}\nzones: {z: {}}\ndevices: {file: "
                     "/proc/self/fd/%d%s}\n",
                     fd, encoding[data[0] % 3]);
    check(text, (size_t)n, false);
    n = snprintf(text, sizeof text, "sekimori-policy: 1\nsite: {own_clauses: /proc/self/fd/%d}\n", fd);
    check(text, (size_t)n, true);
    (void)close(fd);
    return 0;
}
