/* subscribers.c - see subscribers.h. */
#include "subscribers.h"

#include "loop.h"
#include "wire.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

enum state { CONNECTING, SHAKING, STEPPING, READY, GONE };

struct Subscriber {
    enum owner owner; /* first: the loop tells its events apart by it */
    enum state state;
    int fd, step;
    Sight sight;
    char *kept; /* the beginning of a frame whose rest is still to come, or NULL */
    size_t kept_length;
};

Crowd crowd;

static Watch watch;
static Tally *tally;
static Subscriber *all;
static uint32_t opened, room;
static int epoll;
static char handshake[2048];
static size_t handshake_length;
static char inbox[MAX_FRAME * 2 + 1];

void subscribers_prepare(const Watch *given, uint32_t most, int epoll_fd, Tally *book) {
    watch = *given;
    tally = book;
    epoll = epoll_fd;
    room = most;
    all = calloc(most ? most : 1, sizeof *all);
    handshake_length = wire_handshake(handshake, sizeof handshake, watch.port, watch.target, watch.events);
    if (!all || !handshake_length) {
        fputs("load: no memory for the subscribers, or their target is too long\n", stderr);
        exit(2);
    }
}

static void end(Subscriber *subscriber, const char *why) {
    if (subscriber->state == GONE) return;
    snprintf(crowd.error, sizeof crowd.error, "%s", why);
    if (subscriber->state == READY) {
        crowd.ready--;
        crowd.closed++;
        tally_leave(tally, &subscriber->sight);
    } else {
        crowd.pending--;
        crowd.failed++;
    }
    subscriber->state = GONE;
    free(subscriber->kept);
    subscriber->kept = NULL;
    close(subscriber->fd);
}

static void open_one(Subscriber *subscriber) {
    subscriber->owner = SUBSCRIBER;
    subscriber->state = CONNECTING;
    crowd.pending++;
    subscriber->fd = wire_connect(watch.port, false);
    struct epoll_event event = {.events = EPOLLIN | EPOLLOUT, .data.ptr = subscriber};
    if (subscriber->fd < 0 || epoll_ctl(epoll, EPOLL_CTL_ADD, subscriber->fd, &event) < 0) end(subscriber, strerror(errno));
}

bool subscribers_ramp(uint32_t wanted) {
    if (wanted > room) wanted = room;
    while (opened < wanted && crowd.pending < PENDING) open_one(&all[opened++]);
    return opened < wanted || crowd.pending;
}

void subscribers_give_up(void) {
    for (uint32_t k = 0; k < opened; k++)
        if (all[k].state < READY) end(&all[k], "no first message in time");
}

void subscribers_enter(void) {
    for (uint32_t k = 0; k < opened; k++)
        if (all[k].state == READY) tally_enter(tally, &all[k].sight);
}

/* Says what the steps say, up to the next one that waits; behind the last step the subscriber is ready. */
static bool walk(Subscriber *subscriber) {
    for (; subscriber->step < watch.step_count && watch.steps[subscriber->step].says; subscriber->step++) {
        const char *text = watch.steps[subscriber->step].text;
        if (!wire_send_frame(subscriber->fd, TEXT, text, strlen(text))) return false;
    }
    if (subscriber->step < watch.step_count) return true;
    subscriber->state = READY;
    crowd.pending--;
    crowd.ready++;
    tally_enter(tally, &subscriber->sight); /* the tally's members are counted when a phase opens */
    return true;
}

/* One message is one delivery, however often a document repeats its marker. */
static void note(Subscriber *subscriber, const char *text, size_t length, uint64_t now_ns) {
    size_t marker = strlen(watch.marker);
    const char *found = memmem(text, length, watch.marker, marker);
    if (!found) return;
    uint32_t sequence = 0;
    for (found += marker; found < text + length && *found >= '0' && *found <= '9'; found++)
        sequence = sequence * 10 + (uint32_t)(*found - '0');
    tally_see(tally, &subscriber->sight, sequence, now_ns);
}

static bool message(Subscriber *subscriber, const char *text, size_t length, uint64_t now_ns) {
    if (watch.ping && length == strlen(watch.ping) && !memcmp(text, watch.ping, length))
        return wire_send_frame(subscriber->fd, TEXT, watch.pong, strlen(watch.pong));
    if (subscriber->state == READY) {
        note(subscriber, text, length, now_ns);
        return true;
    }
    const char *awaited = watch.steps[subscriber->step].text;
    if (!memmem(text, length, awaited, strlen(awaited))) return true;
    subscriber->step++;
    return walk(subscriber);
}

/* Returns NULL, or why the connection must end. */
static const char *frame_in(Subscriber *subscriber, const Frame *frame, const char *payload, uint64_t now_ns) {
    if (frame->masked) return "a masked frame from the server";
    if (!frame->whole_message) return "a fragmented message";
    switch (frame->opcode) {
    case TEXT:
    case BINARY: return message(subscriber, payload, frame->length, now_ns) ? NULL : "cannot send";
    case PING: return wire_send_frame(subscriber->fd, PONG, payload, frame->length) ? NULL : "cannot send a pong";
    case PONG: return NULL;
    case CLOSE: return "the server sent a close frame";
    default: return "a frame of no known kind";
    }
}

/* Returns how many bytes were used up; ends the subscriber when the server broke a rule. */
static size_t frames_in(Subscriber *subscriber, const char *bytes, size_t have, uint64_t now_ns) {
    size_t used = 0;
    Frame frame;
    while (wire_frame(bytes + used, have - used, &frame)) {
        const char *why = frame.length > MAX_FRAME ? "a frame above the limit" : NULL;
        if (!why && have - used < frame.head + frame.length) break;
        if (!why) why = frame_in(subscriber, &frame, bytes + used + frame.head, now_ns);
        if (why) {
            end(subscriber, why);
            return have;
        }
        used += frame.head + frame.length;
    }
    return used;
}

/* The same for events, each of which is one message with its field names; a comment has no marker. */
static size_t events_in(Subscriber *subscriber, const char *bytes, size_t have, uint64_t now_ns) {
    size_t used = 0, length;
    while ((length = wire_event(bytes + used, have - used))) {
        if (!message(subscriber, bytes + used, length, now_ns)) {
            end(subscriber, "cannot send");
            return have;
        }
        used += length;
    }
    return used;
}

static size_t head_in(Subscriber *subscriber, char *bytes, size_t have) {
    char *blank = memmem(bytes, have, "\r\n\r\n", 4);
    if (!blank) return 0;
    *blank = 0;
    if (!wire_accepted(bytes, watch.events)) {
        bytes[strcspn(bytes, "\r\n")] = 0; /* the status line says enough */
        end(subscriber, bytes);
        return have;
    }
    subscriber->state = STEPPING;
    if (!walk(subscriber)) end(subscriber, "cannot send");
    return (size_t)(blank - bytes) + 4;
}

static void keep(Subscriber *subscriber, const char *rest, size_t length) {
    free(subscriber->kept);
    subscriber->kept = length ? malloc(length) : NULL;
    subscriber->kept_length = length;
    if (length && !subscriber->kept) end(subscriber, "out of memory");
    if (subscriber->kept) memcpy(subscriber->kept, rest, length);
}

static void readable(Subscriber *subscriber) {
    size_t have = subscriber->kept_length, used = 0;
    if (have) memcpy(inbox, subscriber->kept, have);
    ssize_t got = recv(subscriber->fd, inbox + have, sizeof inbox - 1 - have, 0);
    if (got < 0 && errno == EAGAIN) return;
    if (got <= 0) {
        end(subscriber, got ? strerror(errno) : "the server closed the connection");
        return;
    }
    uint64_t now_ns = clock_ns();
    have += (size_t)got;
    if (subscriber->state == SHAKING) used = head_in(subscriber, inbox, have);
    if (subscriber->state == STEPPING || subscriber->state == READY)
        used += (watch.events ? events_in : frames_in)(subscriber, inbox + used, have - used, now_ns);
    if (subscriber->state != GONE) keep(subscriber, inbox + used, have - used);
}

static void connected(Subscriber *subscriber) {
    int fault = 0;
    socklen_t size = sizeof fault;
    getsockopt(subscriber->fd, SOL_SOCKET, SO_ERROR, &fault, &size);
    struct epoll_event event = {.events = EPOLLIN, .data.ptr = subscriber};
    if (fault) {
        end(subscriber, strerror(fault));
    } else if (epoll_ctl(epoll, EPOLL_CTL_MOD, subscriber->fd, &event) < 0 ||
               !wire_send(subscriber->fd, handshake, handshake_length)) {
        end(subscriber, "cannot send the handshake");
    } else {
        subscriber->state = SHAKING;
    }
}

void subscriber_event(Subscriber *subscriber, uint32_t events) {
    if (subscriber->state == GONE) return; /* ended by an earlier event of the same batch */
    if (subscriber->state != CONNECTING) {
        readable(subscriber);
    } else if (events & (EPOLLOUT | EPOLLERR | EPOLLHUP)) {
        connected(subscriber);
    }
}
