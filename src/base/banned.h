/* SPDX-License-Identifier: Apache-2.0 */
/* Functions with a safer twin do not compile (idea: git's banned.h). Included before every file by the Makefile. */
#ifndef SEKIMORI_BANNED_H
#define SEKIMORI_BANNED_H
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#pragma GCC poison strcpy strcat sprintf vsprintf strtok gets atoi atol atof gmtime localtime asctime ctime strncat
#endif
