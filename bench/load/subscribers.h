/* subscribers.h - the WebSockets, or event streams, that watch: their ramp, their handshakes, their deliveries. */
#ifndef SUBSCRIBERS_H
#define SUBSCRIBERS_H

#include "tally.h"

#include <stdbool.h>
#include <stdint.h>

#define MAX_STEPS 16
#define PENDING 128 /* handshakes under way at once */

/* What a connection does after the 101: say a text, or wait for a message that holds a text. */
typedef struct {
    bool says;
    const char *text;
} Step;

typedef struct {
    int port;
    bool events;        /* streams of server-sent events, not WebSockets */
    const char *target; /* path and query of either */
    const char *marker; /* the digits behind it are a message's sequence number */
    Step steps[MAX_STEPS];
    int step_count;
    const char *ping, *pong; /* a text of the server that must be answered with a text, or NULL */
} Watch;

typedef struct {
    uint32_t ready, failed, closed, pending;
    char error[160]; /* the latest reason of a failure */
} Crowd;

typedef struct Subscriber Subscriber;

extern Crowd crowd;

void subscribers_prepare(const Watch *watch, uint32_t most, int epoll, Tally *tally);
/* Opens connections towards `wanted` in all, PENDING at a time; true while any is still to open or under way. */
bool subscribers_ramp(uint32_t wanted);
void subscribers_give_up(void);
void subscribers_enter(void);
/* Takes an epoll event of a subscriber. */
void subscriber_event(Subscriber *subscriber, uint32_t events);

#endif
