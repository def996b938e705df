/* loop.h - the one epoll loop that subscribers and publishers share. */
#ifndef LOOP_H
#define LOOP_H

/* First member of whatever an epoll event points to. */
enum owner { SUBSCRIBER, PUBLISHERS, ALARM };

#endif
