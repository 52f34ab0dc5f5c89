/* SPDX-License-Identifier: Apache-2.0 */
/** What became of each input, in the order of reading: for the manifest, and for a run that is resumed. */
#ifndef SEKIMORI_APP_RECORDS_H
#define SEKIMORI_APP_RECORDS_H

#include "sekimori/source.h"
#include "sekimori/text.h"

struct damage {
    const char *file; /**< the input's own pointer while it is read; not kept */
    uint64_t offset;  /**< SK_NO_OFFSET: of the whole input */
    char *what;
};
struct input_record {
    char *path;
    char *container; /**< archive it lies in, or NULL */
    char *tap;       /**< name, or NULL */
    char sha256[65]; /**< hex, "" where not the whole file was read */
    uint64_t size, packets, filtered;
    sk_time first, last; /**< where packets + filtered > 0 */
    uint32_t group;      /**< 0: none */
    bool archive, opened, damaged;
    struct damage *damage;
    size_t n_damage;
};
/** A zeroed struct is empty. */
struct records {
    struct input_record *at;
    size_t n, cap;
    struct damage *told; /**< of inputs that have no record yet */
    size_t n_told, cap_told;
};

/** An input's damage, as the source tells it; `file` is compared by pointer with sk_input.path. */
void records_damage(struct records *r, const char *file, uint64_t offset, const char *what);
/**
 * Nothing more will be read of this input. @param container the archive it lies in, or NULL @param tap its name or NULL
 */
void records_add(struct records *r, const struct sk_input *in, const char *container, const char *tap);
void records_free(struct records *r);

/** One object. exact: for a state file, which records_parse() reads again; otherwise for the manifest. */
void record_json(struct sk_json_out *j, const struct input_record *rec, bool exact);
/** Append the records of an array that record_json() wrote. @return false: it is none */
bool records_parse(struct records *r, const sk_json *array);

#endif
