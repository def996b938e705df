/* publishers.h - the HTTP/1.1 keep-alive connections that ask: one request under way on each. */
#ifndef PUBLISHERS_H
#define PUBLISHERS_H

#include "tally.h"

#include <stdbool.h>
#include <stdint.h>

#define MAX_PUBLISHERS 256

/* What all of them asked since publishers_open. */
typedef struct {
    uint64_t asked, accepted, refused; /* accepted: a 2xx answer */
    uint32_t idle;
    char error[160]; /* the first refusal */
    Samples answer;
} Asking;

extern Asking asking;

/* A descriptor that is readable whenever an answer is. */
int publishers_prepare(void);
/* Opens `count` connections that will send `request`; "{seq}" in it becomes ten digits. Exits if it cannot. */
void publishers_open(int port, const char *request, uint32_t count);
void publishers_close(void);
/* Sends the request on an idle connection; false if none is idle. */
bool publishers_ask(uint32_t sequence);
/* Takes the answers that are there. */
void publishers_turn(void);

#endif
