/* floor.c - the physical limit: a PUT's body becomes one frame, and one loop sends it to every socket.
 *
 *   floor PORT [events]
 *
 * One thread, one epoll. PUT and GET on any path, a WebSocket for any GET that asks for an upgrade; with `events` an
 * event stream for any GET that accepts one, and each body becomes an event. It knows no users, no JSON and no credentials, and reads only as much HTTP as a well-behaved client sends.
 */
#include "accept.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#define MAX_SOCKETS 65536
#define MAX_REQUEST 16384

typedef struct {
    char *request; /* what came so far; NULL on a watcher and between requests of nobody */
    int length;
    int place; /* index in `watchers`, or -1 */
} Socket;

static Socket sockets[MAX_SOCKETS];
static int watchers[MAX_SOCKETS], watcher_count;
static char newest[MAX_REQUEST] = "{}";
static int newest_length = 2;
static bool events;
static int epoll;

static void drop(int fd) {
    Socket *it = &sockets[fd];
    if (it->place >= 0) {
        int last = watchers[--watcher_count];
        watchers[it->place] = last;
        sockets[last].place = it->place;
    }
    free(it->request);
    it->request = NULL;
    close(fd);
}

/* A reader too slow for its socket buffer is cut off; its event then drops it. */
static void say(int fd, const char *bytes, int length) {
    if (send(fd, bytes, (size_t)length, MSG_NOSIGNAL | MSG_DONTWAIT) != length) shutdown(fd, SHUT_RDWR);
}

static int frame_newest(char *frame) {
    int head = 2;
    if (events) return sprintf(frame, "data: %.*s\n\n", newest_length, newest);
    frame[0] = (char)0x81;
    frame[1] = (char)newest_length;
    if (newest_length > 125) {
        frame[1] = 126;
        frame[2] = (char)(newest_length >> 8);
        frame[3] = (char)newest_length;
        head = 4;
    }
    memcpy(frame + head, newest, (size_t)newest_length);
    return head + newest_length;
}

static void publish(int fd, const char *body, int length) {
    static char frame[MAX_REQUEST + 16];
    memcpy(newest, body, (size_t)length);
    newest_length = length;
    int bytes = frame_newest(frame);
    for (int k = 0; k < watcher_count; k++) say(watchers[k], frame, bytes);
    static const char answer[] = "HTTP/1.1 204 No Content\r\n\r\n";
    say(fd, answer, sizeof answer - 1);
}

static void snapshot(int fd) {
    static char answer[MAX_REQUEST + 256];
    int head = sprintf(answer, "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n", newest_length);
    memcpy(answer + head, newest, (size_t)newest_length);
    say(fd, answer, head + newest_length);
}

static int upgrade(char *answer, const char *key) {
    char accept[29];
    key += strspn(key, " ");
    accept_key(key, strcspn(key, " \r"), accept);
    return sprintf(answer,
                   "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                   "Sec-WebSocket-Accept: %s\r\n\r\n",
                   accept);
}

static void watch(int fd, const char *key) {
    static char answer[MAX_REQUEST + 512];
    int head = events ? sprintf(answer, "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\n") : upgrade(answer, key);
    sockets[fd].place = watcher_count;
    watchers[watcher_count++] = fd;
    say(fd, answer, head + frame_newest(answer + head));
}

/* Serves the request at the front of the buffer; the bytes it had, or 0 while some are missing. */
static int serve(int fd, char *bytes, int have) {
    char *blank = memmem(bytes, (size_t)have, "\r\n\r\n", 4);
    if (!blank) return 0;
    *blank = 0;
    const char *length = strcasestr(bytes, "\r\nContent-Length:");
    const char *key = strcasestr(bytes, events ? "\r\nAccept: text/event-stream" : "\r\nSec-WebSocket-Key:");
    int head = (int)(blank - bytes) + 4, body = length ? atoi(length + 17) : 0;
    bool whole = body >= 0 && have - head >= body;
    if (whole && *bytes == 'P') publish(fd, bytes + head, body);
    else if (whole && key) watch(fd, key + 20);
    else if (whole) snapshot(fd);
    *blank = '\r';
    return whole ? head + body : 0;
}

static void hear(int fd) {
    static char ignored[65536];
    Socket *it = &sockets[fd];
    if (it->place < 0 && !it->request) it->request = malloc(MAX_REQUEST + 1);
    char *into = it->place < 0 ? it->request + it->length : ignored;
    ssize_t got = recv(fd, into, it->place < 0 ? (size_t)(MAX_REQUEST - it->length) : sizeof ignored, 0);
    if (got < 0 && errno == EAGAIN) return;
    if (got <= 0) {
        drop(fd);
        return;
    }
    if (it->place >= 0) return; /* whatever a watcher says */
    it->length += (int)got;
    it->request[it->length] = 0;
    for (int used; it->length && it->place < 0 && (used = serve(fd, it->request, it->length));) {
        it->length -= used;
        memmove(it->request, it->request + used, (size_t)it->length + 1);
    }
    if (it->place >= 0) {
        free(it->request);
        it->request = NULL;
    }
}

static void welcome(int listener) {
    int on = 1;
    for (int k = 0; k < 64; k++) {
        int fd = accept4(listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
        if (fd < 0) return;
        setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
        struct epoll_event event = {.events = EPOLLIN, .data.fd = fd};
        if (fd >= MAX_SOCKETS || epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &event) < 0) {
            close(fd);
            continue;
        }
        sockets[fd] = (Socket){.place = -1};
    }
}

static int listen_on(int port) {
    int on = 1, fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    struct sockaddr_in here = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
    here.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    struct epoll_event event = {.events = EPOLLIN, .data.fd = fd};
    if (bind(fd, (struct sockaddr *)&here, sizeof here) || listen(fd, 4096) || epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &event)) {
        perror("floor");
        exit(1);
    }
    return fd;
}

int main(int count, char **arguments) {
    struct epoll_event happened[512];
    struct rlimit limit;
    events = count == 3 && !strcmp(arguments[2], "events");
    if (count != 2 + events) {
        fputs("usage: floor PORT [events]\n", stderr);
        return 2;
    }
    signal(SIGPIPE, SIG_IGN);
    getrlimit(RLIMIT_NOFILE, &limit);
    limit.rlim_cur = limit.rlim_max;
    setrlimit(RLIMIT_NOFILE, &limit);
    epoll = epoll_create1(EPOLL_CLOEXEC);
    int listener = listen_on(atoi(arguments[1]));
    for (;;) {
        int ready = epoll_wait(epoll, happened, 512, -1);
        for (int k = 0; k < ready; k++) {
            if (happened[k].data.fd == listener) welcome(listener);
            else hear(happened[k].data.fd);
        }
    }
}
