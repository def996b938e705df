/* accept.h - the answer to a WebSocket key: base64 of SHA-1, as RFC 6455 section 4.2.2 asks. */
#ifndef ACCEPT_H
#define ACCEPT_H

#include <stddef.h>

/* Writes 28 characters and a NUL. `key` is at most 64 characters. */
void accept_key(const char *key, size_t length, char answer[29]);

#endif
