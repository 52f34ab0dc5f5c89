/* SPDX-License-Identifier: Apache-2.0 */
/** Any frame of any link type: the invariants and the truncation law hold, and no byte behind the frame is read. */
#include "layers_check.h"

#include <stdio.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n);

static void ask_everything(const struct sk_packet *pkt, const struct sk_layers *l) {
    char path[64];
    for (unsigned i = 0; i < l->n_ip; i++) {
        (void)sk_checksum_upper(pkt, l, i);
        (void)sk_checksum_ip4(pkt, l, i);
    }
    (void)sk_tunnel_kinds(l, false);
    sk_tunnel_path(l, l->n, path, sizeof path);
}

/** The first two bytes are the link type, the rest the frame. */
int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n) {
    if (n < 2 || n > 2048)
        return 0;
    static struct sk_layers l;
    uint16_t linktype = (uint16_t)(bytes[0] << 8 | bytes[1]);
    const char *wrong = sk_layers_sweep(bytes + 2, n - 2, linktype);
    if (wrong) {
        (void)fprintf(stderr, "fuzz_decode: %s\n", wrong);
        abort();
    }
    struct sk_packet pkt = {
        .data = bytes + 2, .caplen = (uint32_t)(n - 2), .wirelen = (uint32_t)(n - 2), .linktype = linktype};
    sk_decode(&pkt, &l);
    ask_everything(&pkt, &l);
    return 0;
}
