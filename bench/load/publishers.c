/* publishers.c - see publishers.h. */
#include "publishers.h"

#include "wire.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#define PLACE "{seq}"
#define DIGITS 10

typedef struct {
    int fd;
    uint64_t asked_ns;
    size_t have;
    char answer[65536];
} Publisher;

Asking asking;

static Publisher all[MAX_PUBLISHERS];
static Publisher *idle[MAX_PUBLISHERS];
static uint32_t open_count;
static int epoll, port;
static char request[16384];
static size_t request_length;
static char *digits; /* where the sequence number goes, or NULL */

static void prepare(const char *template) {
    const char *place = strstr(template, PLACE);
    int before = place ? (int)(place - template) : (int)strlen(template);
    int length = snprintf(request, sizeof request, "%.*s%s%s", before, template, place ? "0000000000" : "",
                          place ? place + strlen(PLACE) : "");
    if (length < 0 || (size_t)length >= sizeof request) {
        fputs("load: the request is too long\n", stderr);
        exit(2);
    }
    request_length = (size_t)length;
    digits = place ? request + before : NULL;
}

static void rest(Publisher *publisher) {
    publisher->have = 0;
    idle[asking.idle++] = publisher;
}

static void open_one(Publisher *publisher) {
    publisher->fd = wire_connect(port, true);
    struct epoll_event event = {.events = EPOLLIN, .data.ptr = publisher};
    if (publisher->fd < 0 || epoll_ctl(epoll, EPOLL_CTL_ADD, publisher->fd, &event) < 0) {
        fprintf(stderr, "load: a publisher cannot connect: %s\n", strerror(errno));
        exit(3);
    }
}

int publishers_prepare(void) {
    epoll = epoll_create1(EPOLL_CLOEXEC);
    return epoll;
}

void publishers_open(int to_port, const char *template, uint32_t count) {
    port = to_port;
    prepare(template);
    Samples kept = asking.answer;
    kept.count = 0;
    memset(&asking, 0, sizeof asking);
    asking.answer = kept;
    for (open_count = 0; open_count < count; open_count++) {
        open_one(&all[open_count]);
        rest(&all[open_count]);
    }
}

void publishers_close(void) {
    for (uint32_t k = 0; k < open_count; k++) close(all[k].fd);
    open_count = 0;
}

static void refuse(const char *why) {
    asking.refused++;
    if (!asking.error[0]) snprintf(asking.error, sizeof asking.error, "%.150s", why);
}

static void reopen(Publisher *publisher) {
    close(publisher->fd);
    open_one(publisher);
    rest(publisher);
}

bool publishers_ask(uint32_t sequence) {
    if (!asking.idle) return false;
    Publisher *publisher = idle[--asking.idle];
    char number[DIGITS + 1];
    snprintf(number, sizeof number, "%010u", sequence);
    if (digits) memcpy(digits, number, DIGITS);
    asking.asked++;
    publisher->asked_ns = clock_ns();
    if (!wire_send(publisher->fd, request, request_length)) {
        refuse("cannot send a request");
        reopen(publisher);
    }
    return true;
}

/* The bytes an answer has in all, once its head is there; 0 before; -1 for an answer without a length. */
static ssize_t answer_length(const char *answer, int *status) {
    const char *blank = strstr(answer, "\r\n\r\n");
    if (!blank) return 0;
    ssize_t head = blank - answer + 4;
    *status = strncmp(answer, "HTTP/1.", 7) ? 0 : atoi(answer + 9);
    if (*status == 204 || *status == 304) return head;
    const char *length = strcasestr(answer, "\r\ncontent-length:");
    return length && length < blank ? head + atol(length + 17) : -1;
}

static void answered(Publisher *publisher, int status) {
    samples_add(&asking.answer, clock_ns() - publisher->asked_ns);
    bool last = strcasestr(publisher->answer, "\r\nconnection: close") != NULL;
    if (status >= 200 && status < 300) {
        asking.accepted++;
    } else {
        publisher->answer[strcspn(publisher->answer, "\r\n")] = 0;
        refuse(publisher->answer);
    }
    last ? reopen(publisher) : rest(publisher);
}

static bool resting(const Publisher *publisher) {
    for (uint32_t k = 0; k < asking.idle; k++)
        if (idle[k] == publisher) return true;
    return false;
}

static void lost(Publisher *publisher, const char *why) {
    if (resting(publisher)) { /* an idle connection may be closed by its server at any time */
        close(publisher->fd);
        open_one(publisher);
        return;
    }
    refuse(why);
    reopen(publisher);
}

static void readable(Publisher *publisher) {
    size_t room = sizeof publisher->answer - 1 - publisher->have;
    ssize_t got = recv(publisher->fd, publisher->answer + publisher->have, room, MSG_DONTWAIT);
    if (got < 0 && errno == EAGAIN) return;
    if (got <= 0) {
        lost(publisher, got || !room ? "an answer broke off" : "the server closed the connection");
        return;
    }
    publisher->have += (size_t)got;
    publisher->answer[publisher->have] = 0;
    int status = 0;
    ssize_t whole = answer_length(publisher->answer, &status);
    if (whole < 0 || (whole && publisher->have > (size_t)whole)) {
        lost(publisher, "an answer of unclear length");
    } else if (whole && publisher->have == (size_t)whole) {
        answered(publisher, status);
    }
}

void publishers_turn(void) {
    struct epoll_event events[MAX_PUBLISHERS];
    int count = epoll_wait(epoll, events, MAX_PUBLISHERS, 0);
    for (int k = 0; k < count; k++) readable(events[k].data.ptr);
}
