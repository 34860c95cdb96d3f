"""Hub: the least that can hold many sockets and tell them all something; what the product's fan-out is held against.

It speaks just enough Socket.IO for the benchmark's own client to believe it is connected, keeps one
greenlet a socket as the product does, and on the event ``burst`` writes that many frames to every socket.
"""

import re
import struct

import gevent
from gevent import socket
from gevent.server import StreamServer

_WELCOME = b"HTTP/1.1 101 Switching Protocols\r\n\r\n"
_BURST = re.compile(rb'42\["burst", ?(\d+)\]')
_EVENT = b'42["messageBroadcast",{"text":"' + b"x" * 300 + b'"}]'


def frame(text: bytes) -> bytes:
    head = struct.pack("!BB", 0x81, len(text)) if len(text) < 126 else struct.pack("!BBH", 0x81, 126, len(text))
    return head + text


class Hub:
    def __init__(self) -> None:
        self._sockets: set[socket.socket] = set()

    def serve(self, connection: socket.socket, address: object) -> None:
        connection.recv(4096)
        connection.sendall(_WELCOME + frame(b"0{}") + frame(b'40{"sid":"hub"}'))
        self._sockets.add(connection)
        try:
            while received := connection.recv(4096):
                self._obey(received)
        except OSError:
            pass
        self._sockets.discard(connection)

    def _obey(self, received: bytes) -> None:
        command = _BURST.search(received)
        for _ in range(int(command[1]) if command else 0):
            for connection in self._sockets.copy():
                connection.sendall(frame(_EVENT))
            gevent.sleep(0)


def main() -> None:
    server = StreamServer(("127.0.0.1", 0), Hub().serve, backlog=4096)
    server.start()
    print(server.server_port, flush=True)
    server.serve_forever()


if __name__ == "__main__":
    main()
