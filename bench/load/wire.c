/* wire.c - see wire.h. */
#include "wire.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

/* RFC 6455 section 1.3 prints this key with the answer that belongs to it. */
#define KEY "dGhlIHNhbXBsZSBub25jZQ=="
#define ACCEPT "s3pPLMBiTxaQ9kYGzzhZRbK+xOo="

uint64_t clock_ns(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

int wire_connect(int port, bool blocking) {
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | (blocking ? 0 : SOCK_NONBLOCK), 0);
    if (fd < 0) return -1;
    int on = 1;
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    /* Reset on close: ten thousand sockets in TIME_WAIT would leave the next server no ports. */
    struct linger reset = {.l_onoff = 1, .l_linger = 0};
    setsockopt(fd, SOL_SOCKET, SO_LINGER, &reset, sizeof reset);
    struct timeval bound = {.tv_sec = 5};
    setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &bound, sizeof bound);
    struct sockaddr_in there = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
    there.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (connect(fd, (struct sockaddr *)&there, sizeof there) < 0 && errno != EINPROGRESS) {
        int why = errno;
        close(fd);
        errno = why;
        return -1;
    }
    return fd;
}

bool wire_send(int fd, const char *bytes, size_t length) {
    return send(fd, bytes, length, MSG_NOSIGNAL | MSG_DONTWAIT) == (ssize_t)length;
}

bool wire_send_frame(int fd, enum opcode opcode, const char *payload, size_t length) {
    char frame[MAX_SENT + 8];
    size_t head = 2;
    if (length > MAX_SENT) return false;
    frame[0] = (char)(0x80 | opcode);
    if (length < 126) {
        frame[1] = (char)(0x80 | length);
    } else {
        frame[1] = (char)(0x80 | 126);
        frame[2] = (char)(length >> 8);
        frame[3] = (char)length;
        head = 4;
    }
    memset(frame + head, 0, 4); /* a mask of zeros is a mask, and leaves the payload as it is */
    memcpy(frame + head + 4, payload, length);
    return wire_send(fd, frame, head + 4 + length);
}

bool wire_frame(const char *bytes, size_t have, Frame *frame) {
    const uint8_t *b = (const uint8_t *)bytes;
    if (have < 2) return false;
    frame->opcode = b[0] & 15;
    frame->whole_message = b[0] & 0x80;
    frame->masked = b[1] & 0x80;
    frame->length = b[1] & 127;
    frame->head = frame->length == 126 ? 4 : frame->length == 127 ? 10 : 2;
    if (have < frame->head) return false;
    if (frame->head > 2) {
        frame->length = 0;
        for (size_t k = 2; k < frame->head; k++) frame->length = frame->length << 8 | b[k];
    }
    return true;
}

size_t wire_event(const char *bytes, size_t have) {
    const char *blank = memmem(bytes, have, "\n\n", 2);
    return blank ? (size_t)(blank - bytes) + 2 : 0;
}

size_t wire_handshake(char *into, size_t room, int port, const char *target, bool events) {
    const char *wish = events ? "Accept: text/event-stream\r\n"
                              : "Upgrade: websocket\r\nConnection: Upgrade\r\n"
                                "Sec-WebSocket-Key: " KEY "\r\nSec-WebSocket-Version: 13\r\n";
    int length = snprintf(into, room, "GET %s HTTP/1.1\r\nHost: 127.0.0.1:%d\r\n%s\r\n", target, port, wish);
    return length > 0 && (size_t)length < room ? (size_t)length : 0;
}

bool wire_accepted(const char *head, bool events) {
    if (events) return !strncmp(head, "HTTP/1.1 200", 12) && strcasestr(head, "text/event-stream");
    return !strncmp(head, "HTTP/1.1 101", 12) && strstr(head, ACCEPT);
}
