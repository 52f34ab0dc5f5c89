/* SPDX-License-Identifier: Apache-2.0 */
/* A DNS message from arbitrary bytes: read, and its name written as text. */
#include "observe/dns_wire.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    static struct sk_dns d;
    char text[SK_DNS_NAME_TEXT];
    if (!sk_dns_read(sk_cur_of(data, size), &d))
        return 0;
    if (d.n_ip > SK_DNS_IPS_MAX)
        abort();
    if (d.has_question && (d.qname.len == 0 || d.qname.b[d.qname.len - 1] != 0))
        abort();
    if (d.has_question && strlen(sk_dns_name_text(&d.qname, text)) >= sizeof text)
        abort();
    /* Silence and damage never say that there is no record. */
    if (d.spf == SK_DNS_SPF_ABSENT && (!d.complete || d.flags & SK_DNS_TC || (d.rcode != 0 && d.rcode != 3)))
        abort();
    return 0;
}
