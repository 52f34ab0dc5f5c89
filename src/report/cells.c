/* SPDX-License-Identifier: Apache-2.0 */
/* Cells of tables for a terminal. */
#include "report/cells.h"

#include <string.h>

/* A cell of exactly `columns` columns, cut with an ellipsis. Control characters of the network were escaped in events;
 * those of a policy or a signature are not shown here. */
void sk_cell(struct sk_buf *buf, const char *raw, size_t columns, bool right) {
    struct sk_buf clean = {0};
    sk_buf_printable(&clean, raw, strlen(raw));
    const char *text = clean.p ? clean.p : "";
    size_t n = clean.len, fit = sk_text_fit(text, n, columns);
    bool cut = fit < n;
    if (cut)
        fit = sk_text_fit(text, n, columns - 1);
    size_t used = sk_text_columns(text, fit) + cut;
    for (size_t pad = used; right && pad < columns; pad++)
        sk_buf_str(buf, " ");
    sk_buf_add(buf, text, fit);
    if (cut)
        sk_buf_str(buf, "…");
    for (size_t pad = used; !right && pad < columns; pad++)
        sk_buf_str(buf, " ");
    sk_buf_free(&clean);
}
/* The last cell of a line: without blanks at its end. */
void sk_last_cell(struct sk_buf *buf, const char *text, size_t columns) {
    sk_cell(buf, text, columns, false);
    while (buf->len && buf->p[buf->len - 1] == ' ')
        buf->p[--buf->len] = '\0';
    sk_buf_str(buf, "\n");
}

void sk_rule_off(struct sk_buf *buf, unsigned columns) {
    for (unsigned i = 0; i < columns; i++)
        sk_buf_str(buf, "-");
    sk_buf_str(buf, "\n");
}
