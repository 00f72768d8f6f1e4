/**
 * One end of the wire, run by node inside a network namespace; a JSON object a line on standard input and output.
 *   {"listen": [["10.50.0.1", 53], ...]}      → {"listening": n}
 *   {"send": [{id, protocol, source, sourcePort, destination, destinationPort}, ...]} → {"sent": n}
 *   {"seen": true} → {"seen": [{id, source, destination, destinationPort}, ...]}: what came since the last time
 */
import { createSocket } from 'node:dgram';
import { connect, createServer } from 'node:net';
import { createInterface } from 'node:readline';

const plain = (address) => address.replace(/^::ffff:/, '');
const answer = (object) => process.stdout.write(`${JSON.stringify(object)}\n`);
const later = (milliseconds) => new Promise((done) => setTimeout(done, milliseconds));

let seen = [];
let connecting = [];

async function listen(places) {
  for (const [address, port] of places) {
    const note = (id, source) =>
      seen.push({ id, source: plain(source), destination: address, destinationPort: port });
    const udp = createSocket(address.includes(':') ? 'udp6' : 'udp4');
    udp.on('message', (id, from) => note(Number(id), from.address));
    await new Promise((done, fail) => udp.on('error', fail).bind(port, address, done));
    const tcp = createServer((socket) => {
      const { remoteAddress } = socket;
      socket.on('error', () => {});
      socket.on('data', (id) => {
        // undefined when the other end had gone before we looked
        if (remoteAddress) note(Number(id), remoteAddress);
        socket.resetAndDestroy();
      });
    });
    await new Promise((done, fail) => tcp.on('error', fail).listen(port, address, done));
  }
  answer({ listening: places.length });
}

async function send(packets) {
  await Promise.all(packets.map((packet) => (packet.protocol === 6 ? sendTcp(packet) : sendUdp(packet))));
  answer({ sent: packets.length });
}

function sendUdp({ id, source, sourcePort, destination, destinationPort }) {
  const socket = createSocket(source.includes(':') ? 'udp6' : 'udp4');
  return new Promise((done, fail) => {
    socket.on('error', fail);
    socket.bind(sourcePort, source, () => {
      socket.send(String(id), destinationPort, destination, () => socket.close(done));
    });
  });
}

/** Done when the other end has hung up, or after a while, as SYNs may be dropped. */
function sendTcp({ id, source, sourcePort, destination, destinationPort }) {
  const socket = connect({
    host: destination,
    port: destinationPort,
    localAddress: source,
    localPort: sourcePort,
  });
  connecting.push(socket);
  return new Promise((done) => {
    socket.on('connect', () => socket.write(String(id)));
    socket.on('error', done);
    socket.on('close', done);
    setTimeout(done, 60);
  });
}

const requests = createInterface({ input: process.stdin });
requests.on('line', async (line) => {
  const request = JSON.parse(line);
  if (request.listen) await listen(request.listen);
  if (request.send) {
    await send(request.send);
    for (const socket of connecting) socket.destroy();
    connecting = [];
  }
  if (request.seen) {
    await later(5);
    answer({ seen });
    seen = [];
  }
});
// whoever asked is gone
requests.on('close', () => process.exit());
