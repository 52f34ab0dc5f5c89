/* SPDX-License-Identifier: Apache-2.0 */
/* Memory for base: never NULL. Out of memory while reading a policy or writing a line is the operator's limit, and
 * there is nothing sensible to continue with; the packet path allocates through tables that can refuse to grow instead.
 */
#ifndef BASE_MEM_H
#define BASE_MEM_H

#include <stddef.h>

/** Says so on stderr and aborts. */
_Noreturn void sk_mem_abort(void);
/** n * size zeroed bytes, overflow checked. */
void *sk_mem_new(size_t n, size_t size);
/** realloc() with overflow check; the new part is not zeroed. */
void *sk_mem_resize(void *old, size_t n, size_t size);
/** Copy of n bytes with a NUL behind. */
char *sk_mem_text(const char *s, size_t n);

/** Many small pieces freed at once. A zeroed struct is empty. */
struct sk_arena {
    struct sk_arena_chunk *chunk;
    size_t used; /* of the newest chunk */
};
/** n zeroed bytes, aligned for any type. */
void *sk_arena_new(struct sk_arena *a, size_t n);
char *sk_arena_text(struct sk_arena *a, const char *s, size_t n);
void sk_arena_free(struct sk_arena *a);

#endif
