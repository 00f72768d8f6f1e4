import fc from 'fast-check';

const GROUPS = ['web', 'db', 'prod', 'east', 'west', 'rack-1'];
const HOSTS = ['h1', 'h2', 'h[3:5]', 'n-[a:c].example.com', 'h6:2222', '2001:db8::1'];

/** Values as people and programs write them, with the quotes that make them mean something else. */
const value = fc.constantFrom(
  ...['1', '010', '1.50', 'yes', 'True', 'None', '0x1f', '1_000', '"two words"', "'5'", `"'5'"`, '[1,2]'],
  ...['"[1, \'a\']"', '{}', 'a#b', '', '"{{ x }}"', '10.0.0.1', '-3', 'a=b', 'C:\\\\dir', '"a\\"b"', '1e3'],
);
const name = fc.constantFrom('x', 'y', 'z', 'long_name');
const assignment = fc.tuple(name, value).map((pair) => pair.join('='));
const comment = fc.constantFrom('', '', '', '   # a comment', ' #x');
const hostLine = fc
  .tuple(fc.constantFrom(...HOSTS), fc.array(assignment, { maxLength: 3 }), comment)
  .map(([host, vars, end]) => [host, ...vars].join(' ') + end);
const priority = fc.integer({ min: -1, max: 3 }).map((number) => `ansible_group_priority=${number}`);
const varsLine = fc.oneof(
  { weight: 5, arbitrary: fc.tuple(name, value).map((pair) => pair.join(' = ')) },
  { weight: 1, arbitrary: priority },
);

/** Groups in a random order; each may hold those that come after it in GROUPS. Vars come before or after the group is declared. */
const ini = fc
  .tuple(
    fc.shuffledSubarray(GROUPS, { minLength: 4 }),
    fc.array(hostLine, { maxLength: 3 }),
    fc.infiniteStream(
      fc.tuple(
        fc.array(hostLine, { maxLength: 3 }),
        fc.subarray(GROUPS),
        fc.array(varsLine, { maxLength: 3 }),
        fc.boolean(),
      ),
    ),
    fc.array(varsLine, { maxLength: 2 }),
  )
  .map(([order, loose, bodies, all]) => {
    const sections = order.flatMap((group) => {
      const [hosts, held, vars, isEarly] = bodies.next().value as [string[], string[], string[], boolean];
      const children = held.filter(
        (child) => GROUPS.indexOf(child) > GROUPS.indexOf(group) && order.includes(child),
      );
      const own = [
        [`[${group}]`, ...hosts],
        ...(children.length > 0 ? [[`[${group}:children]  # below`, ...children]] : []),
      ];
      const set = [[`[${group}:vars]`, ...vars]];
      return isEarly ? [...set, ...own] : [...own, ...set];
    });
    return [loose, ...sections, ['[all:vars]', ...all]]
      .map((lines) => `${lines.join('\n')}\n`)
      .join('\n; -\n');
  });

const yaml = fc
  .dictionary(
    fc.constantFrom('x', 'y', 'z', 'v', 'w'),
    fc.constantFrom('1', 'yes', '"1"', '[a, b]', '{k: 1}', '010'),
  )
  .map(
    (vars) =>
      Object.entries(vars)
        .map(([key, text]) => `${key}: ${text}\n`)
        .join('') || '# nothing\n',
  );

/** One inventory in two files, and the files beside them. The same every time. */
export function randomIniFleets(seed: number): Record<string, string> {
  const sample = <T>(arbitrary: fc.Arbitrary<T>, salt: number): T =>
    fc.sample(arbitrary, { numRuns: 1, seed: seed * 1000 + salt })[0]!;
  const files: Record<string, string> = { 'a.ini': `first\n${sample(ini, 1)}`, 'b.ini': sample(ini, 2) };
  const beside = ['group_vars/all', 'group_vars/web.yml', 'group_vars/db/1.yml', 'group_vars/db/2.yaml']
    .concat(['group_vars/ungrouped.yml', 'group_vars/rack-1.json.yml', 'group_vars/east.json'])
    .concat(['host_vars/h1', 'host_vars/n-a.example.com.yml', 'host_vars/h2/x/y.yml', 'host_vars/h2/.z.yml']);
  for (const [index, path] of sample(fc.subarray(beside), 3).entries())
    files[path] = sample(yaml, 10 + index);
  return files;
}
