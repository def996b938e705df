/* wire.h - sockets and RFC 6455 frames, and events, as the generator needs them: loopback, non-blocking, client side. */
#ifndef WIRE_H
#define WIRE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum opcode { TEXT = 1, BINARY = 2, CLOSE = 8, PING = 9, PONG = 10 };

#define MAX_SENT 4096     /* the longest text a step or an answer may send */
#define MAX_FRAME 131072u /* the longest frame a server may send */

typedef struct {
    enum opcode opcode;
    bool whole_message, masked;
    size_t head, length; /* bytes of the frame's head and of its payload */
} Frame;

uint64_t clock_ns(void);
/* A connecting socket to 127.0.0.1:port, or -1 with errno. */
int wire_connect(int port, bool blocking);
/* False when the socket does not take everything at once: the generator sends so little that this is a fault. */
bool wire_send(int fd, const char *bytes, size_t length);
bool wire_send_frame(int fd, enum opcode opcode, const char *payload, size_t length);
/* Reads a frame's head; false when bytes are missing. Says nothing about the payload being there. */
bool wire_frame(const char *bytes, size_t have, Frame *frame);
/* Bytes of the first server-sent event up to the blank line behind it, or 0 when its end is still to come. */
size_t wire_event(const char *bytes, size_t have);
/* What opens a WebSocket, or a stream of server-sent events, for a request target ("/path?query"). */
size_t wire_handshake(char *into, size_t room, int port, const char *target, bool events);
/* Whether a NUL-terminated answer head accepts that very handshake. */
bool wire_accepted(const char *head, bool events);

#endif
