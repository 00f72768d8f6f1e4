/**
 * Runners of CI act on lines of a job's output: they set variables and outputs, mask texts, end groups, change a build's
 * status. Hosts have a part in what we print. The runner, and where it was read what it acts on; what GitLab, TeamCity and
 * Travis act on is their users' common knowledge, and was not read in their code:
 *
 *     ::error file=x::     GitHub, actions/runner ActionCommand.cs; Gitea, Forgejo: behind blanks
 *     ##[error]            GitHub, the same; Azure Pipelines: anywhere
 *     ##vso[task.debug]    Azure Pipelines, azure-pipelines-agent Command.cs: anywhere
 *     ##teamcity[...]      TeamCity
 *     section_start:1:x    GitLab
 *     travis_fold:start:x  Travis; travis_time, too
 *     --- x                Buildkite, agent header_times_streamer.go; +++ x, ~~~ x, ^^^ +++
 */

/** The first half of a command that is acted on anywhere in a line; the second half is a lookahead. */
const ANYWHERE = /#(?=#(?:\[|vso|teamcity))|section_(?=(?:start|end):\d)|travis_(?=(?:fold|time):)/gi;

/** Blanks and invisible characters at the beginning of a line. */
const LINE_BEGIN = String.raw`^((?:\p{Cc}\[[;\d]*[mK]|[^\S\r\n])*`;
const COMMAND = new RegExp(String.raw`${LINE_BEGIN}:)(?=:[a-z][a-z-]*(?: [^\r\n]*)?::)`, 'gimu');
const GROUP = /^((?:\p{Cc}\[[;\d]*[mK])*)(?=(?:---|\+\+\+|~~~|\^\^\^)[^\S\r\n])/gmu;

/** Returns the text with a blank in all that a runner would act on. JSON by `inJson` does not change. */
export const withoutLogCommands = (text: string): string =>
  text.replace(ANYWHERE, '$& ').replace(COMMAND, '$1 ').replace(GROUP, '$1 ');

/** Does the same for a text in pieces, none of which ends within a token that a host chose. */
export function* withoutLogCommandsIn(pieces: Iterable<string>): Generator<string> {
  for (const piece of pieces) yield withoutLogCommands(piece);
}

/** Returns JSON of the same value with an escape in what a runner would act on; no line of JSON begins with such. */
export const inJson = (json: string): string =>
  json.replace(ANYWHERE, (half) => half.slice(0, -1) + (half.endsWith('#') ? '\\u0023' : '\\u005f'));
