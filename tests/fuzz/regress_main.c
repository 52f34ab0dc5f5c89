/* SPDX-License-Identifier: Apache-2.0 */
/* Replays files and folders through a fuzz target, so that every compiler runs the corpus. Exit 1 when nothing ran. */
#include <errno.h>
#include <fts.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n);
__attribute__((weak)) int LLVMFuzzerInitialize(int *argc, char ***argv);

/* An exact-size heap block, so that a sanitizer sees the first byte past the end. */
static int replay(const char *path, size_t n) {
    FILE *f = fopen(path, "rb");
    uint8_t *bytes = malloc(n ? n : 1);
    if (!f || !bytes || fread(bytes, 1, n, f) != n) {
        (void)fprintf(stderr, "%s: %s\n", path, strerror(errno));
        exit(1);
    }
    (void)fclose(f);
    if (getenv("SK_REGRESS_VERBOSE"))
        (void)fprintf(stderr, "%s\n", path); /* before the run: the last line names the input that crashed */
    (void)LLVMFuzzerTestOneInput(bytes, n);
    free(bytes);
    return 1;
}

static int by_name(const FTSENT **a, const FTSENT **b) { return strcmp((*a)->fts_name, (*b)->fts_name); }

int main(int argc, char **argv) {
    if (LLVMFuzzerInitialize)
        (void)LLVMFuzzerInitialize(&argc, &argv);
    unsigned long inputs = 0;
    FTS *walk = argc > 1 ? fts_open(argv + 1, FTS_LOGICAL | FTS_NOCHDIR, by_name) : NULL;
    for (FTSENT *e = walk ? fts_read(walk) : NULL; e; e = fts_read(walk)) {
        if (e->fts_info == FTS_F)
            inputs += (unsigned long)replay(e->fts_path, (size_t)e->fts_statp->st_size);
        else if (e->fts_info == FTS_NS || e->fts_info == FTS_ERR || e->fts_info == FTS_DNR)
            (void)fprintf(stderr, "%s: %s\n", e->fts_path, strerror(e->fts_errno));
    }
    if (walk)
        (void)fts_close(walk);
    (void)printf("%lu inputs\n", inputs);
    return inputs ? 0 : 1;
}
