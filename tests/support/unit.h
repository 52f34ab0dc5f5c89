/* SPDX-License-Identifier: Apache-2.0 */
/** cmocka with what it needs before it; include this instead (clang-format would sort cmocka.h to the front). */
#ifndef TESTS_SUPPORT_UNIT_H
#define TESTS_SUPPORT_UNIT_H

// clang-format off
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
// clang-format on

#endif
