/* tally.h - what was sent, what arrived and how late: bookkeeping that knows no socket. */
#ifndef TALLY_H
#define TALLY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define MAX_UPDATES (1u << 21) /* in one phase: at 100,000 a second more than any phase lasts */
#define WINDOW 1024u           /* how far back one member's arrivals are told from duplicates */

/* Times in microseconds, kept one by one: quantiles are exact, not binned. */
typedef struct {
    uint32_t *us;
    size_t count, room;
} Samples;

/* What one member has seen of this phase: its newest number and the WINDOW numbers up to it. */
typedef struct {
    uint32_t newest;
    uint64_t seen[WINDOW / 64];
} Sight;

/* One phase. Sequence numbers first..issued were sent; base = first - 1 means "nothing of this phase yet". */
typedef struct {
    uint32_t base, issued;
    uint32_t low;      /* every member has seen this number or a later one */
    uint32_t forgiven; /* numbers up to here are waited for no longer */
    uint32_t members, left;
    uint64_t expected, delivered, duplicates, reordered, stale;
    uint64_t last_ns; /* arrival of the last delivery */
    Samples latency;
} Tally;

void samples_add(Samples *samples, uint64_t span_ns);
/* The quantile 0..1 in microseconds, -1 without samples. Sorts in place: only after the phase. */
double samples_quantile(const Samples *samples, double quantile);
void samples_sort(Samples *samples);

void tally_open(Tally *tally, uint32_t next_sequence, uint32_t members);
void tally_issue(Tally *tally, uint64_t intended_ns);
void tally_enter(const Tally *tally, Sight *sight);
void tally_see(Tally *tally, Sight *sight, uint32_t sequence, uint64_t now_ns);
void tally_leave(Tally *tally, const Sight *sight);
uint32_t tally_unseen(const Tally *tally);
void tally_forgive(Tally *tally);
/* Members that lack the last update sent. */
uint32_t tally_behind(const Tally *tally);
bool tally_full(const Tally *tally);

#endif
