/* SPDX-License-Identifier: Apache-2.0 */
/* One alert line and its newline in one writev(2), so that lines of two writers never mix. */
#include "sink/line_out.h"

#include <errno.h>
#include <poll.h>
#include <stdint.h>
#include <string.h>
#include <sys/uio.h>
#include <unistd.h>

sk_err sk_line_out(int fd, const char *name, const struct sk_alert_line *line, struct sk_error *err) {
    static char newline[] = "\n"; /* iov_base is not const */
    size_t done = 0, all = line->len + 1;
    while (done < all) {
        size_t from = done < line->len ? done : line->len;
        struct iovec part[2] = {{(char *)(uintptr_t)line->json + from, line->len - from}, {newline, 1}};
        ssize_t n = writev(fd, part, 2);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0 && errno == EAGAIN) { /* somebody made the pipe non-blocking: a line is never dropped for that */
            struct pollfd wait = {.fd = fd, .events = POLLOUT};
            (void)poll(&wait, 1, -1);
            continue;
        }
        if (n < 0)
            return sk_error_set(err, SK_EIO, "%s: %s", name, strerror(errno));
        done += (size_t)n;
    }
    return SK_OK;
}
