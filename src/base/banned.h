#ifndef BASE_BANNED_H
#define BASE_BANNED_H

/*
 * Functions that nobody may call, because each has a form that cannot
 * overflow, truncate in silence, or keep state. Included before every file by
 * the Makefile; the headers that declare the functions come first, since a
 * poisoned name may not even be declared.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#pragma GCC poison strcpy strcat strncpy strncat strtok sprintf vsprintf gets
#pragma GCC poison atoi atol atoll atof localtime gmtime ctime asctime rand

#endif
