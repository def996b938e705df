/* tally.c - see tally.h. */
#include "tally.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* One run has one phase at a time, so these need no owner. Untouched pages of them cost nothing. */
static uint64_t intended[MAX_UPDATES + 1];
static uint32_t standing[MAX_UPDATES + 1]; /* members whose newest number is this one */

void samples_add(Samples *samples, uint64_t span_ns) {
    if (samples->count == samples->room) {
        samples->room = samples->room ? samples->room * 2 : 1 << 16;
        samples->us = realloc(samples->us, samples->room * sizeof *samples->us);
        if (!samples->us) {
            fputs("load: out of memory for samples\n", stderr);
            exit(2);
        }
    }
    uint64_t us = span_ns / 1000;
    samples->us[samples->count++] = us > UINT32_MAX ? UINT32_MAX : (uint32_t)us;
}

static int by_size(const void *left, const void *right) {
    uint32_t a = *(const uint32_t *)left, b = *(const uint32_t *)right;
    return (a > b) - (a < b);
}

void samples_sort(Samples *samples) {
    if (samples->count) qsort(samples->us, samples->count, sizeof *samples->us, by_size);
}

double samples_quantile(const Samples *samples, double quantile) {
    if (!samples->count) return -1;
    /* The smallest sample that at least this share of all samples does not exceed. */
    double rank = quantile * (double)samples->count;
    size_t index = (size_t)rank;
    if ((double)index == rank && index > 0) index--;
    return samples->us[index < samples->count ? index : samples->count - 1];
}

void tally_open(Tally *tally, uint32_t next_sequence, uint32_t members) {
    Samples kept = tally->latency;
    kept.count = 0;
    memset(tally, 0, sizeof *tally);
    tally->latency = kept;
    tally->base = tally->issued = tally->low = tally->forgiven = next_sequence - 1;
    tally->members = standing[0] = members;
}

bool tally_full(const Tally *tally) { return tally->issued - tally->base >= MAX_UPDATES; }

void tally_issue(Tally *tally, uint64_t intended_ns) {
    uint32_t slot = ++tally->issued - tally->base;
    intended[slot] = intended_ns;
    standing[slot] = 0;
    tally->expected += tally->members;
}

void tally_enter(const Tally *tally, Sight *sight) {
    memset(sight, 0, sizeof *sight);
    sight->newest = tally->base;
}

static bool bit(const Sight *sight, uint32_t sequence) {
    return sight->seen[sequence % WINDOW / 64] >> (sequence % 64) & 1;
}

/* Moves a member's window up to `sequence`; what it skipped is not seen (yet). */
static void advance(Tally *tally, Sight *sight, uint32_t sequence) {
    if (sequence - sight->newest >= WINDOW) {
        memset(sight->seen, 0, sizeof sight->seen);
    } else {
        for (uint32_t k = sight->newest + 1; k != sequence + 1; k++)
            sight->seen[k % WINDOW / 64] &= ~(1ull << (k % 64));
    }
    standing[sight->newest - tally->base]--;
    standing[sequence - tally->base]++;
    sight->newest = sequence;
    /* A later number counts as seen, so a server that coalesces is not waited for. */
    while (tally->low < tally->issued && !standing[tally->low - tally->base]) tally->low++;
}

void tally_see(Tally *tally, Sight *sight, uint32_t sequence, uint64_t now_ns) {
    bool ours = sequence > tally->base && sequence <= tally->issued;
    bool judgeable = sequence > sight->newest || sight->newest - sequence < WINDOW;
    if (!ours || !judgeable) {
        tally->stale++; /* a snapshot from an earlier phase, or older than the window */
        return;
    }
    if (sequence > sight->newest) {
        advance(tally, sight, sequence);
    } else if (bit(sight, sequence)) {
        tally->duplicates++;
        return;
    } else {
        tally->reordered++;
    }
    sight->seen[sequence % WINDOW / 64] |= 1ull << (sequence % 64);
    tally->delivered++;
    tally->last_ns = now_ns;
    uint64_t sent = intended[sequence - tally->base];
    samples_add(&tally->latency, now_ns > sent ? now_ns - sent : 0);
}

void tally_leave(Tally *tally, const Sight *sight) {
    standing[sight->newest - tally->base]--;
    tally->members--;
    tally->left++;
    while (tally->low < tally->issued && !standing[tally->low - tally->base]) tally->low++;
}

static uint32_t waited_up_to(const Tally *tally) {
    return tally->low > tally->forgiven ? tally->low : tally->forgiven;
}

uint32_t tally_unseen(const Tally *tally) { return tally->issued - waited_up_to(tally); }

void tally_forgive(Tally *tally) { tally->forgiven = waited_up_to(tally) + 1; }

uint32_t tally_behind(const Tally *tally) {
    return tally->members - standing[tally->issued - tally->base];
}
