/* phases.h - the four kinds of load, each of bounded time. */
#ifndef PHASES_H
#define PHASES_H

#include "tally.h"

#include <stdint.h>

typedef struct {
    int epoll, port;
    const char *publish, *snapshot; /* whole HTTP requests */
    uint32_t next_sequence;
    uint64_t patience_ns; /* the wait for deliveries behind the last update, and for progress in a closed loop */
    Tally tally;
} Bench;

/* What a phase did; the rest is in Bench.tally and in `asking`. */
typedef struct {
    uint32_t planned, stalls;
    double seconds;  /* from the first request to the last one's being sent */
    double wall;     /* and with the wait for what was still on its way */
    uint64_t start_ns;
} Outcome;

void bench_prepare(Bench *bench);
/* Handles what is ready, waiting at most `timeout_ms`. */
void turn(Bench *bench, int timeout_ms);
/* Opens subscribers until `wanted` are ready or failed; the seconds it took. */
double phase_connect(Bench *bench, uint32_t wanted);
/* Open loop: an update is due every 1/rate s, and late from that instant on, whether or not it could be sent. */
Outcome phase_rate(Bench *bench, double rate, double seconds);
/* Closed loop: the next update as soon as fewer than `window` are unseen by somebody. */
Outcome phase_saturate(Bench *bench, uint32_t window, double seconds);
/* `count` connections that each ask again as soon as they are answered; snapshots instead of updates if `reading`. */
Outcome phase_ask(Bench *bench, uint32_t count, double seconds, int reading);

#endif
