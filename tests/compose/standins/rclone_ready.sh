#!/usr/bin/python3
# For `mc ready local` in the health check: whether something listens.
import socket

socket.create_connection(("127.0.0.1", 9000), 2).close()
