/* phases.c - see phases.h. */
#include "phases.h"

#include "loop.h"
#include "publishers.h"
#include "subscribers.h"
#include "wire.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/timerfd.h>
#include <unistd.h>

#define SECOND 1000000000ull
#define HUSH (SECOND / 10)   /* silence after which what was overtaken or coalesced is not waited for */
#define SILENCE (15 * SECOND) /* a ramp without progress is over */
#define OVERRUN (10 * SECOND) /* an open loop that cannot keep up ends this much late */

static struct {
    enum owner owner;
    int fd;
} alarm_clock = {ALARM, -1}, answers = {PUBLISHERS, -1};

void bench_prepare(Bench *bench) {
    bench->epoll = epoll_create1(EPOLL_CLOEXEC);
    alarm_clock.fd = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC);
    answers.fd = publishers_prepare();
    struct epoll_event alarm_event = {.events = EPOLLIN, .data.ptr = &alarm_clock};
    struct epoll_event answer_event = {.events = EPOLLIN, .data.ptr = &answers};
    if (epoll_ctl(bench->epoll, EPOLL_CTL_ADD, alarm_clock.fd, &alarm_event) ||
        epoll_ctl(bench->epoll, EPOLL_CTL_ADD, answers.fd, &answer_event)) {
        perror("load: epoll");
        exit(2);
    }
}

void turn(Bench *bench, int timeout_ms) {
    struct epoll_event events[256];
    int count = epoll_wait(bench->epoll, events, 256, timeout_ms);
    for (int k = 0; k < count; k++) {
        void *it = events[k].data.ptr;
        uint64_t rings;
        switch (*(enum owner *)it) {
        case SUBSCRIBER: subscriber_event(it, events[k].events); break;
        case PUBLISHERS: break; /* below, in every turn */
        case ALARM:
            if (read(alarm_clock.fd, &rings, sizeof rings) < 0) perror("load: timerfd");
            break;
        }
    }
    publishers_turn(); /* an answer must not queue behind ten thousand deliveries: the next request waits for it */
}

/* epoll waits in whole milliseconds; an update that is due must not wait for the next one. */
static void wake_at(uint64_t at_ns) {
    struct itimerspec when = {.it_value = {(time_t)(at_ns / SECOND), (long)(at_ns % SECOND)}};
    timerfd_settime(alarm_clock.fd, TFD_TIMER_ABSTIME, &when, NULL);
}

double phase_connect(Bench *bench, uint32_t wanted) {
    uint64_t start = clock_ns(), progress = start;
    uint32_t settled = crowd.ready + crowd.failed;
    while (subscribers_ramp(wanted)) {
        turn(bench, 100);
        uint64_t now = clock_ns();
        if (crowd.ready + crowd.failed != settled) progress = now;
        settled = crowd.ready + crowd.failed;
        if (now - progress > SILENCE) {
            subscribers_give_up();
            break;
        }
    }
    return (double)(clock_ns() - start) / SECOND;
}

static Outcome begin(Bench *bench, uint32_t connections, const char *request) {
    publishers_open(bench->port, request, connections);
    tally_open(&bench->tally, bench->next_sequence, crowd.ready);
    subscribers_enter();
    return (Outcome){.start_ns = clock_ns()};
}

static void publish(Bench *bench, uint64_t intended_ns) {
    tally_issue(&bench->tally, intended_ns);
    publishers_ask(bench->next_sequence++);
}

/* Everybody may have the last update while an overtaken one is still on its way; a coalesced one never comes. */
static bool settled(const Tally *tally, uint64_t sent_ns, uint64_t now_ns) {
    if (tally_unseen(tally)) return false;
    uint64_t latest = tally->last_ns > sent_ns ? tally->last_ns : sent_ns;
    return tally->delivered == tally->expected || now_ns - latest > HUSH;
}

static Outcome finish(Bench *bench, Outcome outcome, uint32_t connections) {
    uint64_t sent = clock_ns(), now = sent;
    outcome.seconds = (double)(sent - outcome.start_ns) / SECOND;
    while (now - sent < bench->patience_ns && (asking.idle < connections || !settled(&bench->tally, sent, now))) {
        turn(bench, 20);
        now = clock_ns();
    }
    outcome.wall = (double)(now - outcome.start_ns) / SECOND;
    publishers_close();
    return outcome;
}

Outcome phase_rate(Bench *bench, double rate, double seconds) {
    Outcome outcome = begin(bench, 1, bench->publish);
    outcome.planned = (uint32_t)(rate * seconds);
    uint64_t latest = outcome.start_ns + (uint64_t)(seconds * SECOND) + OVERRUN;
    for (uint32_t k = 0; k < outcome.planned && clock_ns() < latest;) {
        uint64_t due = outcome.start_ns + (uint64_t)(k * (double)SECOND / rate);
        if (clock_ns() < due) {
            wake_at(due);
            turn(bench, 1000);
        } else if (asking.idle) {
            publish(bench, due);
            k++;
        } else {
            turn(bench, 100);
        }
    }
    return finish(bench, outcome, 1);
}

Outcome phase_saturate(Bench *bench, uint32_t window, double seconds) {
    Outcome outcome = begin(bench, 1, bench->publish);
    uint64_t now = outcome.start_ns, end = now + (uint64_t)(seconds * SECOND), progress = now;
    for (uint32_t unseen = 0; now < end && !tally_full(&bench->tally); now = clock_ns()) {
        uint32_t left = tally_unseen(&bench->tally);
        if (left != unseen || !left) progress = now;
        unseen = left;
        if (now - progress > bench->patience_ns) {
            outcome.stalls++;
            tally_forgive(&bench->tally);
        } else if (unseen < window && asking.idle) {
            publish(bench, now);
        } else {
            turn(bench, 50);
        }
    }
    outcome.planned = bench->tally.issued - bench->tally.base;
    return finish(bench, outcome, 1);
}

Outcome phase_ask(Bench *bench, uint32_t count, double seconds, int reading) {
    Outcome outcome = begin(bench, count, reading ? bench->snapshot : bench->publish);
    uint64_t now = outcome.start_ns, end = now + (uint64_t)(seconds * SECOND);
    for (; now < end && !tally_full(&bench->tally); now = clock_ns()) {
        while (asking.idle && !tally_full(&bench->tally)) {
            if (reading) publishers_ask(0);
            else publish(bench, clock_ns());
        }
        turn(bench, 50);
    }
    outcome.planned = (uint32_t)asking.asked;
    return finish(bench, outcome, count);
}
