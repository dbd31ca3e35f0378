"""The guest agent's channel: whether somebody listens, and what is asked and answered there.

SPDX-License-Identifier: GPL-2.0-or-later
"""

import json
import socket
from typing import Any, Dict

from domains import VIDEO, Domain, DomainTest
from harness import TIMEOUT, main
from private import libvirt

CONTROLLER = "<controller type='virtio-serial' index='0'/>"
CHANNEL = '''<channel type='unix'>
<target type='virtio' name='org.qemu.guest_agent.0'/></channel>'''
NOT_CONNECTED = 'QEMU guest agent is not connected'


class AgentTest(DomainTest):
    """A guest that answers as an agent, and one that does not."""

    def setUp(self) -> None:
        super().setUp()
        self.connection.domainEventRegisterAny(
            None, libvirt.VIR_DOMAIN_EVENT_ID_AGENT_LIFECYCLE, self.take_agent, None)

    def take_agent(self, _: Any, domain: Any, state: int, __: int, ___: Any) -> None:
        """Take note of an agent that comes or goes."""
        connected = state == libvirt.VIR_CONNECT_DOMAIN_EVENT_AGENT_LIFECYCLE_STATE_CONNECTED
        self.events.add(domain, 'agent connected' if connected else 'agent disconnected')

    def guest(self, append: str = '640x480 static agent', channel: str = CHANNEL) -> Domain:
        """Start a guest with the channel."""
        domain = self.domain(devices=VIDEO + CONTROLLER + channel, append=append)
        domain.start()
        domain.serial.expect('testcard: ready')
        return domain

    def agent(self) -> Domain:
        """Start a guest with an agent and wait until libvirt knows of it."""
        domain = self.guest()
        # libvirt tells first that nobody is there yet.
        self.events.expect(domain.name, 'agent disconnected', 'started booted', 'suspended paused',
                           'resumed unpaused', 'agent connected')
        return domain

    def state(self, domain: Domain) -> str:
        """Return the state of the channel as the XML has it."""
        return domain.virsh('dumpxml', '--xpath', '//channel/target/@state').split('"')[1]

    def ask(self, domain: Domain, command: str, **arguments: Any) -> Any:
        """Have libvirt ask the agent; return the reply."""
        request: Dict[str, Any] = {'execute': command}
        if arguments:
            request['arguments'] = arguments
        return json.loads(domain.virsh('qemu-agent-command', json.dumps(request)))

    def test_connected(self) -> None:
        domain = self.agent()
        self.assertEqual(self.state(domain), 'connected')
        self.assertEqual(self.ask(domain, 'guest-ping'), {'return': {}})
        # libvirt makes sure first that the answers are to its questions.
        domain.serial.expect('agent: {"execute":"guest-sync')
        self.assertIn('guest-ping', domain.serial.expect('agent: {"execute":"guest-ping"}'))
        self.assertEqual(self.ask(domain, 'guest-sync', id=(1 << 60) + 1),
                         {'return': (1 << 60) + 1})

    def test_errors_come_back(self) -> None:
        domain = self.agent()
        message = domain.refused('qemu-agent-command', '{"execute": "guest-nonsense"}')
        self.assertIn('commands are: guest-sync', message)
        self.assertEqual(self.ask(domain, 'guest-ping'), {'return': {}})

    def test_many_requests(self) -> None:
        """More than there are buffers, and more than one buffer holds."""
        domain = self.agent()
        for number in range(40):
            self.assertEqual(self.ask(domain, 'guest-sync', id=number, more='x' * 500),
                             {'return': number})
            domain.serial.expect(f'"id":{number},"more":"{"x" * 500}"')

    def test_shutdown(self) -> None:
        domain = self.agent()
        domain.shut_down('--mode', 'agent')
        self.assertIn('"mode":"powerdown"', domain.serial.expect('"powerdown"'))
        self.events.expect(domain.name, 'shutdown guest', 'stopped shutdown')
        self.assertEqual(domain.state(), 'shut off (shutdown)')

    def test_reboot(self) -> None:
        domain = self.agent()
        pid = self.host.pid(domain.name)
        domain.virsh('reboot', '--mode', 'agent')
        domain.serial.expect('testcard: ready')
        self.assertEqual(self.host.pid(domain.name), pid)
        self.assertEqual(self.ask(domain, 'guest-ping'), {'return': {}})

    def test_goes_and_comes(self) -> None:
        domain = self.agent()
        domain.type('channel close')
        self.events.expect(domain.name, 'agent disconnected')
        self.assertEqual(self.state(domain), 'disconnected')
        self.assertIn(NOT_CONNECTED, domain.refused('qemu-agent-command',
                                                    '{"execute": "guest-ping"}'))
        self.assertIn(NOT_CONNECTED, domain.refused('shutdown', '--mode', 'agent'))
        domain.type('channel open')
        self.events.expect(domain.name, 'agent connected')
        self.assertEqual(self.ask(domain, 'guest-ping'), {'return': {}})

    def test_no_agent(self) -> None:
        domain = self.guest('640x480 static')
        self.assertEqual(self.state(domain), 'disconnected')
        self.assertIn(NOT_CONNECTED, domain.refused('shutdown', '--mode', 'agent'))
        self.assertEqual(domain.virsh('domstate'), 'running')

    def test_attach_and_detach(self) -> None:
        """The guest learns of a channel that comes, and libvirt of an agent on it."""
        domain = self.guest(channel='')
        self.events.expect(domain.name, 'started booted', 'suspended paused', 'resumed unpaused')
        path = domain.path('channel.xml')
        with open(path, 'w', encoding='ascii') as file:
            file.write(CHANNEL)
        for _ in range(2):
            domain.type('channel open')
            domain.serial.expect('error: there is no channel')
            domain.virsh('attach-device', path)
            self.events.expect(domain.name, 'agent connected')
            self.assertEqual(self.ask(domain, 'guest-ping'), {'return': {}})
            domain.virsh('detach-device-alias', 'channel0')
            self.events.expect(domain.name, 'removed channel0')
            self.assertNotIn('<channel', domain.virsh('dumpxml'))

    def test_known_after_restart(self) -> None:
        """A new libvirtd asks who is there."""
        domain = self.agent()
        self.host.stop()
        self.host.start()
        self.setUp()
        self.assertEqual(self.state(domain), 'connected')
        self.assertEqual(self.ask(domain, 'guest-ping'), {'return': {}})

    def test_paused(self) -> None:
        """Nobody answers while the guest stands still; the channel is as before afterwards."""
        domain = self.agent()
        domain.virsh('suspend')
        self.assertIn('not running', domain.refused('qemu-agent-command',
                                                    '{"execute": "guest-ping"}'))
        self.assertEqual(self.state(domain), 'connected')
        domain.virsh('resume')
        self.assertEqual(self.ask(domain, 'guest-ping'), {'return': {}})


class ChannelTest(DomainTest):
    """A channel of somebody else, who connects by himself."""

    def test_bytes(self) -> None:
        domain = Domain(self.host, self.connection)
        self.addCleanup(domain.close)
        path = domain.path('channel')
        channel = f"""<channel type='unix'><source mode='bind' path='{path}'/>
          <target type='virtio' name='org.example.0'/></channel>"""
        domain.define(devices=VIDEO + CONTROLLER + channel, append='640x480 static agent')
        domain.start()
        domain.serial.expect('testcard: ready')
        with socket.socket(socket.AF_UNIX) as sock:
            sock.settimeout(TIMEOUT)
            sock.connect(path)
            request = {'execute': 'guest-sync-delimited', 'arguments': {'id': 7}}
            sock.sendall(b'\xffjunk\xff' + json.dumps(request).encode() + b'\n')
            self.assertEqual(sock.recv(100), b'\xff{"return": 7}\n')
        domain.serial.expect('agent: {"execute": "guest-sync-delimited"')


if __name__ == '__main__':
    main()
