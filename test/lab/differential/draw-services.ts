/** Draws virtual services of IPVS, as `ipvsadm --restore` takes them. */
import fc from 'fast-check';
import {
  destination,
  MARKS,
  neighbour,
  ownAddress,
  PORTS,
  type Protocol,
  type Version,
  virtualAddress,
} from './universe.ts';

interface Service {
  /** `-t 10.80.0.1:80`; the same one is added only once. */
  name: string;
  /** The port of servers that get packets as they came; '' by mark, where each keeps its own. */
  port: string;
  about: string;
}

/** Of several, one is left to chance. */
const SERVERS = { minLength: 0, maxLength: 2 };

export const drawServices = (version: Version): fc.Arbitrary<string> =>
  fc
    .uniqueArray(
      fc.oneof({ weight: 5, arbitrary: byAddress(version) }, { weight: 1, arbitrary: byMark(version) }),
      {
        minLength: 1,
        maxLength: 6,
        selector: ({ name }) => name,
      },
    )
    .chain((services) => fc.tuple(...services.map((service) => withServers(version, service))))
    .map((texts) => texts.join('\n'));

const OPTIONS: Readonly<Record<Protocol, string>> = { 6: '-t', 17: '-u' };

const endpoint = (address: string, port: string) =>
  `${address.includes(':') ? `[${address}]` : address}:${port}`;

const scheduler = fc.constantFrom('rr', 'wrr', 'wlc');
const persistence = fc.constantFrom('', '', '', '-p 60');

/** For all ports, a service has to be persistent. */
const byAddress = (version: Version): fc.Arbitrary<Service> =>
  fc
    .record({
      protocol: fc.constantFrom<Protocol>(6, 17),
      address: fc.oneof(
        { weight: 4, arbitrary: virtualAddress(version) },
        { weight: 1, arbitrary: ownAddress(version) },
      ),
      port: fc.constantFrom(...PORTS.map(String), '0'),
      scheduler,
      persistence,
    })
    .map(({ protocol, address, port, scheduler, persistence }) => ({
      name: `${OPTIONS[protocol]} ${endpoint(address, port)}`,
      port,
      about: `-s ${scheduler} ${port === '0' ? '-p 60' : persistence}`,
    }));

const byMark = (version: Version): fc.Arbitrary<Service> =>
  fc
    .record({ mark: fc.constantFrom(...MARKS.filter((mark) => mark !== 0)), scheduler, persistence })
    .map(({ mark, scheduler, persistence }) => ({
      name: `-f ${mark}${version === 6 ? ' -6' : ''}`,
      port: '0',
      about: `-s ${scheduler} ${persistence}`,
    }));

/** Only masquerading gives packets another port. What is sent through a tunnel, nobody would recognize. */
function withServers(version: Version, { name, port, about }: Service): fc.Arbitrary<string> {
  const address = fc.oneof(
    { weight: 8, arbitrary: destination(version) },
    { weight: 2, arbitrary: neighbour(version) },
    { weight: 1, arbitrary: ownAddress(version) },
  );
  const server = fc
    .record({
      address,
      isMasqueraded: fc.constantFrom(true, true, false),
      port: fc.constantFrom(...PORTS.map(String)),
      weight: fc.constantFrom(1, 1, 1, 2, 0),
    })
    .map(({ address, isMasqueraded, port: other, weight }) => {
      const at = endpoint(address, isMasqueraded && port !== '0' ? other : port);
      return { at, line: `-a ${name} -r ${at} ${isMasqueraded ? '-m' : '-g'} -w ${weight}` };
    });
  return fc
    .uniqueArray(server, { ...SERVERS, selector: ({ at }) => at })
    .map((servers) => [`-A ${name} ${about}`, ...servers.map(({ line }) => line)].join('\n'));
}
