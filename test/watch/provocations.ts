/** What tests do to a network namespace: programs for `node -e`, run within it. */

/** A listener with a short queue that never accepts, since it is stopped. */
const STOPPED_LISTENER = `
require('node:net').createServer().listen({ port: 4590, host: '127.0.0.1', backlog: 1 }, () => process.kill(process.pid, 'SIGSTOP'));
`;

/** Some connections more each time, for which there is no place. */
const MANY_CLIENTS = `
const { connect } = require('node:net');
let times = 0;
setInterval(() => {
  for (let i = 0; i < 4 + (times % 5); i++) connect(4590, '127.0.0.1').on('error', () => {});
  times++;
}, 300);
`;

/** Connections that stay, more than there are entries for in the table of tracked ones. */
const MANY_CONNECTIONS = `
const { connect, createServer } = require('node:net');
createServer().listen({ port: 4591, host: '127.0.0.1', backlog: 4000 }, () => {
  let open = 0;
  const more = (count) => {
    for (let i = 0; i < count; i++) connect(4591, '127.0.0.1').on('error', () => {});
    open += count;
  };
  setInterval(() => more(open < 1600 ? 100 : 5), 100);
});
`;

const node = (program: string) => `"${process.execPath}" -e '${program.replaceAll("'", `"`)}'`;

/** The wait for a file that somebody makes, as soon as the host is watched. */
const waitFor = (file: string) => `until [ -e ${file} ]; do sleep 0.1; done`;

/** sh that makes accept queues overflow in the namespace \`queue\`, once that file is there. */
export const overflow = (begin: string): string => `
ip netns add queue
ip netns exec queue ip link set lo up
ip netns exec queue ${node(STOPPED_LISTENER)} &
(${waitFor(begin)}; exec ip netns exec queue ${node(MANY_CLIENTS)}) &`;

/** The same in a namespace that begins then. */
export const lateOverflow = (begin: string): string => `
(${waitFor(begin)}
ip netns add late
ip netns exec late ip link set lo up
ip netns exec late ${node(STOPPED_LISTENER)} &
exec ip netns exec late ${node(MANY_CLIENTS)}) &`;

/** sh that fills the table of tracked connections in the namespace \`table\`: its limit is the machine's. */
export const tableFull = (begin: string): string => `
ip netns add table
ip netns exec table ip link set lo up
ip netns exec table nft 'add table ip t; add chain ip t c { type filter hook output priority 0; }; add rule ip t c ct state new counter'
(${waitFor(begin)}; exec ip netns exec table ${node(MANY_CONNECTIONS)}) &`;
