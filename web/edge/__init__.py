"""The HTTP/1.1 front door: pure parsing, limits and deadlines, and the hand-over of sockets."""
