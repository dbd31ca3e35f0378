"""A QMP client for the tests: one socket, blocking, with time limits.

SPDX-License-Identifier: GPL-2.0-or-later
"""

import json
import socket
import time
from typing import Any, Dict, List, Optional

from schema import Schema

Message = Dict[str, Any]


class QmpError(Exception):
    """The server answered with an error."""

    def __init__(self, error: Message) -> None:
        super().__init__(error['desc'])
        self.error_class: str = error['class']
        self.desc: str = error['desc']


class Qmp:
    """A connection to a QMP server on a UNIX socket; replies and events are checked on arrival."""

    # One for all sessions: they talk to processes of the same binary.
    schema: Optional[Schema] = None

    def __init__(self, path: str, timeout: float = 30, negotiate: bool = True) -> None:
        # Commands whose replies are due, in order; None once raw bytes were sent.
        self.pending: Optional[List[str]] = []
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.sock.settimeout(timeout)
        self.timeout = timeout
        connect(self.sock, path, timeout)
        self.buffer = b''
        self.events: List[Message] = []
        self.greeting = self.receive()
        if negotiate:
            self.negotiate()

    def negotiate(self) -> None:
        """Leave negotiation mode; the first session of all also learns the schema."""
        self.command('qmp_capabilities')
        if Qmp.schema is None:
            Qmp.schema = Schema(self.command('query-qmp-schema'))
            Qmp.schema.exercised |= {('command', 'qmp_capabilities'),
                                     ('command', 'query-qmp-schema')}

    def close(self) -> None:
        """Hang up."""
        self.sock.close()

    def __enter__(self) -> 'Qmp':
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def send_raw(self, data: bytes) -> None:
        """Send bytes as they are; replies are no longer matched to commands."""
        self.pending = None
        self.sock.sendall(data)

    def receive_line(self) -> bytes:
        """Return the next line with its end, or b'' at the end of the stream."""
        chunks = [self.buffer]  # those of a long line are looked at once
        try:
            while b'\n' not in chunks[-1]:
                chunk = self.sock.recv(65536)
                if not chunk:
                    return b''
                chunks.append(chunk)
        finally:
            self.buffer = b''.join(chunks)
        line, _, self.buffer = self.buffer.partition(b'\n')
        return line + b'\n'

    def receive(self) -> Message:
        """Return the next message, reply or event."""
        line = self.receive_line()
        if not line:
            raise EOFError('QMP server hung up')
        message: Message = json.loads(line)
        if 'event' in message and Qmp.schema:
            Qmp.schema.check_event(message)
        return message

    def receive_all(self) -> List[Message]:
        """Return all messages up to the end of the stream."""
        messages = []
        try:
            while True:
                messages.append(self.receive())
        except (EOFError, ConnectionResetError):
            return messages

    def receive_reply(self) -> Message:
        """Return the next reply; events that come before are kept."""
        while True:
            message = self.receive()
            if 'event' not in message:
                self.check_reply(message)
                return message
            self.events.append(message)

    def check_reply(self, reply: Message) -> None:
        """Check a reply against the schema, if it is known which command it belongs to."""
        if self.pending:
            command = self.pending.pop(0)
            if Qmp.schema:
                Qmp.schema.check_reply(command, reply)

    def send(self, command: str, arguments: Optional[Message] = None, **members: Any) -> None:
        """Send a request and do not wait."""
        request: Message = {'execute': command}
        if arguments:
            request['arguments'] = arguments
        request.update(members)
        if self.pending is not None:
            self.pending.append(command)
        self.sock.sendall(json.dumps(request).encode() + b'\r\n')

    def getfd(self, name: str, *fds: int) -> None:
        """Send descriptors with a request to name one of them."""
        assert self.pending is not None
        self.pending.append('getfd')
        request = {'execute': 'getfd', 'arguments': {'fdname': name}}
        socket.send_fds(self.sock, [json.dumps(request).encode() + b'\r\n'], fds)
        self.take_reply()

    def command(self, command: str, **arguments: Any) -> Any:
        """Run a command and return its value; names with _ stand for those with -."""
        self.send(command, {name.replace('_', '-'): value for name, value in arguments.items()})
        return self.take_reply()

    def take_reply(self) -> Any:
        """Receive the next reply and return its value."""
        reply = self.receive_reply()
        if 'error' in reply:
            raise QmpError(reply['error'])
        return reply['return']

    def hmp(self, line: str) -> str:
        """Run an HMP command line and return what it printed."""
        text: str = self.command('human-monitor-command', command_line=line)
        return text

    def wait_event(self, name: str) -> Message:
        """Return the first event of this name, past or future, and forget it."""
        while True:
            for event in self.events:
                if event['event'] == name:
                    self.events.remove(event)
                    return event
            message = self.receive()
            if 'event' not in message:
                raise AssertionError(f'a reply while waiting for {name}: {message}')
            self.events.append(message)


def connect(sock: socket.socket, path: str, timeout: float = 30) -> None:
    """Connect to a UNIX socket that may not be there yet."""
    deadline = time.monotonic() + timeout
    while True:
        try:
            sock.connect(path)
            return
        except (FileNotFoundError, ConnectionRefusedError):
            if time.monotonic() > deadline:
                raise
            time.sleep(0.005)
